from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tasks.packs import resources
from tests.support import diagrams as d
from tests.support.databases import KINDS, database_url
from tests.support.world import LADDER, MONDAY, World
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.deadline_commands import DeadlineEnded, NotAppealable, NotExtendable
from workflows.runtime.errors import Invalid, NotFound, Recused
from workflows.runtime.reasons import ReasonMissing
from workflows.runtime.requests import RequestPending
from workflows.store.tables import ElementInstance, Notification, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.store import Database

CLOCKS = Path(__file__).parents[3] / "bpmn" / "clocks"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YES, NO = {"result": "同意"}, {"result": "不同意", "reason": "理由不足"}
WHY = {"reason": "要等配件"}


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path, asking) as url:
        yield url


def asking(database: Database) -> None:
    """A clock of four hours that runs, and the processes that decide what is asked about it."""
    world = World(database)
    clock = d.properties(
        bihuan_stage="处置",
        bihuan_limit='={unit: "urgent_hour", number: 4}',
        bihuan_ladder="ladder",
        bihuan_holder="handler@fire",
    )
    drawn = d.bpmn(d.start(), d.user("handle", clock), d.end(), flows="start>handle; handle>end")
    world.deploy(drawn, Resource("ladder.dmn", LADDER))
    world.deploy(*resources(CLOCKS))
    world.pin(MONDAY)
    world.start()


@pytest.fixture
def asked(world: World) -> World:
    return world


def clock(world: World) -> Any:
    return world.deadlines()[0]


def ask(world: World, request: Any, **more: Any) -> int:
    return int(world.run(request, clock(world).key, actor="p-0009", **WHY, **more))


def approve(world: World) -> None:
    world.complete("first-review", actor="p-0001", **YES)
    world.complete("final-review", actor="p-0002", **YES)


def settle(world: World) -> None:
    while runtime.deliver_signals(world.database):
        pass


def ends(world: World, key: int) -> list[str]:
    """The ends that an instance has reached."""
    query = select(ElementInstance.element_id).where(
        ElementInstance.process_instance_key == key, ElementInstance.type == "END_EVENT"
    )
    return [row[0] for row in world.rows(query.order_by(ElementInstance.key))]


def told(world: World) -> list[str]:
    return [row[0] for row in world.rows(select(Notification.subject).order_by(Notification.key))]


def texts(world: World) -> list[str]:
    """What the applicant is told, with the process put as ``流程``."""
    about = f"流程 {clock(world).process_instance_key}"
    return [row[0].replace(about, "流程") for row in world.rows(select(Notification.text).order_by(Notification.key))]


def test_an_extension_that_two_levels_approve_gives_the_limit_once_more(asked: World) -> None:
    key = ask(asked, runtime.request_extension)
    approve(asked)
    assert clock(asked).due == MONDAY + 8 * HOUR
    assert ends(asked, key)[-1] == "granted"
    assert told(asked) == ["延期申请已批准"]


def test_whoever_asks_is_on_record_with_the_reason(asked: World) -> None:
    key = ask(asked, runtime.request_extension)
    [event] = [one for one in asked.events(clock(asked).process_instance_key) if one.tag == "deadline:request"]
    assert (event.actor, event.details["reason"]) == ("p-0009", "要等配件")
    assert (event.details["kind"], event.details["request"]) == ("deadline-extension", key)
    row = asked.instance(key)
    assert (row.correlation_key, row.business_id) == (str(clock(asked).key), str(clock(asked).key))


@pytest.mark.parametrize(
    ("request_it", "more", "reviews"),
    [
        (runtime.request_extension, {}, ["first-review", "final-review"]),
        (runtime.request_suspension, {"until": MONDAY + DAY}, ["first-review", "final-review"]),
        (runtime.request_appeal, {}, ["dispatcher-review", "acceptance-review"]),
    ],
)
def test_whoever_asks_decides_nothing_of_it(
    asked: World, request_it: Any, more: dict[str, Any], reviews: list[str]
) -> None:
    if request_it is runtime.request_appeal:
        late(asked)
    ask(asked, request_it, **more)
    for number, review in enumerate(reviews):
        with pytest.raises(Recused):
            asked.complete(review, actor="p-0009", **YES)
        asked.complete(review, actor=f"p-000{number}", **YES)
    assert asked.incidents() == []


@pytest.mark.parametrize("refuser", ["first-review", "final-review"])
def test_what_is_rejected_at_either_level_consumes_no_chance(asked: World, refuser: str) -> None:
    key = ask(asked, runtime.request_extension)
    if refuser == "final-review":
        asked.complete("first-review", **YES)
    asked.complete(refuser, actor="p-0002", **NO)
    assert (asked.state(key), ends(asked, key)[-1]) == ("COMPLETED", "rejected")
    assert (clock(asked).due, clock(asked).extensions) == (MONDAY + 4 * HOUR, 0)
    ask(asked, runtime.request_extension)


def test_a_second_request_for_the_same_clock_waits_for_the_first(asked: World) -> None:
    ask(asked, runtime.request_extension)
    with pytest.raises(RequestPending):
        ask(asked, runtime.request_extension)
    ask(asked, runtime.request_suspension, until=MONDAY + 10 * DAY)


def test_after_it_is_overdue_nothing_is_extended_on_request(asked: World) -> None:
    asked.move(5 * HOUR)
    with pytest.raises(NotExtendable):
        ask(asked, runtime.request_extension)
    assert asked.tasks() == ["handle"]


def test_a_third_extension_is_not_asked_for(asked: World) -> None:
    for _ in range(2):
        ask(asked, runtime.request_extension)
        approve(asked)
    with pytest.raises(NotExtendable):
        ask(asked, runtime.request_extension)


def test_a_request_lapses_with_its_clock(asked: World) -> None:
    keys = [ask(asked, runtime.request_extension), ask(asked, runtime.request_suspension, until=MONDAY + 10 * DAY)]
    asked.complete("handle")
    settle(asked)
    assert [(asked.state(key), ends(asked, key)) for key in keys] == [("COMPLETED", ["lapsed"])] * 2
    assert asked.tasks() == []
    with pytest.raises(DeadlineEnded):
        ask(asked, runtime.request_extension)


def test_a_process_started_by_hand_is_held_to_the_same(asked: World) -> None:
    ask(asked, runtime.request_extension)
    second = asked.start("deadline-extension", deadline=str(clock(asked).key), reason="再要一次")
    nothing = asked.start("deadline-extension", deadline="abc", reason="没有这个时限")
    assert [ends(asked, key) for key in (second, nothing)] == [["refused"], ["refused"]]
    assert told(asked) == ["延期申请不予受理"] * 2
    assert asked.incidents() == []


def test_the_clock_stands_still_until_the_day(asked: World) -> None:
    key = ask(asked, runtime.request_suspension, until=MONDAY + 10 * DAY)
    approve(asked)
    assert clock(asked).suspended_until == MONDAY + 10 * DAY
    asked.move(10 * DAY)
    runtime.fire_timers(asked.database)
    assert clock(asked).due == MONDAY + 10 * DAY + 4 * HOUR
    assert ends(asked, key)[-1] == "resumed"


def test_where_the_sweep_resumed_it_first_the_request_ends_all_the_same(asked: World) -> None:
    key = ask(asked, runtime.request_suspension, until=MONDAY + 10 * DAY)
    approve(asked)
    asked.move(10 * DAY)
    assert runtime.resume_deadlines(asked.database) == 1
    runtime.fire_timers(asked.database)
    assert ends(asked, key)[-1] == "resumed"
    assert len(clock(asked).pauses) == 1


def test_a_suspension_may_end_early(asked: World) -> None:
    key = ask(asked, runtime.request_suspension, until=MONDAY + 10 * DAY)
    approve(asked)
    asked.move(DAY)
    asked.run(runtime.correlate_message, "deadline-resumption", str(clock(asked).key), {"resumption": "配件到了"})
    assert clock(asked).due == MONDAY + DAY + 4 * HOUR
    assert ends(asked, key)[-1] == "resumed"


def test_a_suspension_has_an_end_within_a_year(asked: World) -> None:
    for until in (MONDAY, MONDAY + 400 * DAY):
        with pytest.raises(Invalid):
            ask(asked, runtime.request_suspension, until=until)


def test_an_approval_that_comes_too_late_is_told_as_refused(asked: World) -> None:
    key = ask(asked, runtime.request_suspension, until=MONDAY + DAY)
    asked.complete("first-review", **YES)
    asked.move(2 * DAY)
    asked.complete("final-review", actor="p-0002", **YES)
    assert ends(asked, key)[-1] == "rejected"
    assert clock(asked).suspended_until is None


def late(world: World) -> None:
    world.move(5 * HOUR)
    world.complete("handle")


def test_an_appeal_that_two_levels_allow_keeps_the_fact_and_frees_the_statistics(asked: World) -> None:
    with pytest.raises(NotAppealable):
        ask(asked, runtime.request_appeal)
    late(asked)
    key = ask(asked, runtime.request_appeal)
    asked.complete("dispatcher-review", actor="p-0001", **YES)
    asked.complete("acceptance-review", actor="p-0002", **YES)
    assert (clock(asked).met, clock(asked).exempted) == (False, MONDAY + 5 * HOUR)
    assert ends(asked, key)[-1] == "exempted"


def test_there_is_one_appeal_whatever_becomes_of_it(asked: World) -> None:
    late(asked)
    key = ask(asked, runtime.request_appeal)
    with pytest.raises(RequestPending):
        ask(asked, runtime.request_appeal)
    asked.complete("dispatcher-review", **NO)
    assert ends(asked, key)[-1] == "rejected"
    with pytest.raises(NotAppealable, match="一次"):
        ask(asked, runtime.request_appeal)


def test_an_appeal_that_was_withdrawn_may_be_made_anew(asked: World) -> None:
    late(asked)
    asked.run(runtime.cancel_process_instance, ask(asked, runtime.request_appeal))
    ask(asked, runtime.request_appeal)


def test_what_is_asked_needs_a_reason_and_a_clock(asked: World) -> None:
    with pytest.raises(ReasonMissing):
        asked.run(runtime.request_extension, clock(asked).key, reason=" ")
    with pytest.raises(NotFound):
        asked.run(runtime.request_extension, clock(asked).key + 1, reason="没有")
    assert len(asked.rows(select(ProcessInstance.key))) == 1


# What the applicant reads: which clock of what, what became of it, and why


def test_what_was_granted_is_told_with_the_new_moment_as_the_city_shows_it(asked: World) -> None:
    ask(asked, runtime.request_extension)
    approve(asked)
    ask(asked, runtime.request_suspension, until=MONDAY + 10 * DAY)
    approve(asked)
    asked.move(10 * DAY)
    runtime.fire_timers(asked.database)
    assert texts(asked) == [
        "流程 的“处置”延期一个原时限，截止时间改为 2026-03-02 17:00。",
        "流程 的“处置”挂账到 2026-03-12 09:00，期间不计时限。",
        "流程 的“处置”恢复计时，截止时间改为 2026-03-12 17:00。",
    ]


def test_what_was_not_granted_is_told_with_the_reason(asked: World) -> None:
    ask(asked, runtime.request_extension)
    asked.complete("first-review", **NO)
    ask(asked, runtime.request_suspension, until=MONDAY + DAY)
    asked.complete("first-review", **YES)
    asked.complete("final-review", actor="p-0002", **NO)
    late(asked)
    ask(asked, runtime.request_appeal)
    asked.complete("dispatcher-review", **NO)
    assert texts(asked) == [
        "流程 的“处置”申请延期，未批准：部门初审不同意，理由不足",
        "流程 的“处置”申请挂账，未批准：派遣员终审不同意，理由不足",
        "流程 的“处置”超期，申诉不成立：派遣员初审不同意，理由不足",
    ]


def test_what_is_not_admissible_is_told_with_the_clock_where_there_is_one(asked: World) -> None:
    key = str(clock(asked).key)
    for process in ("deadline-extension", "deadline-suspension", "overdue-appeal"):
        asked.start(process, deadline=key, reason="补一个", until="昨天")
        asked.start(process, deadline="abc", reason="没有这个时限", until=None)
    asked.start("deadline-extension", deadline=key, reason="在审批")
    asked.start("deadline-extension", deadline=key, reason="又一个")
    said = texts(asked)
    assert said[:4] == [
        "申请延期，不予受理：没有时限 abc",
        said[1],
        "申请挂账，不予受理：没有时限 abc",
        "流程 的“处置”提出申诉，不予受理：时限还在走,办结以后才能申诉",
    ]
    assert said[1].startswith("流程 的“处置”申请挂账，不予受理：")
    assert said[-1] == "流程 的“处置”申请延期，不予受理：这个时限已有同类申请在审批。"
