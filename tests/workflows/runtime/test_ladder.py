from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workflows.runtime.ladder import LadderInvalid, rungs_of


def rung(**more: Any) -> dict[str, Any]:
    return {"level": 1, "at": 1, "role": "grid-lead", **more}


def test_a_rung_says_when_and_whom_and_may_say_more() -> None:
    [found] = rungs_of([
        rung(
            after={"unit": "natural_day", "number": 30},
            channel=["inbox", "email"],
            label="督办",
            reply={"unit": "work_day", "number": 1},
            powers="extend",
            process="supervision",
            message="escalated",
        )
    ])  # fmt: skip
    assert found == {
        "level": 1,
        "at": 1,
        "after": {"unit": "natural_day", "number": Decimal(30)},
        "role": "grid-lead",
        "channels": ["inbox", "email"],
        "label": "督办",
        "reply": {"unit": "work_day", "number": Decimal(1)},
        "powers": ["extend"],
        "process": "supervision",
        "message": "escalated",
    }


def test_what_is_not_said_is_nothing() -> None:
    [found] = rungs_of([rung()])
    assert (found["channels"], found["label"], found["powers"], found["after"], found["process"]) == (
        [],
        "",
        [],
        None,
        None,
    )


def test_rungs_are_in_order_of_level() -> None:
    assert [one["level"] for one in rungs_of([rung(level=2, at=2), rung(level=0, at=0.5), rung()])] == [0, 1, 2]


@pytest.mark.parametrize(
    "ladder",
    [
        "x", None, {}, [1], [rung()] * 2, [rung(level=i) for i in range(51)],
        [rung(level="1")], [rung(level=True)], [rung(level=-1)], [rung(level=0.5)], [rung(level=None)], [rung(level=1001)],
        [rung(at="soon")], [rung(at=-1)], [rung(at=None)], [rung(at=True)],
        [rung(role="")], [rung(role=None)], [rung(role=7)],
        [rung(channel=7)], [rung(channel=[7])], [rung(label=7)],
        [rung(after=3)], [rung(after={"unit": "work_day"})], [rung(after={"unit": "week", "number": 1})],
        [rung(reply={"unit": "work_day", "number": 0})],
        [rung(powers=["extend", "pardon"])], [rung(powers=7)], [rung(process="")], [rung(message=1)],
    ],
)  # fmt: skip
def test_what_is_no_ladder_is_refused(ladder: Any) -> None:
    with pytest.raises(LadderInvalid):
        rungs_of(ladder)


@pytest.mark.parametrize(
    ("ladder", "said"),
    [
        ([rung(), rung(level=2, role="")], "第 2 个升级梯级的 role 不对"),
        ([rung(), rung(level=2, reply={"unit": "week", "number": 1})], "第 2 个升级梯级的 reply 不对.*week"),
        ([rung(), rung(level=2), rung(level=2)], "第 2 级不止一个梯级"),
        ([rung(), 7], "第 2 个升级梯级须是上下文"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(ladder: Any, said: str) -> None:
    with pytest.raises(LadderInvalid, match=said):
        rungs_of(ladder)
