"""What the organisation answers and how long it takes: chosen by a hash, so that every run is alike."""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

from workflows.calendar import Limit, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
Variables = dict[str, Any]

# Task → answers with their weights. The first one is the way to the end.
ANSWERS: dict[str, list[tuple[int, Variables]]] = {
    "verify": [
        (95, {"result": "属实"}),
        (5, {"result": "不属实", "reason": "到现场没有看到所报的问题,已拍照。"}),
    ],
    "file": [
        (96, {"result": "立案"}),
        (4, {"result": "不予受理", "reason": "属于业主自治事项,已告知向业委会反映。"}),
    ],
    "dispatch": [
        (92, {"result": "按建议派遣"}),
        (4, {"result": "改派网格员", "trade": "sanitation", "note": "先清理现场。"}),
        (4, {"result": "改派部门", "department": "municipal-maintenance", "note": "需要专业队伍。"}),
    ],
    "handle": [
        (84, {"result": "办结", "measures": "已到现场处置,恢复原状,拍照留存。"}),
        (8, {"result": "退回", "reason": "不在本单位职责范围内。"}),
        (8, {"result": "上交", "reason": "需要上一级协调。"}),
    ],
    "step": [
        (92, {"result": "办结", "measures": "已关阀、围挡,现场有人值守。"}),
        (8, {"result": "退回", "reason": "不在本单位职责范围内。"}),
    ],
    "reply": [
        (70, {"decision": "办理说明", "note": "已到现场督促,今天办完。"}),
        (15, {"decision": "延期", "note": "机械已经调度,需要多一些时间。"}),
        (15, {"decision": "转办", "note": "网格处理不了。", "department": "municipal-maintenance"}),
    ],
    "review": [
        (85, {"result": "认可"}),
        (15, {"result": "不认可", "reason": "没有说清什么时候办完。"}),
    ],
    "check": [
        (88, {"result": "通过"}),
        (12, {"result": "不通过", "reason": "现场仍有残留,请再处理一次。"}),
    ],
    "call": [
        (70, {"result": "满意"}),
        (10, {"result": "不满意", "comment": "只处理了一半。"}),
        (14, {"result": "未接通"}),
        (6, {"result": "拒绝"}),
    ],
}
PATIENCE = 3  # from this attempt on a task is answered with the first answer

# How much of its limit a task takes, with weights: most in time, some late, a few very late.
SHARES: list[tuple[int, tuple[str, str]]] = [(87, ("0.15", "0.75")), (8, ("1.02", "1.4")), (5, ("1.5", "2.4"))]

# What a task takes where its stage has no clock of its own.
USUAL = Limit(Unit.WORK_HOUR, Decimal(4))
LIMITS = {
    "verify": Limit(Unit.URGENT_HOUR, Decimal("0.5")),
    "file": Limit(Unit.URGENT_HOUR, Decimal("0.25")),
    "dispatch": Limit(Unit.URGENT_HOUR, Decimal("0.25")),
    "step": Limit(Unit.URGENT_HOUR, Decimal(1)),
    "reply": Limit(Unit.WORK_DAY, Decimal(1)),
    "review": Limit(Unit.WORK_HOUR, Decimal(4)),
    "check": Limit(Unit.URGENT_HOUR, Decimal("0.5")),
    "call": Limit(Unit.WORK_DAY, Decimal(1)),
}


def draw(*what: object) -> float:
    """A number in [0, 1) that depends on nothing but ``what``."""
    digest = blake2b("|".join(map(str, what)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def answer(report: str, task: str, attempt: int) -> Variables:
    """The form values for the ``attempt``-th time (from 1) that this task comes up for this report."""
    choices = ANSWERS[task]
    if attempt >= PATIENCE:
        return dict(choices[0][1])
    return dict(weighted(choices, draw(report, task, attempt, "answer")))


def share(report: str, task: str, attempt: int) -> Decimal:
    """How much of its limit this task takes, to a thousandth."""
    low, high = map(Decimal, weighted(SHARES, draw(report, task, attempt, "late")))
    within = Decimal(f"{draw(report, task, attempt, 'share'):.3f}")
    return low + (high - low) * within


def pick(persons: Sequence[str], *what: object) -> str:
    return persons[int(draw(*what) * len(persons))]


def weighted(choices: Sequence[tuple[int, T]], at: float) -> T:
    left = at * sum(weight for weight, _ in choices)
    for weight, choice in choices:
        left -= weight
        if left < 0:
            return choice
    return choices[-1][1]
