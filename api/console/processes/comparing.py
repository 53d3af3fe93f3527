"""Two versions side by side: what is drawn otherwise, and what takes longer or comes later since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import Request, Response
from sqlalchemy import select

from api.console.pages import page
from api.console.people import SignedIn
from api.console.processes.asked import READ, Version, above, period, sampled, version
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter, key_or_none
from workflows.engine.differences import differences
from workflows.engine.xml import shown as shown_xml
from workflows.store.queries import runs
from workflows.store.tables import ProcessDefinition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from workflows.engine.model import Flow, Node
    from workflows.store.queries.runs import Kept, Sample, Taken

router = new_router("Console")


class Pair(NamedTuple):
    """An element in both versions: what its runs took and how its clocks were kept, before and now."""

    id: str
    name: str
    before: Taken | None
    now: Taken | None
    kept_before: Kept | None
    kept_now: Kept | None

    @property
    def longer(self) -> float | None:
        """By how many seconds the median has grown."""
        return self.now.median - self.before.median if self.now and self.before else None

    @property
    def later(self) -> float | None:
        """By how much the share over target has grown."""
        return self.kept_now.share - self.kept_before.share if self.kept_now and self.kept_before else None


@router.get("/processes/{key}/compare", dependencies=[READ])
def get_compare(request: Request, session: ReadSession, staff: SignedIn, key: KeyParameter) -> Response:
    """A version with another of the same process, by default with the one before it."""
    of = version(session, key)
    found = sampled(request, session, key)
    shown = above(request, session, of, found, "compare")
    other = _other(session, of, [row.key for row in shown["versions"]], request.query_params.get("with", ""))
    extra: dict[str, Any] = {"against": other, "found": [], "pairs": [], "before": None}
    if other:
        before = runs.sample(session, other.key, period(request))
        changed = differences(other.model, of.model)
        extra |= {"found": changed, "pairs": _pairs(session, other, before, of, found), "before": before}
    return page(request, "process_compare.html", staff, **extra, **shown)


@router.get("/processes/{key}/compare/diagram", dependencies=[READ])
def get_compared_diagram(
    session: ReadSession, _staff: SignedIn, *, key: KeyParameter, against: KeyParameter, before: bool = False
) -> Response:
    """The diagram of a version with what differs from another; ``before`` says that the other is the newer one."""
    of, other = version(session, key), version(session, against)
    xml = session.execute(select(ProcessDefinition.xml).where(ProcessDefinition.key == key)).scalar_one()
    found = differences(of.model, other.model) if before else differences(other.model, of.model)
    here: dict[str, Node | Flow] = {**of.model.nodes, **of.model.flows}
    marks = {one.id: {"mark": one.kind} for one in found if one.id in here}
    for id in list(marks):
        scope = here[id].scope
        while scope is not None:  # may be drawn collapsed, so that what is in it is not seen
            marks.setdefault(scope, {"mark": "within"})
            scope = here[scope].scope
    return Reply({"xml": shown_xml(xml), "elements": marks})


def _other(session: Session, of: Version, keys: Sequence[int], asked: str) -> Version | None:
    """Of the same process; None when there is no other."""
    if asked:
        other = version(session, key_or_none(asked) or 0)
        if other.model.id != of.model.id:
            raise Problem(400, "只能比较同一个流程的两个版本")
        return other
    older = keys[keys.index(of.key) + 1 :]
    nearest = older[0] if older else next((key for key in reversed(keys) if key != of.key), None)
    return version(session, nearest) if nearest else None


def _pairs(session: Session, other: Version, before: Sample, of: Version, now: Sample) -> list[Pair]:
    """Whole runs first, then by how much longer they take."""
    times = [runs.times(session, sample.keys, one.repeated) for one, sample in ((other, before), (of, now))]
    kept = [runs.kept(session, sample.keys) for sample in (before, now)]
    ids = {id for by in times for id, one in by.items() if one.total > 0} | {id for by in kept for id in by}
    pairs = {
        id: Pair(
            id,
            (of if id in of.model.nodes else other).called(id),
            times[0].get(id),
            times[1].get(id),
            kept[0].get(id),
            kept[1].get(id),
        )
        for id in ids
    }
    first = pairs.pop(of.model.id, None)
    rest = sorted(pairs.values(), key=lambda pair: (-abs(pair.longer or 0), pair.name))
    return [first._replace(name=of.name), *rest] if first else rest
