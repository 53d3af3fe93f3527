from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from tests.support import diagrams as d
from tests.support.city import settle
from tests.support.world import MONDAY, World, table
from workflows import runtime
from workflows.runtime import Resource
from workflows.runtime.deadline_commands import DeadlineEnded, NotSupervisable
from workflows.runtime.reasons import ReasonMissing
from workflows.store import transaction

HOUR = timedelta(hours=1)
SUPERVISION = d.bpmn(
    d.start(),
    d.user("reply", d.z("assignmentDefinition", candidateGroups="=escalation.recipient")),
    d.end(),
    flows="start>reply; reply>end",
    process_id="supervision",
)


def ladder(*rungs: dict[str, str]) -> bytes:
    names = ["level", "at", *sorted({name for one in rungs for name in one} - {"level", "at"})]
    rows = [["-", *(one.get(name, "null") for name in names)] for one in rungs]
    return table("ladder", ["stage"], names, *rows, policy="COLLECT")


OVERDUE = {"level": "1", "at": "1", "role": '"grid-lead"', "label": '"超期"'}


def begin(world: World, *rungs: dict[str, str], holder: str = "a@b") -> int:
    clock = d.properties(
        bihuan_stage="处置",
        bihuan_limit='={unit: "urgent_hour", number: 4}',
        bihuan_ladder="ladder",
        bihuan_holder=holder,
    )
    drawn = d.bpmn(d.start(), d.user("handle", clock), d.end(), flows="start>handle; handle>end")
    world.deploy(drawn, Resource("ladder.dmn", ladder(*rungs)))
    world.pin(MONDAY)
    return world.start()


def sweep(world: World, after: timedelta) -> list[Any]:
    world.pin(MONDAY + after)
    return runtime.sweep_deadlines(world.database)


def whole(world: World) -> bool:
    return world.run(runtime.verify, actor=None) == []


def test_a_rung_starts_the_process_it_names_with_what_it_has_to_know(world: World) -> None:
    world.deploy(SUPERVISION)
    key = begin(
        world, {**OVERDUE, "process": '"supervision"', "powers": '"extend"', "reply": '{unit: "work_day", number: 1}'}
    )
    assert [one.level for one in sweep(world, 4 * HOUR)] == [1]
    [letter] = world.rows("SELECT supervision_key, reply_due, powers FROM escalation")
    event = world.events(key)[-1]
    assert event.details["supervision"] == letter.supervision_key
    assert world.tasks() == ["handle", "reply"]
    started = world.instance(letter.supervision_key)
    assert (started.process_id, started.business_id) == ("supervision", str(key))
    assert whole(world)


def test_it_is_started_once_whoever_sweeps(world: World) -> None:
    world.deploy(SUPERVISION)
    begin(world, {**OVERDUE, "process": '"supervision"'})
    for _ in range(3):
        sweep(world, 40 * HOUR)
    assert world.tasks() == ["handle", "reply"]


def test_a_process_that_is_not_there_does_not_stop_the_clock(world: World) -> None:
    key = begin(world, {**OVERDUE, "process": '"nothing"'}, {**OVERDUE, "level": "2", "at": "2"})
    assert [one.level for one in sweep(world, 8 * HOUR)] == [1, 2]
    assert "nothing" in str(world.events(key)[-2].details["failures"])
    assert whole(world)


def test_the_diagram_hears_the_message_of_a_rung(world: World) -> None:
    clock = d.properties(bihuan_stage="处置", bihuan_limit='={unit: "urgent_hour", number: 4}', bihuan_ladder="ladder")
    handle = d.sub(
        "work",
        d.start("s"),
        d.user("handle", clock),
        d.end("e"),
        d.event_sub("heard", d.begin_on("late", d.on_message("m-escalated"), interrupting=False), d.user("hurry"), d.end("e2"),
                    flows="late>hurry; hurry>e2"),
        flows="s>handle; handle>e",
    )  # fmt: skip
    drawn = d.bpmn(d.start(), d.user("first"), handle, d.end(), flows="start>first; first>work; work>end",
                   more=d.message("escalated", key="=me"))  # fmt: skip
    world.deploy(drawn, Resource("ladder.dmn", ladder({**OVERDUE, "message": '"escalated"'})))
    world.pin(MONDAY)
    key = world.start()
    world.complete("first", me=str(key))
    assert [one.level for one in sweep(world, 4 * HOUR)] == [1]
    assert world.tasks() == ["handle", "hurry"]
    assert sweep(world, 5 * HOUR) == []
    assert whole(world)


def test_a_rung_a_while_after_another_share_fires_then(world: World) -> None:
    begin(world, OVERDUE, {**OVERDUE, "level": "2", "after": '{unit: "natural_day", number: 30}'})
    assert [one.level for one in sweep(world, 5 * HOUR)] == [1]
    assert sweep(world, timedelta(days=30)) == []
    assert [one.level for one in sweep(world, timedelta(days=30) + 4 * HOUR)] == [2]


def test_a_higher_level_before_a_lower_one_is_an_incident(world: World) -> None:
    begin(world, {**OVERDUE, "level": "2", "at": "0.5"}, OVERDUE)
    [incident] = world.incidents()
    assert "升级阶梯 ladder:第 2 级早于" in incident.message
    assert world.tasks() == ["handle"]


def test_what_a_level_may_do_and_until_when_it_answers_is_on_record(world: World) -> None:
    begin(
        world,
        {
            **OVERDUE,
            "powers": '["extend", "suspend"]',
            "reply": '{unit: "work_day", number: 1}',
            "channel": '["inbox", "email"]',
        },
    )
    [fired] = sweep(world, 4 * HOUR)
    assert (fired.channels, fired.vacant, fired.fired) == (["inbox", "email"], False, MONDAY + 4 * HOUR)
    [row] = world.rows("SELECT powers, reply_due FROM escalation")
    assert "suspend" in str(row.powers)


@pytest.mark.parametrize("times", [1, 3])
def test_raising_climbs_a_rung_at_once_and_each_only_once(world: World, times: int) -> None:
    begin(world, OVERDUE, {**OVERDUE, "level": "2", "at": "2"})
    [row] = world.deadlines()
    raised = [world.run(runtime.raise_deadline, row.key) for _ in range(times)]
    assert [key is not None for key in raised] == [True, True, False][:times]
    assert [row.level for row in world.rows("SELECT level FROM escalation ORDER BY level")] == [1, 2][:times]
    assert [one.level for one in sweep(world, 40 * HOUR)] == [2][: 2 - times]
    assert whole(world)


def test_a_clock_that_is_over_climbs_no_more(world: World) -> None:
    begin(world, OVERDUE)
    world.complete("handle")
    assert world.run(runtime.raise_deadline, world.deadlines()[0].key) is None


def test_who_is_told_reads_which_clock_it_is_and_what_is_wanted(world: World) -> None:
    key = begin(
        world,
        {**OVERDUE, "channel": '["inbox", "email"]', "reply": '{unit: "work_day", number: 1}', "powers": '"extend"'},
    )
    sweep(world, 5 * HOUR)
    sweep(world, 6 * HOUR)
    [told] = world.rows("SELECT recipient, kind, subject, text, process_instance_key FROM notification")
    assert (told.recipient, told.kind, told.process_instance_key) == ("grid-lead", "escalation", key)
    assert told.subject == f"〔第 1 级〕流程 {key} 处置:超期"
    assert "处置,4 紧急工作时" in told.text
    assert "已超期:1 小时" in told.text
    assert "可决定:延期" in told.text


def test_who_is_told_reads_names_of_seats_and_who_is_told_instead(world: World) -> None:
    with transaction(world.database) as session:
        settle(session)
    begin(world, {**OVERDUE, "role": '"nobody@east"'}, holder="handler@fire")
    sweep(world, 4 * HOUR)
    [told] = world.rows("SELECT recipient, text FROM notification")
    assert told.recipient == "area-lead@east"
    assert "承办:消防（示例部门）承办人" in told.text
    assert "nobody@east 席位空缺,由东片区市城管执法局班子成员、" in told.text


def test_a_rung_costs_the_same_few_statements_and_its_clock_is_free_at_once(world: World) -> None:
    begin(world, OVERDUE, {**OVERDUE, "level": "2", "at": "2"})
    world.start()
    world.pin(MONDAY + 4 * HOUR)
    seen: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda *query: seen.append(query[2]))
    assert [one.level for one in runtime.sweep_deadlines(world.database)] == [1, 1]
    rungs = [statement for statement in seen if "INSERT INTO escalation" in statement]
    begun = next(place for place, statement in enumerate(seen) if "UPDATE deadline SET claimed_until" in statement)
    done = next(place for place, statement in enumerate(seen) if "FROM escalation" in statement)
    statements = [statement for statement in seen[begun + 1 : done] if not statement.startswith("BEGIN")]
    # instance, clock, climb, task, organisation?, keys, escalation, holder, webhooks, notification, instance, event
    assert (len(rungs), len(statements) / 2) == (2, 12)
    assert world.rows("SELECT next_level, claimed_until FROM deadline") == [(2, None)] * 2


def test_what_a_rung_starts_may_act_on_the_clock_at_once(world: World) -> None:
    hasty = d.bpmn(
        d.start(),
        d.service("climb", "deadline/raise"),
        d.user("reply"),
        d.end(),
        flows="start>climb; climb>reply; reply>end",
        process_id="supervision",
    )
    world.deploy(hasty)
    key = begin(world, {**OVERDUE, "process": '"supervision"'}, {**OVERDUE, "level": "2", "at": "2"})
    assert {one.level for one in sweep(world, 4 * HOUR)} == {1}
    assert world.rows("SELECT level FROM escalation ORDER BY key") == [(1,), (2,)]
    assert world.tasks() == ["handle", "reply"]
    assert [one.tag for one in world.events(key)].count("deadline:escalate") == 2
    assert sweep(world, 9 * HOUR) == []
    assert whole(world)


def test_supervision_is_begun_before_its_time_with_a_reason_and_all_rungs_below_it(world: World) -> None:
    world.deploy(SUPERVISION)
    remind = {"level": "0", "at": "0.7", "role": '"grid-worker"', "label": '"临期"'}
    key = begin(world, remind, {**OVERDUE, "process": '"supervision"'}, {**OVERDUE, "level": "2", "at": "2"})
    clock = world.deadlines()[0].key
    with pytest.raises(ReasonMissing):
        world.run(runtime.supervise_deadline, clock, reason=" ")
    fired = world.run(runtime.supervise_deadline, clock, reason="领导批示")
    rows = world.rows("SELECT key, level, supervision_key FROM escalation ORDER BY level")
    assert [(row.level, row.supervision_key is not None) for row in rows] == [(0, False), (1, True)]
    assert rows[-1].key == fired
    assert [event.details["reason"] for event in world.events(key)[-2:]] == ["领导批示"] * 2
    assert world.tasks() == ["handle", "reply"]
    with pytest.raises(NotSupervisable):
        world.run(runtime.supervise_deadline, clock, reason="再次")
    assert len(world.rows("SELECT key FROM escalation")) == 2, "a rung that supervises nobody was not fired for nothing"
    world.complete("handle")
    with pytest.raises(DeadlineEnded):
        world.run(runtime.supervise_deadline, clock, reason="再次")
    assert whole(world)
