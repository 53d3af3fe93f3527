from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tasks.packs import resources
from tests.support import diagrams as d
from tests.support.databases import KINDS, database_url, opened
from tests.support.world import MONDAY, World, table
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.errors import SeparationOfDuty
from workflows.runtime.ladder import POWERS
from workflows.store.tables import ElementInstance, Notification, ProcessInstance, SupervisionLetter

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOCKS = Path(__file__).parents[4] / "bpmn" / "clocks"
HOUR = timedelta(hours=1)
LADDER = table(
    "ladder",
    ["stage"],
    ["level", "at", "role", "channel", "label", "reply", "powers", "process"],
    ["-", "1", "1", '"area-lead"', '"email"', '"超期"', '{unit: "urgent_hour", number: 3}', '["extend", "reassign"]', '"supervision"'],
    ["-", "2", "3", '"duty-lead"', '"email"', '"还没有办"', "null", f"[{', '.join(f'{chr(34)}{p}{chr(34)}' for p in POWERS)}]", '"supervision"'],
    policy="COLLECT",
)  # fmt: skip
CLOCK = d.properties(
    bihuan_stage="处置",
    bihuan_limit='={unit: "urgent_hour", number: 4}',
    bihuan_ladder="ladder",
    bihuan_holder="handler@fire",
)
REASSIGNED = d.message("case-reassigned", key="=me")
HANDLING = d.bpmn(
    d.start(),
    d.user("first"),
    d.user("handle", CLOCK),
    d.boundary("moved", "handle", d.on_message("m-case-reassigned")),
    d.user("other"),
    d.end(),
    flows="start>first; first>handle; handle>end; moved>other; other>end",
    more=REASSIGNED,
)
CONVENED = d.bpmn(
    d.start("asked", d.on_message("m-joint-rectification-requested")),
    d.user("meet"),
    d.end(),
    flows="asked>meet; meet>end",
    process_id="joint",
    more=d.message("joint-rectification-requested"),
)


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with database_url(request.param, tmp_path) as url, opened(url) as database:
        world = World(database)
        yield world
        assert world.verify() == []


@pytest.fixture
def supervised(world: World) -> World:
    """A clock of four hours that is overdue, and the letter of its first rung."""
    world.deploy(HANDLING, Resource("ladder.dmn", LADDER))
    world.deploy(*resources(CLOCKS))
    world.pin(MONDAY)
    key = world.start()
    world.complete("first", me=str(key))
    climb(world, 4 * HOUR)
    return world


def climb(world: World, by: timedelta) -> list[int]:
    world.move(by)
    runtime.fire_timers(world.database)
    return [one.level for one in runtime.sweep_deadlines(world.database)]


def letters(world: World) -> list[Any]:
    return world.rows(select(*SupervisionLetter.__table__.c).order_by(SupervisionLetter.key))


def supervised_key(world: World) -> int:
    return int(letters(world)[0].subject)


def settle(world: World) -> None:
    while runtime.deliver_signals(world.database):
        pass


def ends(world: World) -> list[str]:
    """The last end of each supervision, in the order in which they began."""
    found = world.rows(
        select(ElementInstance.process_instance_key, ElementInstance.element_id)
        .join(ProcessInstance, ProcessInstance.key == ElementInstance.process_instance_key)
        .where(ElementInstance.type == "END_EVENT", ProcessInstance.process_id == "supervision")
        .order_by(ElementInstance.key)
    )
    return list(dict(found).values())


def answer(world: World, decision: str = "办理说明", **more: Any) -> None:
    world.complete("reply", actor="p-0019", decision=decision, note="正在办", **more)


def judge(world: World, result: str = "认可") -> None:
    world.complete("review", actor="p-0017", result=result, **({} if result == "认可" else {"reason": "没有措施"}))


def test_a_letter_is_numbered_says_what_matters_and_reaches_its_recipient(supervised: World) -> None:
    [letter] = letters(supervised)
    assert letter.number == "督办〔2026〕1号"
    assert (letter.recipient, letter.reply_due) == ("area-lead", MONDAY + 7 * HOUR)
    for said in ("处置", "4 紧急工作时", "2026-03-02 13:00", "2026-03-02 16:00", "延期、转办", "2026年03月02日"):
        assert said in letter.text
    told = supervised.rows(select(Notification.kind, Notification.recipient, Notification.subject))
    assert ("supervision", "area-lead", f"督办〔2026〕1号 流程 {letter.subject} 处置") in [tuple(one) for one in told]


def test_an_answer_that_is_accepted_ends_it(supervised: World) -> None:
    answer(supervised)
    judge(supervised)
    [letter] = letters(supervised)
    assert (letter.decision, letter.reply, letter.replied_by) == ("explain", "正在办", "p-0019")
    assert (letter.outcome, letter.replied, letter.closed) == ("accepted", MONDAY + 4 * HOUR, MONDAY + 4 * HOUR)
    assert ends(supervised) == ["settled"]
    assert supervised.tasks() == ["handle"]


def test_an_answer_that_is_not_accepted_raises_it_at_once(supervised: World) -> None:
    answer(supervised)
    judge(supervised, "不认可")
    first, second = letters(supervised)
    assert (first.outcome, second.number, second.recipient) == ("rejected", "督办〔2026〕2号", "duty-lead")
    assert second.reply_due == MONDAY + timedelta(days=1, hours=4)  # a working day where the ladder does not say
    assert supervised.deadlines()[0].fired_level == 2


def test_no_answer_in_time_raises_it(supervised: World) -> None:
    assert climb(supervised, 2 * HOUR) == [0]  # the reminder of 督办回复
    assert climb(supervised, HOUR) == []
    assert [letter.outcome for letter in letters(supervised)] == ["unanswered", None]
    assert ends(supervised) == ["raised"]


def test_what_the_clock_has_climbed_by_itself_is_not_climbed_twice(supervised: World) -> None:
    answer(supervised)
    assert climb(supervised, 8 * HOUR)[0] == 2
    judge(supervised, "不认可")
    assert len(letters(supervised)) == 2


def test_with_the_clock_the_supervision_is_over(supervised: World) -> None:
    supervised.complete("handle")
    settle(supervised)
    assert [letter.outcome for letter in letters(supervised)] == ["ended"]
    assert supervised.tasks() == []


def test_an_extension_by_the_level_moves_the_deadline(supervised: World) -> None:
    answer(supervised, "延期")
    [event] = [one for one in supervised.events(supervised_key(supervised)) if one.tag == "deadline:extend"]
    assert (event.actor, event.details["reason"]) == ("p-0019", "督办〔2026〕1号:正在办")
    assert supervised.deadlines()[0].due == MONDAY + 8 * HOUR
    assert supervised.tasks() == ["handle", "review"]


@pytest.mark.parametrize(("decision", "designated"), [("转办", False), ("指定承办", True)])
def test_another_unit_is_named_by_message(supervised: World, decision: str, designated: bool) -> None:
    if designated:  # which the first level may not
        answer(supervised)
        judge(supervised, "不认可")
    supervised.complete("reply", actor="p-0017", decision=decision, note="换人", department="housing")
    [heard] = [
        one.details["variables"]
        for one in supervised.events(supervised_key(supervised))
        if one.tag == "message:correlate"
    ]
    assert heard["assignment"] == {"level": "department", "role": "handler", "unit": "housing"}
    assert heard["designated"] is designated
    assert "other" in supervised.tasks()
    settle(supervised)
    assert ends(supervised)[-1] == "lapsed"  # the clock it was about is over


def test_suspending_is_for_the_level_that_may(supervised: World) -> None:
    answer(supervised, "挂账", until="2026-03-20")
    assert supervised.tasks() == ["handle", "reply"]
    [letter] = letters(supervised)
    assert letter.replied is None, "what was refused is no answer"
    answer(supervised)
    judge(supervised, "不认可")
    supervised.complete("reply", actor="p-0017", decision="挂账", note="等改造", until="2026-03-20")
    assert supervised.deadlines()[0].suspended_until is not None


def test_convening_needs_a_process_that_is_convened(supervised: World) -> None:
    answer(supervised)
    judge(supervised, "不认可")
    supervised.complete("reply", actor="p-0017", decision="召集联合整治", note="三家一起")
    assert supervised.tasks() == ["handle", "reply"]
    supervised.deploy(CONVENED)
    supervised.complete("reply", actor="p-0017", decision="召集联合整治", note="三家一起")
    assert sorted(supervised.tasks()) == ["handle", "meet", "review"]


def test_a_clock_that_is_over_is_not_decided_about(supervised: World) -> None:
    supervised.complete("handle")
    answer(supervised, "延期")  # before the signal has come
    assert supervised.tasks() == ["reply"]
    assert supervised.incidents() == []
    settle(supervised)
    assert supervised.tasks() == []


def test_whoever_answers_does_not_judge_the_answer(supervised: World) -> None:
    answer(supervised)
    with pytest.raises(SeparationOfDuty):
        supervised.complete("review", actor="p-0019", result="认可")
