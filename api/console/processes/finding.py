"""The runs behind a number: which they are, with a link to the case of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import Request, Response

from api.console.pages import page
from api.console.people import SignedIn
from api.console.processes.asked import READ, Version, above, sampled, version
from api.console.scope import Seen
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter, key_or_none
from workflows.store.queries import run_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

router = new_router("Console")


class Asked(NamedTuple):
    """Whose runs: of an element, a flow, or a rule of a decision."""

    session: Session
    of: Version
    keys: Sequence[int]
    id: str
    decision: str


def _matching(asked: Asked) -> Select[Any]:
    decision = key_or_none(asked.decision)
    if decision is None:
        raise Problem(404, "没有这个决策")
    return run_lists.matching(asked.session, asked.keys, decision, asked.id)


#: What is asked, by ``what`` in the address.
LISTS: dict[str, Callable[[Asked], Select[Any]]] = {
    "running": lambda asked: run_lists.running_of(asked.of.key),
    "failed": lambda asked: run_lists.failed_at(asked.of.key, asked.id),
    "waiting": lambda asked: run_lists.standing_at(asked.of.key, asked.id),
    "passed": lambda asked: run_lists.passing(asked.keys, asked.id, asked.of.repeated),
    "late": lambda asked: run_lists.late_at(asked.keys, asked.id),
    "again": lambda asked: run_lists.repeating(asked.keys, asked.id, asked.of.repeated),
    "flow": lambda asked: run_lists.taking(asked.session, asked.keys, asked.id),
    "rule": _matching,
}


@router.get("/processes/{key}/runs", dependencies=[READ])
def get_runs(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    seen: Seen,
    *,
    key: KeyParameter,
    what: str = "",
    id: str = "",
    decision: str = "",
) -> Response:
    """At most five hundred, with how many times and how long each."""
    if what not in LISTS:
        raise Problem(404, "没有这个清单")
    of = version(session, key)
    found = sampled(request, session, key)
    query = LISTS[what](Asked(session, of, found.keys, id, decision))
    rows = session.execute(query.limit(run_lists.MOST)).tuples().all()
    number, times = run_lists.total(session, query)
    return page(
        request,
        "process_runs.html",
        staff,
        what=what,
        about=of.called(id),
        rows=rows,
        number=number,
        total=times,
        most=run_lists.MOST,
        details=run_lists.details(session, [row[0] for row in rows], seen),
        **above(request, session, of, found, ""),
    )
