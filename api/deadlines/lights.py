"""How many clocks run under which warning light."""

from __future__ import annotations

from fastapi import Response
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.replies import Reply, moment
from api.routing import new_router
from api.sessions import ReadSession
from workflows import runtime
from workflows.store.queries.clocks import unit_names
from workflows.store.queries.lights import Count, count_lights

router = new_router("Deadline")
P = Permission


class LightCounts(TypedDict):
    """Open clocks by their light; ``paused`` of all of them stand still."""

    open: int
    green: int
    yellow: int
    red: int
    purple: int
    paused: int


class StageLights(LightCounts):
    """Of a stage; with a milestone, of this milestone of it."""

    stage: str
    milestone: str | None


class UnitLights(LightCounts):
    """Of what a unit's groups have; null: what nobody has, or who is in no unit."""

    holderUnit: str | None
    holderUnitName: str | None


class LightsResult(LightCounts):
    asOf: str | None
    stages: list[StageLights]
    units: list[UnitLights]


def _counts(count: Count) -> LightCounts:
    return {
        "open": count.open,
        "green": count.green,
        "yellow": count.yellow,
        "red": count.red,
        "purple": count.purple,
        "paused": count.paused,
    }


@router.get("/deadlines/lights", dependencies=[needs(P.DEADLINE_READ)], response_model=LightsResult)
def get_deadline_lights(session: ReadSession) -> Response:
    """How many clocks run under each light: all, by stage and milestone, by the unit of who has them."""
    now = runtime.now(session)
    counted = count_lights(session, now)
    names = unit_names(session, filter(None, counted.units))
    result: LightsResult = {
        "asOf": moment(now),
        **_counts(counted.total),
        "stages": [
            {"stage": stage, "milestone": milestone or None, **_counts(count)}
            for (stage, milestone), count in sorted(counted.stages.items())
        ],
        "units": [
            {"holderUnit": unit, "holderUnitName": names.get(unit or ""), **_counts(count)}
            for unit, count in sorted(counted.units.items(), key=lambda item: (item[0] is None, item[0]))
        ],
    }
    return Reply(result)
