"""What people read of an escalation in Prefect: which clock, who is told, how late. Nothing personal, nothing forged."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from sqlalchemy import select, update

from tasks.deadlines import sweep
from tasks.escalations import Message, describe
from tests.support import diagrams as d
from tests.support.city import REPORT, settle
from tests.support.databases import database_url
from tests.support.world import table
from tests.tasks import conftest
from tests.tasks.conftest import ACTOR, BEGIN
from workflows import runtime
from workflows.governance import cases
from workflows.runtime import Resource
from workflows.store import read, transaction
from workflows.store.json import dumps
from workflows.store.tables import Deadline, Escalation, Person, UserTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workflows.store import Database

    Fire = Callable[..., list[Message]]

PERSON = "zhang.san@loudi.example"
FORGED = (
    "处|置\n| 级别 | 第 9 级 |\n\n# 作废 [点我](http://evil.example) ![](http://evil.example/x.png) "
    "<b onclick=alert(1)>x</b> \\| `a` **b** ~~c~~ &lt;"
)
ONE_LINE = " ".join(FORGED.split())


def process(stage: str, label: str, role: str, holder: str) -> list[Resource]:
    """A clock of ten hours with a rung at seven and one at ten, in words that a diagram and a table may say."""
    rung = [role, dumps(["inbox", "sms"]), dumps(label), dumps(["extend", "convene"]), '{unit: "work_day", number: 1}']
    columns = ["level", "at", "role", "channel", "label", "powers", "reply"]
    rungs = [["-", level, at, *map(d.escaped, rung)] for level, at in (("1", "0.7"), ("2", "1"))]
    clock = d.properties(
        bihuan_stage=stage,
        bihuan_limit='={unit: "urgent_hour", number: 10}',
        bihuan_ladder="words",
        **({"bihuan_holder": holder} if holder else {}),
    )
    task = d.user("handle", d.z("assignmentDefinition", candidateGroups="handler@fire") + clock)
    drawn = d.bpmn(d.start(), task, d.end(), flows="start>handle; handle>end", process_id="told")
    ladder = table("words", ["stage"], columns, *rungs, policy="COLLECT")
    return [Resource("told.bpmn", drawn), Resource("told.dmn", ladder)]


def with_a_city(database: Database) -> None:
    conftest.settle(database)
    with transaction(database) as session:
        settle(session)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with database_url("sqlite", tmp_path, with_a_city) as url:
        yield url


@pytest.fixture
def city(database: Database) -> Database:
    """With an organisation."""
    return database


@pytest.fixture
def fire(database: Database, move: Callable[[float], None]) -> Fire:
    """Deploy, start, perhaps assign the task, wait, and describe what fired, the lowest rung first."""

    def fire(
        hours: float = 7.0,
        *,
        stage: str = "处置",
        label: str = "超期",
        role: str = '"handler"',
        holder: str = "",
        case: bool = False,
        assignee: str | None = None,
    ) -> list[Message]:
        with transaction(database) as session:
            runtime.deploy(session, process(stage, label, role, holder), actor=ACTOR)
            key = cases.report(session, REPORT, now=BEGIN).key if case else None
            runtime.start_process(session, process_id="told", variables={}, case_id=key, actor=ACTOR)
            if assignee:
                task = session.scalars(select(UserTask.key)).one()
                runtime.assign_user_task(session, task, assignee, actor=ACTOR)
        move(hours)
        return [describe(database, fired) for fired in sweep(database).escalations]

    return fire


def cells(message: Message) -> list[list[str]]:
    """The rows of all tables as a reader of Markdown sees them; anything that is no plain text in a cell is an error."""
    rows: list[list[str]] = []
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(message.markdown())
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level > 1:  # in a cell
            assert {child.type for child in token.children or ()} <= {
                "text",
                "text_special",
                "link_open",
                "link_close",
            }, token.content
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def links(message: Message) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(message.markdown())
    children = [child for token in tokens for child in token.children or ()]
    return [str(child.attrs["href"]) for child in children if child.type == "link_open"]


def facts(message: Message) -> dict[str, str]:
    """The first table."""
    return {row[0]: row[1] for row in cells(message) if len(row) == 2}


# The words


def test_the_name_says_the_case_the_stage_the_level_and_how_late_it_fired(city: Database, fire: Fire) -> None:
    assert [str(message.name) for message in fire(7.0, case=True)] == ["督办 · 案件 2026-000001 · 处置 · 第1级"]


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (timedelta(seconds=40), ""),  # two sweeps
        (timedelta(seconds=41), " · 迟 不到 1 分"),
        (timedelta(minutes=1), " · 迟 1 分"),
        (timedelta(hours=2, minutes=59), " · 迟 2 小时 59 分"),
    ],
)
def test_a_rung_is_late_when_two_sweeps_have_passed_it(fire: Fire, late: timedelta, said: str) -> None:
    [message] = fire(7 + late / timedelta(hours=1))
    assert message.name.partition("第1级")[2] == said
    assert ("late" in message.tags) is bool(said)


def test_it_is_searched_by_case_stage_level_recipient_and_unit(city: Database, fire: Fire) -> None:
    _, second = fire(10.0, case=True, role='"duty-lead"')
    assert second.tags == [
        "case:2026-000001",
        "stage:处置",
        "level:2",
        "recipient:duty-lead@centre",
        "unit:centre",
    ]


def test_a_process_of_no_case_is_searched_by_its_key(fire: Fire, database: Database) -> None:
    [message] = fire()
    with read(database) as session:
        key = session.scalars(select(UserTask.process_instance_key)).one()
    assert message.tags[0] == f"case:{key}"
    assert facts(message)["案件"] == "(不属于案件)"


def test_the_facts_say_what_happened_when_and_what_is_wanted(city: Database, fire: Fire) -> None:
    first, second = fire(10.0, case=True)
    assert facts(second) | {"流程实例": ""} == {
        "": "",
        "案件": "2026-000001",
        "流程实例": "",
        "时限": "处置,10 紧急工作时",
        "开始": "2026-03-02 09:00",
        "截止": "2026-03-02 19:00",
        "级别": "第 2 级",
        "督办对象": "handler@fire 消防（示例部门）承办人",
        "事由": "超期",
        "方式": "inbox、sms",
        "请回复于": "2026-03-03 18:00",
        "可决定": "延期、召集联合整治",
        "应触发": "2026-03-02 19:00",
        "触发": "2026-03-02 19:00",
        "公布": "2026-03-02 19:00",
    }
    assert facts(first)["触发"] == "2026-03-02 19:00,迟 3 小时"
    assert cells(second)[-3:] == [
        ["级别", "督办对象", "应触发", "触发", "公布"],
        ["第 1 级", "handler@fire", "2026-03-02 16:00", "2026-03-02 19:00", ""],
        ["第 2 级", "handler@fire", "2026-03-02 19:00", "2026-03-02 19:00", ""],
    ]


def test_one_line_says_it_all(fire: Fire) -> None:
    [message] = fire()
    assert str(message) == f"{message.name} → handler@fire:超期(时限 2026-03-02 19:00)"


def test_a_clock_that_stands_still_and_one_that_is_provisional_say_so(fire: Fire, database: Database) -> None:
    fire()
    with transaction(database) as session:
        session.execute(update(Deadline).values(paused_since=BEGIN + timedelta(hours=8), provisional=True))
        keys = list(session.scalars(select(Escalation.key)))
    [fired] = runtime.find_escalations(database, keys)
    message = describe(database, fired)
    assert facts(message)["时限"] == "处置,10 紧急工作时,自 2026-03-02 17:00 起停"
    assert "暂定" in facts(message)["截止"]


def test_an_empty_seat_is_named(city: Database, fire: Fire) -> None:
    [message] = fire(role='"nobody@east"')
    assert facts(message)["席位空缺"] == "nobody@east 无人在岗,向上送达"
    assert facts(message)["督办对象"] == "area-lead@east 东片区市城管执法局班子成员、区城管部门班子成员、街道主要负责人"


# Where links lead


def test_links_lead_to_case_and_instance_at_the_public_address(
    city: Database, fire: Fire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIHUAN_PUBLIC_URL", "https://city.example/governance/")
    [message] = fire(case=True)
    case, instance = links(message)
    assert case == "https://city.example/governance/console/cases/2026-000001"
    assert instance == f"https://city.example/governance/v2/process-instances/{facts(message)['流程实例']}"


def test_without_a_public_address_they_lead_to_host_and_port(fire: Fire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_PORT", "8181")
    [message] = fire()
    assert links(message) == [f"http://127.0.0.1:8181/v2/process-instances/{facts(message)['流程实例']}"]


# Nothing personal


@pytest.mark.parametrize("person", ["p-0101", PERSON, "p-0101@fire"])
def test_who_has_the_task_is_not_named_whatever_the_name_looks_like(city: Database, fire: Fire, person: str) -> None:
    for message in fire(10.0, case=True, assignee=person):
        told = " ".join([message.name, *message.tags, str(message), message.markdown()])
        assert person not in told


@pytest.mark.parametrize("holder", ["handler@fire", "handler@dissolved"])
def test_the_group_that_has_the_clock_is(city: Database, fire: Fire, holder: str) -> None:
    [message] = fire(holder=holder, assignee=PERSON)
    assert message.recipient == holder


def test_a_recipient_whose_unit_was_dissolved_meanwhile_is_still_that_group(city: Database, fire: Fire) -> None:
    [message] = fire(role='"area-lead@gone"')
    assert message.recipient == "area-lead@gone"


def test_who_reported_and_what_they_wrote_is_not_told(city: Database, fire: Fire) -> None:
    with read(city) as session:
        people = {
            value for one in session.scalars(select(Person)) for value in (one.name, one.phone, one.email) if value
        }
    private = {REPORT["text"], REPORT["address"], *REPORT["reporter"].values(), *people}
    for message in fire(10.0, case=True):
        told = " ".join([message.name, *message.tags, str(message), message.markdown()])
        assert [one for one in private if one in told] == []


# Nothing forged


def test_what_a_diagram_says_stays_text_in_its_cell(fire: Fire) -> None:
    [message] = fire(stage=FORGED[:50], label=FORGED)
    shown = facts(message)
    assert shown["时限"] == f"{' '.join(FORGED[:50].split())},10 紧急工作时"
    assert shown["事由"] == ONE_LINE
    assert [len(row) for row in cells(message)] == [2] * len(shown) + [5, 5]
    assert len(links(message)) == 1, "that of the instance"


def test_the_heading_is_read_as_the_name_whatever_the_stage_is_called(fire: Fire) -> None:
    [message, *_] = fire(stage="**处置** <b>`x`</b> [点这里](http://x.example) _a_ ~~b~~ |c|")
    assert "<b>" in message.name
    [_, inline, _] = MarkdownIt("commonmark").enable("strikethrough").parse(message.heading)
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children or ()) == message.name


def test_name_and_tags_are_one_line_and_not_endless(fire: Fire) -> None:
    [message] = fire(stage="处\n置" * 200, label=FORGED)
    assert "\n" not in "".join([message.name, *message.tags, message.label])
    assert len(message.stage) == 60
    assert message.stage.endswith("…")
