"""Every action on a case: by which command, refused in plain words, and shown first where it weighs more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html
from sqlalchemy import select

from tests.api.conftest import FAILING
from tests.api.console.conftest import REPORT
from tests.support import diagrams as d
from workflows import runtime
from workflows.governance import cases
from workflows.runtime import Resource
from workflows.store import read, transaction
from workflows.store.tables import (
    Deadline,
    Escalation,
    Event,
    Incident,
    Notification,
    ProcessDefinition,
    ProcessInstance,
    UserTask,
)
from workflows.store.tables.governance import Person

if TYPE_CHECKING:
    from httpx import Response

    from tests.api.conftest import Server
    from tests.api.console.conftest import Browser, Work

SHAPE = "start>one; one>two; two>end"
STEPS = d.bpmn(d.start(), d.user("one"), d.user("two"), d.end(), flows=SHAPE, process_id="steps")
NEWER = d.bpmn(
    d.start(), d.user("one"), d.user("two"), d.user("three"), d.end(), flows="start>one; one>two; two>three; three>end",
    process_id="steps",
)  # fmt: skip


class Acted:
    """A case of its own, with what is done to it."""

    def __init__(self, server: Server, lead: Browser, number: str) -> None:
        self.server, self.lead, self.number = server, lead, number

    def post(self, verb: str, **given: Any) -> Response:
        return self.lead.post(f"/cases/{self.number}/act/{verb}", **{"reason": f"因为{verb}", **given})

    def done(self, verb: str, **given: Any) -> None:
        answer = self.post(verb, **given)
        assert answer.url.path == f"/console/cases/{self.number}", html.fromstring(answer.text).text_content()
        assert 'class="flash"' in answer.text

    def confirmed(self, verb: str, **given: Any) -> str:
        """What was shown before it was done."""
        shown = self.post(verb, **given)
        assert shown.status_code == 200, html.fromstring(shown.text).text_content()
        (revision,) = html.fromstring(shown.text).xpath("//input[@name='revision']/@value")
        self.done(verb, **given, revision=revision)
        return str(html.fromstring(shown.text).text_content())

    def offered(self, verb: str, field: str) -> dict[str, str]:
        page = self.lead.page(f"/cases/{self.number}/act/{verb}")
        options = page.xpath(f"//select[@name='{field}']/option[@value != '']")
        return {one.get("value"): one.text for one in options}

    def begin(self, process: str) -> int:
        with transaction(self.server.database) as session:
            case = cases.by_number(session, self.number)
            key = runtime.start_process(session, process_id=process, variables={}, case_id=case.key, actor="x")
        return int(key)

    def rows(self, query: Any) -> list[Any]:
        with read(self.server.database) as session:
            return list(session.scalars(query))

    def last(self, instance: int) -> Event:
        (found,) = self.rows(
            select(Event).where(Event.process_instance_key == instance).order_by(Event.seq.desc()).limit(1)
        )
        return found

    def open(self, instance: int) -> list[str]:
        of = (UserTask.process_instance_key == instance, UserTask.state == "CREATED")
        return self.rows(select(UserTask.element_id).where(*of))

    def complete(self, instance: int) -> None:
        with transaction(self.server.database) as session:
            of = (UserTask.process_instance_key == instance, UserTask.state == "CREATED")
            key = session.scalars(select(UserTask.key).where(*of)).one()
            runtime.complete_user_task(session, key, {}, actor="p-0003")


@pytest.fixture(scope="module")
def number(server: Server) -> str:
    with server.client("desk", **{"idempotency-key": "console-case-of-actions"}) as desk:
        return str(desk.post("/cases", json=REPORT).json()["number"])


@pytest.fixture
def acted(server: Server, lead: Browser, number: str) -> Acted:
    with transaction(server.database) as session:
        if (
            session.scalars(select(ProcessDefinition.key).where(ProcessDefinition.process_id == "steps")).first()
            is None
        ):
            named = {"steps.bpmn": STEPS, "failing.bpmn": FAILING}
            runtime.deploy(session, [Resource(name, file) for name, file in named.items()], actor="x")
            runtime.deploy(session, [Resource("steps.bpmn", NEWER)], actor="x")
    return Acted(server, lead, number)


def handling(acted: Acted) -> tuple[int, int, int]:
    """The instance that handles the case, its task and its clock."""
    case = select(ProcessInstance.key).where(ProcessInstance.process_id == "case-handling")
    instance = acted.rows(case)[0]
    task = acted.rows(
        select(UserTask.key).where(UserTask.process_instance_key == instance, UserTask.state == "CREATED")
    )[0]
    clock = acted.rows(select(Deadline.key).where(Deadline.process_instance_key == instance, Deadline.ended.is_(None)))[
        0
    ]
    return instance, task, clock


def test_a_task_is_urged_and_reassigned(acted: Acted):
    instance, task, _ = handling(acted)
    assert str(task) in acted.offered("urge", "task")
    assert acted.post("urge", task=str(task), reason=" ").status_code == 400
    acted.done("urge", task=str(task))
    assert (acted.last(instance).tag, acted.last(instance).details["reason"]) == ("user-task:urge", "因为urge")
    again = acted.post("urge", task=str(task))
    assert again.status_code == 409
    assert "一小时内已经催办过" in again.text
    assert "因为urge" in again.text, "what was typed is still there"
    assert acted.post("reassign", task=str(task), person="p-9999").status_code == 400
    acted.done("reassign", task=str(task), person="p-0003")
    assert acted.rows(select(UserTask.assignee).where(UserTask.key == task)) == ["p-0003"]
    (name,) = acted.rows(select(Person.name).where(Person.id == "p-0002"))
    acted.done("reassign", task=str(task), person=name)
    assert acted.rows(select(UserTask.assignee).where(UserTask.key == task)) == ["p-0002"], "by their name as well"
    assert acted.post("urge", task="1").status_code == 409


def test_a_clock_is_extended_and_shelved(acted: Acted):
    _, _, clock = handling(acted)
    given = {"clock": str(clock)}
    acted.done("extend", **given)
    pending = acted.post("extend", **given)
    assert pending.status_code == 409
    assert "已有同类申请" in pending.text
    assert acted.post("shelve", **given, until="").status_code == 400
    assert acted.post("shelve", **given, until="2999-01-01").status_code == 400
    assert "没有挂账的时限" in acted.lead.get(f"/cases/{acted.number}/act/unshelve").text


def test_a_shelved_clock_goes_on_where_it_stopped_when_that_is_ended(acted: Acted):
    """Of a case of its own: a suspension 督办 decided, ended by hand with as much left as there was."""
    _, _, clock = handling(acted)

    def row() -> Deadline:
        return acted.rows(select(Deadline).where(Deadline.key == clock))[0]

    before = row()
    left = before.due - runtime_now(acted)
    with transaction(acted.server.database) as session:
        until = runtime.now(session) + timedelta(days=20)
        runtime.suspend_deadline(session, clock, until=until, reason="督办决定", actor="tests")
    assert row().suspended_until is not None
    assert list(acted.offered("unshelve", "clock")) == [str(clock)]
    assert acted.post("unshelve", clock=str(clock), reason=" ").status_code == 400
    assert row().suspended_until is not None, "nothing happens without a reason"
    acted.done("unshelve", clock=str(clock))
    after = row()
    assert (after.suspended_until, after.paused_since, after.ended) == (None, None, None), "it runs"
    assert after.due - runtime_now(acted) <= left
    assert after.due >= before.due
    said = acted.rows(select(Event).where(Event.tag == "deadline:resume").order_by(Event.key.desc()).limit(1))[0]
    assert (said.details["key"], said.details["reason"]) == (clock, "因为unshelve")
    assert acted.post("unshelve", clock=str(clock)).status_code == 409
    assert "没有挂账的时限" in acted.lead.get(f"/cases/{acted.number}/act/unshelve").text


def number_of(server: Server, work: Work) -> str:
    with read(server.database) as session:
        instance = session.get_one(UserTask, work.key).process_instance_key
        return str(session.get_one(ProcessInstance, instance).business_id)


def supervisable(server: Server, lead: Browser, work: Work) -> Acted:
    """A case that is being handled: its ladder has rungs that supervise."""
    with read(server.database) as session:
        instance = session.get_one(UserTask, work.key).process_instance_key
    for answers in ({"result": "属实"}, {"result": "立案"}, {"result": "按建议派遣"}):
        with transaction(server.database) as session:
            of = (UserTask.process_instance_key == instance, UserTask.state == "CREATED")
            key = session.scalars(select(UserTask.key).where(*of)).one()
            runtime.complete_user_task(session, key, answers, actor="p-0121")
    return Acted(server, lead, number_of(server, work))


def runtime_now(acted: Acted) -> datetime:
    with read(acted.server.database) as session:
        return runtime.now(session)


def test_supervision_begins_before_its_time_where_the_ladder_has_one(server: Server, lead: Browser, work: Work):
    with read(server.database) as session:
        instance = session.get_one(UserTask, work.key).process_instance_key
    number = number_of(server, work)
    acted = Acted(server, lead, number)

    def clock() -> str:
        of = (Deadline.process_instance_key == instance, Deadline.ended.is_(None), Deadline.milestone == "")
        return str(acted.rows(select(Deadline.key).where(*of))[0])

    refused = acted.post("supervise", clock=clock())
    assert refused.status_code == 409
    assert "没有可以发起的督办" in refused.text, "verifying is not supervised"
    supervisable(server, lead, work)
    acted.done("supervise", clock=clock())
    begun = select(ProcessInstance.process_id).where(ProcessInstance.business_id == number)
    assert acted.rows(begun.order_by(ProcessInstance.key)) == ["case-handling", "supervision"]


def test_a_form_that_arrives_twice_is_carried_out_once(server: Server, lead: Browser, work: Work):
    """Without scripts nothing keeps a double click from being sent twice: 督办 would climb two rungs."""
    acted = supervisable(server, lead, work)
    page = acted.lead.page(f"/cases/{acted.number}/act/supervise")
    (once,) = page.xpath("//input[@name='once']/@value")
    (clock,) = acted.offered("supervise", "clock")
    fired = select(Escalation.level).where(Escalation.deadline_key == int(clock))
    for _ in range(2):
        acted.done("supervise", clock=clock, once=once)
    levels = acted.rows(fired)
    supervisions = select(ProcessInstance.key).where(
        ProcessInstance.business_id == acted.number, ProcessInstance.process_id == "supervision"
    )
    assert len(acted.rows(supervisions)) == 1
    acted.done("supervise", clock=clock, once=once, reason="另外一个理由")
    assert len(acted.rows(supervisions)) == 2, "changed before it is sent again, it is another one"
    assert len(acted.rows(fired)) > len(levels)


def test_what_was_refused_is_tried_anew_when_it_is_sent_again(acted: Acted):
    instance = acted.begin("steps")
    task = str(acted.rows(select(UserTask.key).where(UserTask.process_instance_key == instance))[0])
    given = {"task": task, "once": "the-same-form"}
    assert acted.post("reassign", **given, person="p-9999").status_code == 400
    assert acted.post("reassign", **given, person="p-9999").status_code == 400
    acted.done("reassign", **given, person="p-0003")


def test_only_clocks_it_can_be_done_to_are_offered_and_the_page_says_why_not(server: Server, lead: Browser, work: Work):
    acted = Acted(server, lead, number_of(server, work))
    page = acted.lead.page(f"/cases/{acted.number}/act/supervise")
    assert not page.xpath("//select"), "verifying is not supervised: it is not found out after a reason was written"
    assert "核实:这个时限的升级阶梯里没有可以发起的督办" in page.text_content()
    offers = "//div[@class='actions']/a[contains(@href, '/act/supervise')]"
    assert not acted.lead.page(f"/cases/{acted.number}").xpath(offers)
    acted = supervisable(server, lead, work)
    (label,) = acted.offered("supervise", "clock").values()
    assert "处置" in label
    assert acted.lead.page(f"/cases/{acted.number}").xpath(offers)
    assert " → " in label, "which rung it will climb to"


def test_a_return_is_shown_first_and_does_the_step_again(acted: Acted):
    instance = acted.begin("steps")
    acted.complete(instance)
    (step,) = [key for key in acted.offered("return", "step") if key.startswith(str(instance))]
    (task,) = acted.rows(
        select(UserTask.key).where(UserTask.process_instance_key == instance, UserTask.state == "CREATED")
    )
    shown = acted.confirmed("return", task=str(task), step=step)
    assert "任务「two」" in shown
    assert "任务「one」" in shown
    assert acted.open(instance) == ["one"]
    assert acted.last(instance).details["reason"] == "因为return"
    assert acted.post("return", task=str(task), step=step).status_code == 409
    assert acted.post("return", task=str(task), step=f"{instance}:two").status_code == 409


def test_a_token_is_moved_ended_and_one_more_begun(acted: Acted):
    instance = acted.begin("steps")
    given = {"instance": str(instance)}
    page = acted.lead.page(f"/cases/{acted.number}/act/modify?instance={instance}")
    assert page.xpath("//@data-pick") == ["target"]
    (source,) = page.xpath("//select[@name='source']/option[contains(text(), '(one)')]/@value")
    acted.confirmed("modify", **given, source=source, target="three")
    assert acted.open(instance) == ["three"]
    acted.confirmed("modify", **given, target="two")
    assert sorted(acted.open(instance)) == ["three", "two"]
    nothing = acted.post("modify", **given)
    assert nothing.status_code == 400
    assert acted.post("modify", **given, target="elsewhere").status_code == 409
    assert acted.post("modify", **given, source=source).status_code == 409, "that token is gone"


def test_a_failure_is_tried_again_and_skipped(acted: Acted):
    instance = acted.begin("failing")
    (incident,) = acted.rows(select(Incident.key).where(Incident.process_instance_key == instance))
    acted.done("retry", incident=str(incident))
    (incident,) = acted.rows(
        select(Incident.key).where(Incident.process_instance_key == instance, Incident.state == "ACTIVE")
    )
    refused = acted.post("skip", incident=str(incident))
    assert refused.status_code == 400
    assert "请指定要走的出口" in refused.text
    flow = next(iter(acted.offered("skip", "flow")))
    acted.confirmed("skip", incident=str(incident), flow=flow)
    assert acted.last(instance).tag == "incident:skip"


def test_a_version_is_changed_after_its_mapping_was_shown(acted: Acted):
    with transaction(acted.server.database) as session:
        older = session.scalars(
            select(ProcessDefinition.key).where(ProcessDefinition.process_id == "steps", ProcessDefinition.version == 1)
        ).one()
        case = cases.by_number(session, acted.number)
        instance = runtime.start_process(session, definition_key=older, variables={}, case_id=case.key, actor="x")
    given = {"instance": str(instance)}
    page = acted.lead.page(f"/cases/{acted.number}/act/migrate?instance={instance}")
    (version,) = page.xpath("//select[@name='version']/option[contains(text(), 'v2')]/@value")
    shown = acted.confirmed("migrate", **given, version=version)
    assert "自动对应" in shown
    assert acted.rows(select(ProcessInstance.process_definition_key).where(ProcessInstance.key == instance)) == [
        int(version)
    ]
    assert acted.post("migrate", **given, version=str(older + 1)).status_code == 409


def test_what_a_case_has_not_is_not_offered(acted: Acted):
    page = acted.lead.page(f"/cases/{acted.number}")
    offered = {address.rpartition("/")[2] for address in page.xpath("//section//a[contains(@href, '/act/')]/@href")}
    assert {"void", "suspend", "migrate"} <= offered
    assert not offered & {"resume", "unshelve"}


def test_who_has_to_do_it_again_reads_on_the_task_why_and_the_timeline_says_to_whom_it_went(
    server: Server, lead: Browser, work: Work
):
    acted = supervisable(server, lead, work)
    instance = acted.rows(select(ProcessInstance.key).where(ProcessInstance.business_id == acted.number))[0]

    def task() -> int:
        of = (UserTask.process_instance_key == instance, UserTask.state == "CREATED")
        return int(acted.rows(select(UserTask.key).where(*of))[0])

    done = {
        "p-0121": {"result": "办结", "measures": "已清运"},
        "p-0002": {"result": "不通过", "reason": "桶后面还有一堆"},
    }
    for actor, answers in done.items():
        with transaction(server.database) as session:
            runtime.complete_user_task(session, task(), answers, actor=actor)
    page = lead.page(f"/tasks/{task()}").text_content()
    assert "情况说明 桶后面还有一堆" in " ".join(page.split())
    (clock, *_) = acted.offered("supervise", "clock")
    acted.done("supervise", clock=clock, reason="超期三天")
    acted.done("reassign", task=str(task()), person="p-0003", reason="原承办人休假")
    told = " ".join(lead.page(f"/cases/{acted.number}?tab=timeline").text_content().split())
    assert "桶后面还有一堆" in told
    assert "超期三天" in told
    with read(server.database) as session:
        name = session.get_one(Person, "p-0003").name
        heard = session.scalars(select(Notification.text).where(Notification.recipient == "p-0003")).all()
    assert f"指派 处置问题 → {name}原承办人休假" in told.replace("→ " + name + " ", "→ " + name)
    assert any(acted.number in text and "原承办人休假" in text for text in heard), "who has it now hears of it"


def test_who_loses_a_task_is_told_why_and_the_case_says_who_stopped_it(server: Server, lead: Browser, work: Work):
    acted = Acted(server, lead, number_of(server, work))
    with transaction(server.database) as session:
        runtime.assign_user_task(session, work.key, work.second, actor=work.second)
        root = str(session.get_one(UserTask, work.key).process_instance_key)
    acted.done("suspend", root=root, reason="台风停工")
    page = lead.page(f"/cases/{acted.number}").text_content()
    assert "台风停工" in page
    acted.done("resume", root=root)
    assert "台风停工" not in lead.page(f"/cases/{acted.number}").text_content(), "it goes on"
    acted.confirmed("void", root=root, reason="重复上报,并入另一件")
    assert "重复上报,并入另一件" in lead.page(f"/cases/{acted.number}").text_content()
    with read(server.database) as session:
        heard = session.scalars(select(Notification.text).where(Notification.recipient == work.second)).all()
    assert any(acted.number in text and "重复上报,并入另一件" in text for text in heard)
