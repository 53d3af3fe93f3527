"""Supervision as its process runs it: letters, what is decided within which powers, and how letters end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from tasks.packs import resources
from tests.support import diagrams as d
from tests.support.city import REPORT, settle
from tests.support.databases import KINDS, database_url, opened
from tests.support.world import MONDAY, World, table
from workflows import runtime
from workflows.governance import cases
from workflows.runtime import Resource
from workflows.runtime.errors import BpmnError, FormMismatch, SeparationOfDuty
from workflows.runtime.handlers import supervision as handlers
from workflows.runtime.inline import InlineCall
from workflows.store import read, transaction
from workflows.store.json import dumps
from workflows.store.keys import instance_of
from workflows.store.queries.variables import visible_variables
from workflows.store.tables import (
    Delivery,
    ElementInstance,
    Escalation,
    Notice,
    Notification,
    Person,
    Seat,
    SupervisionLetter,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from workflows.store import Database

CLOCKS = Path(__file__).parents[4] / "bpmn" / "clocks"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = MONDAY + 4 * HOUR
ALL = ["extend", "reassign", "designate", "suspend", "convene"]
LEAD, CENTRE_LEAD = "p-0019", "p-0017"
NEW_YEARS_EVE = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # a second before midnight in 娄底
CASES, THREADS = 12, 6
NUMBER = "督办〔2026〕1号"
HEARS = d.event_sub(
    "hears",
    d.begin_on("reassigned", d.on_message("m-case-reassigned"), interrupting=False),
    d.user("as-told"),
    d.end("told"),
    flows="reassigned>as-told; as-told>told",
)
MEETING = d.bpmn(
    d.start("called", d.on_message("m-joint-rectification-requested")),
    d.user("meet"),
    d.end(),
    flows="called>meet; meet>end",
    process_id="joint-rectification",
    more=d.message("joint-rectification-requested"),
)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path, supervising) as url:
        yield url


def supervising(database: Database) -> None:
    with transaction(database) as session:
        settle(session)
    world = World(database)
    world.deploy(*resources(CLOCKS))
    world.pin(MONDAY)


@pytest.fixture
def world(url: str) -> Iterator[World]:
    """The sample city and the process that supervises; nothing is handled yet."""
    with opened(url) as database:
        world = World(database)
        yield world
        assert world.verify() == []


def prepare(world: World, powers: list[str], *, hears: bool = True, **rung: str) -> None:
    """Handling has a clock of four hours; overdue, the area supervises, another four hours later the centre."""
    columns = {"role": '"area-lead@east"', "label": '"超期未处置"', "channel": '"inbox"', "reply": "null", **rung}
    columns |= {"powers": dumps(powers), "process": '"supervision"'}
    above = columns | {"role": '"duty-lead"'}
    rungs = [["-", "1", "1", *columns.values()], ["-", "2", "2", *above.values()]]
    ladder = table("ladder", ["stage"], ["level", "at", *columns], *rungs, policy="COLLECT")
    clock = d.properties(
        bihuan_stage="处置",
        bihuan_limit='={unit: "urgent_hour", number: 4}',
        bihuan_ladder="ladder",
        bihuan_holder="handler@fire",
    )
    work = [d.start("s"), d.user("handle", clock), d.end("e"), *([HEARS] if hears else [])]
    drawn = d.bpmn(
        d.start(),
        d.sub("work", *work, flows="s>handle; handle>e"),
        d.end(),
        flows="start>work; work>end",
        more=d.message("case-reassigned", key="=me"),
    )
    world.deploy(drawn, Resource("ladder.dmn", ladder))


def begin(world: World) -> str:
    """A case whose clock runs; its number."""
    with transaction(world.database) as session:
        case = cases.report(session, REPORT, now=MONDAY)
    world.start(case_id=case.key, me=case.number)
    return case.number


def overdue(world: World, powers: list[str] | None = None, *, late: timedelta = timedelta(), **more: Any) -> str:
    """A case that the area supervises since so long after it was due; its number."""
    prepare(world, ALL if powers is None else powers, **more)
    number = begin(world)
    world.pin(DUE + late)
    runtime.sweep_deadlines(world.database)
    return number


def answer(world: World, decision: str, **more: Any) -> None:
    world.complete("reply", actor=LEAD, decision=decision, note="已到现场", **more)


def judge(world: World, result: str, **more: Any) -> None:
    world.complete("review", actor=CENTRE_LEAD, result=result, **more)


def settled(world: World) -> None:
    while runtime.deliver_signals(world.database):
        pass


def letters(world: World) -> list[Any]:
    return world.rows(select(*SupervisionLetter.__table__.c).order_by(SupervisionLetter.key))


def letter(world: World) -> Any:
    [one] = letters(world)
    return one


def clock(world: World) -> Any:
    """That of the case; those of the supervision came later."""
    return world.deadlines()[0]


def seen(world: World, task: int, name: str) -> Any:
    """A variable as a task sees it."""
    with read(world.database) as session:
        [value] = [one.value for one in visible_variables(session, instance_of(task), task) if one.name == name]
    return value


def called(session: Session, variables: dict[str, Any]) -> InlineCall:
    return InlineCall(
        session=session,
        now=DUE,
        actor=LEAD,
        process_instance_key=1 << 40,
        case_id=None,
        element_id="decide",
        variables=variables,
        headers={},
    )


def refusal(world: World) -> dict[str, Any]:
    """What whoever decides anew can read of why the last decision was not carried out."""
    return dict(seen(world, world.task("reply"), "refusal"))


def ends(world: World, number: str = NUMBER) -> list[str]:
    """The ends that the instance of a letter has reached."""
    [supervising] = [one.process_instance_key for one in letters(world) if one.number == number]
    query = select(ElementInstance.element_id).where(
        ElementInstance.type == "END_EVENT", ElementInstance.process_instance_key == supervising
    )
    return [row[0] for row in world.rows(query.order_by(ElementInstance.key))]


# The letter


def test_it_says_which_clock_of_which_case_is_late_to_whom_and_what_they_may_decide(world: World) -> None:
    number = overdue(world, ["extend", "convene"], late=2 * HOUR)
    assert (
        letter(world).text
        == f"""督 办 件
{NUMBER}

东片区市城管执法局班子成员、区城管部门班子成员、街道主要负责人：

案件 {number} 的“处置”（时限 4 紧急工作时）应于 2026-03-02 13:00 前办结，承办单位为消防（示例部门）承办人。现已超期 2 小时。超期未处置。

请你单位督促办理，于 2026-03-03 15:00 前书面回复办理情况和处理决定。可以决定：延期、召集联合整治。逾期未回复或者回复未获认可的，提请上一级督办。

人民城市共治共享指挥调度中心
2026年3月2日"""
    )


def test_it_is_kept_with_its_escalation_and_its_process(world: World) -> None:
    number = overdue(world)
    kept = letter(world)
    [escalation] = world.rows(select(*Escalation.__table__.c))
    assert (kept.escalation_key, kept.process_instance_key) == (escalation.key, escalation.supervision_key)
    assert (kept.subject, kept.recipient, kept.issued) == (number, "area-lead@east", DUE)
    assert (kept.replied, kept.outcome) == (None, None)


@pytest.mark.parametrize(
    ("late", "said"),
    [(timedelta(), "现已到期"), (timedelta(seconds=59), "现已到期"), (26 * HOUR, "现已超期 1 天 2 小时")],
)
def test_it_says_how_late_it_is(world: World, late: timedelta, said: str) -> None:
    overdue(world, late=late)
    assert f"。{said}。" in letters(world)[0].text


def test_one_that_was_raised_before_it_is_due_says_so(world: World) -> None:
    prepare(world, [])
    begin(world)
    world.run(runtime.raise_deadline, clock(world).key)
    assert "。现临近到期。" in letter(world).text
    assert "可以决定" not in letter(world).text


def test_a_process_of_no_case_is_named_by_its_key(world: World) -> None:
    prepare(world, [])
    key = world.start(me="none")
    world.pin(DUE)
    runtime.sweep_deadlines(world.database)
    assert f"流程 {key} 的“处置”" in letter(world).text
    assert letter(world).subject == str(key)


def test_who_had_a_seat_before_is_not_addressed(world: World) -> None:
    with transaction(world.database) as session:
        session.execute(update(Seat).where(Seat.person_id == LEAD).values(valid_to=date(2026, 3, 1)))
    overdue(world)
    assert "东片区区城管部门班子成员、街道主要负责人：" in letter(world).text


def test_its_recipient_reads_it_in_the_inbox_and_gets_it_by_the_channels_of_the_rung(world: World) -> None:
    with transaction(world.database) as session:
        session.execute(update(Person).where(Person.id == "p-0020").values(email=None))
    number = overdue(world, channel='["inbox", "email"]')
    [told] = world.rows(select(*Notification.__table__.c).where(Notification.kind == "supervision"))
    assert (told.recipient, told.subject, told.text) == (
        "area-lead@east",
        f"{NUMBER} 案件 {number} 处置",
        letter(world).text,
    )
    assert told.process_instance_key == letter(world).process_instance_key
    assert told.case_id == world.instance(clock(world).process_instance_key).case_id
    sent = world.rows(select(Delivery.channel, Delivery.address).where(Delivery.notification_key == told.key))
    assert sorted(sent) == [("email", "p-0019@loudi.invalid"), ("email", "p-0021@loudi.invalid")]


@pytest.mark.parametrize(
    ("reply", "due"),
    [
        ("null", DUE + 23 * HOUR),  # a working day from the lunch break: until the next one begins
        ('{unit: "work_hour", number: 4}', DUE + 5 * HOUR),  # the afternoon
        ('{unit: "natural_day", number: 3}', DUE + 3 * DAY),
    ],
)
def test_it_is_answered_within_what_the_ladder_says_else_a_working_day(world: World, reply: str, due: datetime) -> None:
    overdue(world, reply=reply)
    assert letter(world).reply_due == due
    assert datetime.fromisoformat(seen(world, world.task("reply"), "letter")["replyDue"]) == due


def test_each_year_begins_with_number_one(world: World) -> None:
    prepare(world, [])
    for _ in range(3):
        begin(world)
    first, second, third = (row.key for row in world.deadlines())
    for moment, key in ((MONDAY, first), (NEW_YEARS_EVE, second), (NEW_YEARS_EVE + timedelta(seconds=1), third)):
        world.pin(moment)
        world.run(runtime.raise_deadline, key)
    assert [one.number for one in letters(world)] == [NUMBER, "督办〔2026〕2号", "督办〔2027〕1号"]


def test_a_number_whose_letter_was_undone_is_given_again(world: World) -> None:
    class Undone(Exception):
        pass

    prepare(world, [])
    begin(world)
    with suppress(Undone), transaction(world.database) as session:
        runtime.raise_deadline(session, clock(world).key, actor="someone")
        assert session.scalars(select(SupervisionLetter.number)).all() == [NUMBER]
        raise Undone
    assert letters(world) == []
    world.run(runtime.raise_deadline, clock(world).key)
    assert letter(world).number == NUMBER


def test_letters_that_are_written_at_once_leave_no_gap_and_none_twice(world: World, url: str) -> None:
    prepare(world, [])
    for _ in range(CASES):
        begin(world)
    world.pin(DUE)
    together = Barrier(THREADS)

    def sweep(_: int) -> int:
        with opened(url) as own:  # as another process has it: on SQLite, too, they meet at the file
            together.wait()
            return sum(len(runtime.sweep_deadlines(own, limit=2)) for _ in range(CASES))

    with ThreadPoolExecutor(THREADS) as pool:
        shares = list(pool.map(sweep, range(THREADS)))
    assert sum(shares) == CASES
    assert {one.number for one in letters(world)} == {f"督办〔2026〕{number}号" for number in range(1, CASES + 1)}
    assert len(letters(world)) == CASES


# The decision


def test_an_explanation_needs_no_power_and_changes_no_clock(world: World) -> None:
    overdue(world, [])
    answer(world, "办理说明")
    kept = letter(world)
    assert (kept.decision, kept.reply, kept.replied_by, kept.replied) == ("explain", "已到现场", LEAD, DUE)
    assert clock(world).due == DUE
    assert world.tasks() == ["handle", "review"]


def test_an_extension_adds_a_limit_and_says_by_which_letter(world: World) -> None:
    overdue(world, ["extend"])
    answer(world, "延期")
    assert (clock(world).due, clock(world).extensions) == (DUE + 4 * HOUR, 1)
    [event] = [one for one in world.events(clock(world).process_instance_key) if one.tag == "deadline:extend"]
    assert (event.actor, event.details["reason"]) == (LEAD, f"{NUMBER}:已到现场")
    assert letter(world).decision == "extend"


def test_a_suspension_stops_the_clock_and_the_reporter_is_told(world: World) -> None:
    overdue(world, ["suspend"])
    answer(world, "挂账", until="2026-03-16")
    assert clock(world).suspended_until == datetime(2026, 3, 15, 16, tzinfo=UTC)
    assert clock(world).paused_since == DUE
    [notice] = world.rows(select(Notice.kind, Notice.text))
    assert notice.kind == "suspended"
    assert "暂缓到 2026-03-16" in notice.text


@pytest.mark.parametrize(("decision", "designated"), [("转办", False), ("指定承办", True)])
def test_the_diagram_hears_who_has_it_now_and_whether_it_may_be_given_back(
    world: World, decision: str, designated: bool
) -> None:
    overdue(world, ["reassign", "designate"])
    answer(world, decision, department="housing")
    task = world.task("as-told")
    assert seen(world, task, "assignment") == {"level": "department", "role": "handler", "unit": "housing"}
    assert seen(world, task, "designated") is designated
    assert seen(world, task, "reason") == f"{NUMBER}:已到现场"
    assert letter(world).decision == ("designate" if designated else "reassign")


def test_a_meeting_is_convened_for_the_case_and_once(world: World) -> None:
    world.deploy(MEETING)
    overdue(world, ["convene"])
    answer(world, "召集联合整治")
    task = world.task("meet")
    assert (seen(world, task, "requestedBy"), seen(world, task, "authorised")) == ("area-lead@east", True)
    judge(world, "不认可", reason="再议")
    answer(world, "召集联合整治")
    assert refusal(world) == {"code": "NOBODY_LISTENS", "reason": "案件此刻不在承办单位手里,不能召集联合整治"}


def test_a_decision_beyond_the_powers_of_the_level_comes_back_with_the_reason(world: World) -> None:
    overdue(world, ["extend"])
    answer(world, "挂账", until="2026-03-16")
    assert refusal(world) == {"code": "NOT_EMPOWERED", "reason": "这一级没有挂账的权限"}
    assert (letter(world).replied, letter(world).decision) == (None, None)
    assert clock(world).suspended_until is None
    told = world.rows(select(*Notification.__table__.c).order_by(Notification.key))[-1]
    assert (told.recipient, told.subject, told.text, told.case_id) == (
        LEAD,
        f"{NUMBER}要重新回复",
        "决定“挂账”不能落实：这一级没有挂账的权限",
        world.instance(clock(world).process_instance_key).case_id,
    )
    answer(world, "延期")
    assert letter(world).decision == "extend"
    assert world.tasks() == ["handle", "review"]


REFUSED = [
    pytest.param("挂账", {"until": "2026-03-01"}, "INVALID", "一年以内", id="until-is-past"),
    pytest.param("挂账", {"until": "2027-06-01"}, "INVALID", "一年以内", id="until-is-far"),
    pytest.param("转办", {"department": "fire"}, "NOBODY_LISTENS", "不能改派", id="nobody-listens"),
    pytest.param("召集联合整治", {}, "NOBODY_LISTENS", "不能召集", id="nobody-convenes"),
]


@pytest.mark.parametrize(("decision", "more", "code", "why"), REFUSED)
def test_what_cannot_be_carried_out_now_comes_back_with_the_reason(
    world: World, decision: str, more: dict[str, str], code: str, why: str
) -> None:
    overdue(world, hears=False)
    answer(world, decision, **more)
    assert refusal(world)["code"] == code
    assert why in refusal(world)["reason"]
    assert letter(world).replied is None
    assert world.tasks() == ["handle", "reply"]
    assert world.incidents() == []


def test_a_clock_is_extended_twice_and_no_more(world: World) -> None:
    overdue(world)
    for _ in range(2):
        world.run(runtime.extend_deadline, clock(world).key, reason="另案")
    answer(world, "延期")
    assert refusal(world)["code"] == "NOT_EXTENDABLE"


def test_a_clock_is_suspended_once(world: World) -> None:
    overdue(world)
    world.run(runtime.suspend_deadline, clock(world).key, until=DUE + DAY, reason="另案")
    world.run(runtime.resume_deadline, clock(world).key, reason="另案")
    answer(world, "挂账", until="2026-03-16")
    assert refusal(world)["code"] == "NOT_SUSPENDABLE"


def test_of_a_clock_that_has_just_ended_nothing_is_decided_any_more(world: World) -> None:
    overdue(world)
    world.complete("handle")  # the signal that ends the supervision comes after the commit
    answer(world, "延期")
    assert refusal(world)["code"] == "DEADLINE_ENDED"
    settled(world)
    assert (ends(world), letter(world).outcome) == (["lapsed"], "ended")


def test_the_form_asks_for_what_a_decision_needs(world: World) -> None:
    overdue(world)
    for decision, more in (
        ("挂账", {}),
        ("转办", {}),
        ("转办", {"department": "fire", "trade": "street"}),
        ("撤销", {}),
    ):
        with pytest.raises(FormMismatch):
            answer(world, decision, **more)
    assert letter(world).replied is None


@pytest.mark.parametrize(("decision", "code"), [({"decision": "撤销"}, "INVALID"), ({"decision": "挂账"}, "INVALID")])
def test_a_diagram_with_another_form_is_told_what_is_missing(world: World, decision: dict[str, Any], code: str) -> None:
    overdue(world)
    escalation = seen(world, world.task("reply"), "escalation")
    given = {"escalation": escalation, "letter": {"number": NUMBER}, "reply": {"note": "已到现场", **decision}}
    with transaction(world.database) as session, pytest.raises(BpmnError) as refused:
        handlers.decide(called(session, given))
    assert (refused.value.code, refused.value.variables["refusal"]["code"]) == ("DECISION_REFUSED", code)


# How it ends


def test_an_answer_that_is_accepted_settles_it(world: World) -> None:
    overdue(world)
    answer(world, "办理说明")
    world.move(HOUR)
    judge(world, "认可")
    assert ends(world) == ["settled"]
    assert (letter(world).outcome, letter(world).closed) == ("accepted", DUE + HOUR)


def test_nobody_judges_an_answer_of_their_own(world: World) -> None:
    overdue(world)
    answer(world, "办理说明")
    with pytest.raises(SeparationOfDuty):
        world.complete("review", actor=LEAD, result="认可")


def test_an_answer_that_is_not_accepted_raises_it_at_once(world: World) -> None:
    overdue(world)
    answer(world, "办理说明")
    judge(world, "不认可", reason="没有措施")
    assert ends(world) == ["raised"]
    first, second = letters(world)
    assert (first.outcome, second.number, second.recipient) == ("rejected", "督办〔2026〕2号", "duty-lead@centre")
    assert clock(world).fired_level == 2


def test_no_answer_in_time_raises_it(world: World) -> None:
    overdue(world, reply='{unit: "urgent_hour", number: 1}')
    world.move(HOUR)
    runtime.fire_timers(world.database)
    assert ends(world) == ["raised"]
    first, second = letters(world)
    assert (first.outcome, second.recipient) == ("unanswered", "duty-lead@centre")


def test_where_the_clock_has_climbed_meanwhile_it_is_not_raised_once_more(world: World) -> None:
    overdue(world)
    world.pin(DUE + 4 * HOUR)
    assert [one.level for one in runtime.sweep_deadlines(world.database)] == [2]
    world.pin(DUE + DAY)
    runtime.fire_timers(world.database)
    assert [one.outcome for one in letters(world)] == ["unanswered", None]
    assert [one.recipient for one in letters(world)] == ["area-lead@east", "duty-lead@centre"]


def test_above_the_last_level_there_is_none_and_it_ends_all_the_same(world: World) -> None:
    overdue(world)
    world.pin(DUE + 4 * HOUR)
    runtime.sweep_deadlines(world.database)
    for number in ("督办〔2026〕2号", NUMBER):
        answer(world, "办理说明")
        world.complete("review", actor="p-0702", result="不认可", reason="没有措施")
        assert ends(world, number) == ["raised"]
    assert [one.outcome for one in letters(world)] == ["rejected", "rejected"]


@pytest.mark.parametrize("answered", [False, True])
def test_with_its_clock_the_supervision_ends(world: World, answered: bool) -> None:
    overdue(world)
    if answered:
        answer(world, "办理说明")
    world.complete("handle")
    settled(world)
    assert (ends(world), letter(world).outcome) == (["lapsed"], "ended")
    assert world.tasks() == []


# What a diagram may do wrong


@pytest.mark.parametrize("key", ["1", str(1 << 62), "九"])
def test_a_letter_about_an_escalation_that_there_is_not_is_an_incident(world: World, key: str) -> None:
    world.start("supervision", subject="2026-000001", escalation={"key": key, "deadline": "1", "recipient": "a@b"})
    [incident] = world.incidents()
    assert incident.element_id == "letter"
    assert letters(world) == []


def test_an_escalation_has_one_letter(world: World) -> None:
    overdue(world)
    escalation = seen(world, world.task("reply"), "escalation")
    world.start("supervision", subject="2026-000001", escalation=escalation)
    assert [incident.element_id for incident in world.incidents()] == ["letter"]
    assert letter(world).number == NUMBER
