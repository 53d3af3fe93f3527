"""What the staff of the sample month answer, and how long they take: chosen by a hash, so that a seed is a month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tasks.rehearsal.answers import ANSWERS as CASES
from tasks.rehearsal.answers import draw, weighted

if TYPE_CHECKING:
    from collections.abc import Mapping

Variables = dict[str, Any]
Choices = list[tuple[int, Variables]]

_REVIEW: Choices = [(80, {"result": "同意"}), (20, {"result": "不同意", "reason": "示例:理由不够充分。"})]
_JOINT: dict[str, Choices] = {
    "convene": [(85, {"result": "按建议召集"}), (15, {"result": "不予召集", "reason": "示例:一个部门可以解决。"})],
    "claim": [
        (88, {"result": "认领", "work": "示例:劝导、清理", "days": 2}),
        (12, {"result": "异议", "reason": "示例:应当由别的部门牵头。"}),
    ],
    "arbitrate": [(1, {"result": "维持", "reason": "示例:按职责分工办理。"})],
    "designate": [(1, {"unit": "enforcement", "reason": "示例:按职责分工指定。"})],
    "plan": [(1, {"goal": "示例:摊点进疏导区", "gathering": "示例广场", "days": 2, "recheckDays": 5})],
    "approve": [(90, {"result": "同意"}), (10, {"result": "退回修改", "reason": "示例:写清分工。"})],
    "sign-in": [(1, {"place": "示例广场", "persons": 6, "vehicles": 1, "names": "样例等6人"})],
    "rectify": [
        (90, {"result": "完成", "measures": "示例:劝导并清理完毕。", "dissuasions": 12, "notices": 4}),
        (10, {"result": "部分完成", "measures": "示例:清理了一半。", "left": "示例:还有两处摊点。"}),
    ],
    "accept": [(1, {"result": "合格"})],
    "rule": [(1, {"result": "按部分完成验收", "reason": "示例:遗留问题另行解决。"})],
    "look-again": [(1, {"result": "未反弹"})],
    "summarise": [(1, {"text": "示例:摊点已进疏导区,通道畅通。", "upkeep": "示例:划线并轮巡。"})],
}
#: Process → task → answers with their weights. What is not named here nobody does by himself.
ANSWERS: Mapping[str, Mapping[str, Choices]] = {
    "case-handling": {
        **CASES,
        "call": [
            (62, {"result": "满意"}),
            (18, {"result": "不满意", "comment": "示例:只处理了一半。"}),
            (14, {"result": "未接通"}),
            (6, {"result": "拒绝"}),
        ],
    },
    "supervision": {name: CASES[name] for name in ("reply", "review")},
    "joint-rectification": _JOINT,
    **{
        process: {"first-review": _REVIEW, "final-review": _REVIEW}
        for process in ("deadline-extension", "deadline-suspension")
    },
    "overdue-appeal": {"dispatcher-review": _REVIEW, "acceptance-review": _REVIEW},
}
#: Some are never satisfied, and some never answer the telephone; up to these shares of the cases.
CALLS = ((0.05, {"result": "不满意", "comment": "示例:一直没有处理好。"}), (0.1, {"result": "未接通"}))
BLOCKED = {"result": "堵点", "reason": "示例:占道、违停、油烟几家都管一段。"}
PATIENCE = 3  # from this attempt on a task is answered with the first answer

#: How much of its limit a task takes, with weights; work on the spot may take so long that all of the ladder fires.
USUAL = [(88, ("0.1", "0.8")), (9, ("1.02", "1.5")), (3, ("1.5", "2.4"))]
ON_SITE = [(78, ("0.15", "0.9")), (10, ("1.02", "1.6")), (7, ("2.05", "2.6")), (3, ("3.1", "3.5")), (2, ("4.1", "4.6"))]


def answer(process: str, task: str, who: str, attempt: int) -> Variables:
    """The form values for the ``attempt``-th time (from 1) that this task comes up for ``who``."""
    choices = ANSWERS[process][task]
    for below, always in CALLS if task == "call" else ():
        if draw(who, "calls") < below:
            return dict(always)
    if attempt >= PATIENCE:
        return dict(choices[0][1])
    return dict(weighted(choices, draw(who, task, attempt, "answer")))


def share(task: str, who: str, attempt: int) -> Decimal:
    """How much of its limit this task takes, to a thousandth."""
    shares = ON_SITE if task in {"handle", "rectify"} else USUAL
    low, high = map(Decimal, weighted(shares, draw(who, task, attempt, "late")))
    return low + (high - low) * Decimal(f"{draw(who, task, attempt, 'share'):.3f}")
