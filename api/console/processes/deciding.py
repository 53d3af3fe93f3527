"""The decisions of a process: which rules fired how often, and which never did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import Request, Response
from sqlalchemy import select

from api.console.pages import page
from api.console.people import SignedIn
from api.console.processes.asked import READ, above, sampled, version
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter
from workflows.store.definitions import find_decision
from workflows.store.queries import runs
from workflows.store.tables import DecisionDefinition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

router = new_router("Console")


class Took(NamedTuple):
    """A version of a decision: how often it was taken, how often without a result."""

    key: int
    name: str
    version: int
    times: int
    failed: int


class Fired(NamedTuple):
    """A rule as it is written, and how often it matched."""

    id: str
    number: int
    when: list[str]
    then: list[str]
    hits: int


@router.get("/processes/{key}/rules", dependencies=[READ])
def get_rules(
    request: Request, session: ReadSession, staff: SignedIn, key: KeyParameter, decision: str = ""
) -> Response:
    """The decisions that the last runs took; of one of them every rule."""
    of = version(session, key)
    found = sampled(request, session, key)
    taken = _named(session, runs.decided(session, found.keys))
    chosen = next((one for one in taken if str(one.key) == decision), taken[0] if taken else None)
    return page(
        request,
        "process_rules.html",
        staff,
        taken=taken,
        decision=chosen,
        table=_table(session, found.keys, chosen.key) if chosen else None,
        **above(request, session, of, found, "rules"),
    )


def _named(session: Session, decided: Sequence[Row[Any]]) -> list[Took]:
    of = DecisionDefinition
    query = select(of.key, of.name, of.decision_id, of.version).where(of.key.in_([row.key for row in decided]))
    named = {row.key: row for row in session.execute(query)}
    rows = [
        Took(row.key, found.name or found.decision_id, found.version, row.times, row.failed)
        for row in decided
        if (found := named.get(row.key))
    ]
    return sorted(rows, key=lambda one: (-one.times, one.name, -one.version))


def _table(session: Session, keys: Sequence[int], decision: int) -> dict[str, Any] | None:
    """Its columns and rules; none for a decision that is no table."""
    file = find_decision(session, key=decision)
    table = file.model.decisions[file.root.decision_id].table if file else None
    if table is None:
        return None
    hits = runs.rules_hit(session, keys, decision)
    return {
        "policy": table.hit_policy,
        "inputs": [one.clause.name or one.text for one in table.inputs],
        "outputs": [one.label for one in table.outputs],
        "rules": [
            Fired(
                rule.id,
                rule.index,
                [cell.text if cell else "-" for cell in rule.tests],
                [cell.text for cell in rule.outputs],
                hits.get(rule.id, 0),
            )
            for rule in table.rules
        ],
    }
