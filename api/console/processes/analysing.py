"""One version: its diagram as a map of heat, and where the time goes as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from sqlalchemy import select

from api.console.pages import page
from api.console.people import SignedIn
from api.console.processes.asked import READ, Version, above, sampled, spoken, version
from api.console.processes.heat import COUNT, LATE, MINUTE, NOW, SCALES, SHOWN, TIME
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter
from workflows.calendar import Unit
from workflows.engine.xml import shown as shown_xml
from workflows.governance.indicators import SMALL
from workflows.store.queries import runs
from workflows.store.queries.runs import Kept, Taken
from workflows.store.tables import ProcessDefinition

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from workflows.store.queries.runs import Sample

router = new_router("Console")


@dataclass(frozen=True)
class Stop:
    """An element that takes time, or where something stands now."""

    id: str
    name: str
    group: bool  # what is in it is told as well: its time is not beside theirs
    waiting: int
    failed: int
    taken: Taken | None
    kept: Kept | None
    share: float  # of the time of all runs

    @property
    def matters(self) -> bool:
        """Whether anything is there to be seen: not what a machine does in a moment, always."""
        return bool(self.waiting or self.failed or self.kept) or (self.taken is not None and self.taken.p90 >= MINUTE)

    @property
    def unit(self) -> str:
        return Unit(self.kept.unit).label if self.kept else ""


#: By what the table is sorted, the most first.
SORTS: dict[str, Callable[[Stop], Any]] = {
    "share": lambda stop: stop.share,
    "median": lambda stop: stop.taken.median if stop.taken else 0,
    "p90": lambda stop: stop.taken.p90 if stop.taken else 0,
    "late": lambda stop: (stop.kept.share, stop.kept.late) if stop.kept else (-1, 0),
    "waiting": lambda stop: stop.waiting,
    "passes": lambda stop: stop.taken.passes if stop.taken else 0,
}


@router.get("/processes/{key}", dependencies=[READ])
def get_process(
    request: Request, session: ReadSession, staff: SignedIn, key: KeyParameter, sort: str = "share"
) -> Response:
    """Where the runs of a version that ended last have spent their time, and where those stand that run."""
    of = version(session, key)
    found = sampled(request, session, key)
    by = sort if sort in SORTS else "share"
    whole, stops = _stops(session, of, found)
    shown = request.query_params.get("show", NOW)
    return page(
        request,
        "process.html",
        staff,
        stops=sorted(stops, key=SORTS[by], reverse=True),
        whole=whole,
        by=by,
        sorts=SORTS,
        shown=shown if shown in SHOWN else NOW,
        shows=SHOWN,
        scales=SCALES,
        **above(request, session, of, found, ""),
    )


@router.get("/processes/{key}/diagram", dependencies=[READ])
def get_diagram(
    request: Request, session: ReadSession, _staff: SignedIn, key: KeyParameter, show: str = NOW
) -> Response:
    """The diagram and what is shown at each element, for the page to draw."""
    of = version(session, key)
    xml = session.execute(select(ProcessDefinition.xml).where(ProcessDefinition.key == key)).scalar_one()
    if show in SCALES:
        elements = HEATS[show](request, session, of, sampled(request, session, key))
    else:
        elements = _standing(session, of)
    drawn = {id: one for id, one in elements.items() if id in of.model.nodes}
    return Reply({"xml": shown_xml(xml), "elements": drawn})


def _stops(session: Session, of: Version, found: Sample) -> tuple[Taken | None, list[Stop]]:
    """The time of whole runs, and the elements."""
    waiting, failed = runs.standing(session, of.key), runs.failed(session, of.key)
    taken, kept = runs.times(session, found.keys, of.repeated), runs.kept(session, found.keys)
    whole = taken.pop(of.model.id, None)
    total = whole.total if whole else 0
    stops = [
        Stop(
            id,
            of.called(id),
            node.type in {"subProcess", "eventSubProcess"},
            waiting.get(id, 0),
            failed.get(id, 0),
            taken.get(id),
            kept.get(id),
            taken[id].total / total if id in taken and total else 0,
        )
        for id, node in of.model.nodes.items()
        if id in waiting or id in failed or id in kept or (id in taken and taken[id].total > 0)
    ]
    return whole, stops


def _standing(session: Session, of: Version) -> dict[str, dict[str, Any]]:
    failed = runs.failed(session, of.key)
    return {
        id: {
            "active": number,
            "incident": failed.get(id, 0),
            "label": f"● {number}" + (f" ! {failed[id]}" if id in failed else ""),
        }
        for id, number in runs.standing(session, of.key).items()
    }


def _counted(_request: Request, session: Session, of: Version, found: Sample) -> dict[str, dict[str, Any]]:
    passes = runs.passes(session, found.keys, of.repeated)
    of_runs = max(len(found.keys), 1)
    return {id: {"heat": SCALES[COUNT].of(number / of_runs), "label": f"×{number}"} for id, number in passes.items()}


def _timed(request: Request, session: Session, of: Version, found: Sample) -> dict[str, dict[str, Any]]:
    say = spoken(request)
    return {
        id: {"heat": SCALES[TIME].of(one.median), "label": say(one.median)}
        for id, one in runs.times(session, found.keys, of.repeated).items()
        if one.total > 0
    }


def _late(_request: Request, session: Session, _of: Version, found: Sample) -> dict[str, dict[str, Any]]:
    return {
        id: {
            "heat": SCALES[LATE].of(one.share),
            "label": f"{one.share:.0%}{'※' if one.clocks < SMALL else ''} {one.late}/{one.clocks}",
        }
        for id, one in runs.kept(session, found.keys).items()
    }


HEATS: dict[str, Callable[[Request, Any, Version, Sample], dict[str, dict[str, Any]]]] = {
    COUNT: _counted,
    TIME: _timed,
    LATE: _late,
}
