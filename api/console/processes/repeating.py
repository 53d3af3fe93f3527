"""Rework: what is done again, which flows lead back, and the runs that went round most."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from fastapi import Request, Response

from api.console.pages import page
from api.console.people import SignedIn
from api.console.processes.asked import READ, above, sampled, version
from api.console.scope import Seen
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter
from workflows.engine.returning import returning
from workflows.store.queries import run_lists, runs

router = new_router("Console")
MOST = 20


class Repeated(NamedTuple):
    """An activity: in how many runs it was done again, how often in these on average, how often at most."""

    id: str
    runs: int
    average: float
    most: int


class Returned(NamedTuple):
    """A flow that leads back: how often it was taken, in how many runs."""

    id: str
    times: int
    runs: int


@router.get("/processes/{key}/rework", dependencies=[READ])
def get_rework(request: Request, session: ReadSession, staff: SignedIn, seen: Seen, key: KeyParameter) -> Response:
    """Of the runs that ended last, those in which something was done again."""
    of = version(session, key)
    found = sampled(request, session, key)
    times: dict[str, dict[int, int]] = defaultdict(dict)  # by activity and run the most rounds of one visit
    for run, id, number in runs.again(session, found.keys, of.repeated):
        times[id][run] = max(number, times[id].get(run, 0))
    repeated = [Repeated(id, len(by), sum(by.values()) / len(by), max(by.values())) for id, by in times.items()]
    back = [flow.id for flow in returning(of.model)]
    taken: dict[str, list[int]] = {id: [] for id in back}
    for (_, id), number in runs.flows_taken(session, found.keys, back).items():
        taken[id].append(number)
    returned = [Returned(id, sum(by), len(by)) for id, by in taken.items()]
    rounds: Counter[int] = Counter()  # by run the most of any activity
    for by in times.values():
        rounds |= Counter(by)
    most = rounds.most_common(MOST)
    return page(
        request,
        "process_rework.html",
        staff,
        repeated=sorted(repeated, key=lambda one: (-one.runs, -one.average, one.id)),
        returned=sorted(returned, key=lambda one: (-one.times, one.id)),
        most=most,
        again=len(rounds),
        details=run_lists.details(session, [run for run, _ in most], seen),
        **above(request, session, of, found, "rework"),
    )
