"""The clock of an activity: its limit with milestones, who has it, and the milestones that are reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workflows.calendar import Limit
from workflows.engine.errors import Failure
from workflows.engine.formulas import EXTRACT_VALUE_ERROR, formula, shown
from workflows.engine.waits import DeadlineWait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.engine.instance import Instance
    from workflows.engine.model import Node
    from workflows.engine.tokens import Token

LIMIT, STAGE, LADDER = "bihuan:limit", "bihuan:stage", "bihuan:ladder"
HOLDER, RESUMES, MILESTONE = "bihuan:holder", "bihuan:resumes", "bihuan:milestone"
#: What the clock evaluates itself, when its activity begins.
OWN = frozenset({LIMIT, HOLDER, RESUMES})
MOST_MILESTONES = 20
_SHARED: dict[str, Any] = {"ladder": None, "holder": None, "resumes": False, "legal": False}


class ActivityClock:
    """What ``bihuan:`` properties say of an activity's clock.

    ``bihuan:limit`` gives {unit, number, legal?, milestones?: [{name, unit, number}]} or null for no clock; all are
    counted from the start of the activity; a legal limit is one that a statute sets. ``bihuan:holder`` names who has
    it. With ``bihuan:resumes`` true, it goes on with the last clock of this stage in the instance, if that had the same
    holder.
    """

    def __init__(self, node: Node) -> None:
        drawn = node.properties
        self.stage = drawn.get(STAGE, "")
        self.ladder = drawn.get(LADDER)
        self.limit, self.holder, self.resumes = (formula(drawn.get(name)) for name in (LIMIT, HOLDER, RESUMES))

    def start(self, token: Token) -> None:
        """Begin to wait for it, once. Failure when an expression fails or gives no limit."""
        if self.limit is None or "limit" in token.internal_data:
            return
        instance: Instance = token.workflow
        value = instance.json(token, self.limit)
        if value is None:
            token.internal_data["limit"] = None
            return
        clock = {
            "stage": self.stage,
            **_limit(value),
            "legal": value.get("legal") is True,
            "ladder": self.ladder,
            "holder": self._seat(token),
            "resumes": self.resumes is not None and instance.json(token, self.resumes) is True,
        }
        milestones = _milestones(value.get("milestones") or [])
        for milestone in milestones:
            milestone["key"] = instance.next_key()
        token.internal_data["limit"] = clock | {"milestones": milestones}

    def _seat(self, token: Token) -> str | None:
        instance: Instance = token.workflow
        value = None if self.holder is None else instance.json(token, self.holder)
        if value is None:
            return None
        if not isinstance(value, str):
            raise Failure(EXTRACT_VALUE_ERROR, f"bihuan:holder 须是文字,而不是 {shown(value)} (must be a string)")
        return instance.env.seat(value)


def reach(token: Token, name: str) -> None:
    """A milestone of the innermost clock around that has it is reached; one nobody waits for is nothing."""
    for around in token.lineage():
        clock = around.internal_data.get("limit") or {}
        left = [one for one in clock.get("milestones", ()) if one["name"] != name]
        if len(left) < len(clock.get("milestones", ())):
            clock["milestones"] = left
            return


def deadlines_of(token: Token, place: tuple[int, str, str]) -> Iterator[DeadlineWait]:
    """The clocks that run on a token: of its limit, and of each milestone that is not reached."""
    clock = token.internal_data.get("limit")
    if not clock:
        return
    shared = {name: clock.get(name, default) for name, default in _SHARED.items()}
    for one in (clock, *clock.get("milestones", ())):
        key, milestone = one.get("key", token.id), one.get("name", "")
        yield DeadlineWait(key, *place, clock["stage"], one["unit"], one["number"], milestone=milestone, **shared)


def _limit(value: Any) -> dict[str, Any]:
    try:
        valid = Limit.of(value)
    except ValueError as error:
        raise Failure(EXTRACT_VALUE_ERROR, f"时限 (limit):{error}") from error
    return {"unit": valid.unit.value, "number": str(valid.number)}


def _milestones(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MOST_MILESTONES:
        problem = f"milestones 须是列表,最多 {MOST_MILESTONES} 项,而不是 {shown(value)} (a short list)"
        raise Failure(EXTRACT_VALUE_ERROR, problem)
    names = [one.get("name") if isinstance(one, Mapping) else None for one in value]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        problem = f"每个节点须有不同的 name,而不是 {shown(names)} (each milestone has a name of its own)"
        raise Failure(EXTRACT_VALUE_ERROR, problem)
    return [{"name": one["name"], **_limit(one)} for one in value]
