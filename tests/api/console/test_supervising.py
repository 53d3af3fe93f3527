"""What supervisors do to a case: stop it, let it go on, end it, try again what failed; always with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import html
from sqlalchemy import select

from api.console.actions.verbs import ACTIONS
from tests.api.conftest import FAILING, start
from tests.api.console.conftest import Browser, escalated
from workflows.store import read
from workflows.store.tables import Event, Incident, ProcessInstance
from workflows.store.tables.governance import Case

if TYPE_CHECKING:
    from tests.api.conftest import Server


@pytest.fixture
def instance(server: Server, case: str) -> ProcessInstance:
    with read(server.database) as session:
        of_case = select(ProcessInstance).join(Case, Case.key == ProcessInstance.case_id).where(Case.number == case)
        return session.scalars(of_case.order_by(ProcessInstance.key)).first()


def last_event(server: Server, key: int) -> Event:
    with read(server.database) as session:
        newest = select(Event).where(Event.process_instance_key == key).order_by(Event.seq.desc())
        return session.scalars(newest).first()


def test_a_case_is_suspended_and_resumed_with_a_reason(
    server: Server, lead: Browser, case: str, instance: ProcessInstance
):
    for verb in ("suspend", "resume"):
        path = f"/cases/{case}/act/{verb}"
        assert lead.post(path, root=str(instance.key), reason=" ").status_code == 400
        assert lead.post(path, root=str(instance.key), reason=f"因为{verb}").url.path == f"/console/cases/{case}"
        event = last_event(server, instance.key)
        assert (event.tag, event.actor) == (f"process-instance:{verb}", "p-0001")
        assert event.details["reason"] == f"因为{verb}"
    assert lead.get(f"/cases/{case}/act/explode").status_code == 404


def test_what_cannot_be_undone_is_shown_first_and_done_when_it_is_confirmed(
    server: Server, lead: Browser, case: str, instance: ProcessInstance
):
    path, before = f"/cases/{case}/act/void", last_event(server, instance.key).seq
    given = {"root": str(instance.key), "reason": "误报"}
    shown = lead.post(path, **given)
    assert "流程「" in shown.text
    assert "：已取消" in shown.text
    assert last_event(server, instance.key).seq == before, "nothing has happened yet"
    (revision,) = html.fromstring(shown.text).xpath("//input[@name='revision']/@value")
    stale = lead.post(path, **given, revision=f"{revision}-1")
    assert "有了变化" in stale.text
    assert last_event(server, instance.key).seq == before, "the case is not the one that was shown"
    assert lead.post(path, **given, revision=revision).url.path == f"/console/cases/{case}"
    event = last_event(server, instance.key)
    assert (event.tag, event.details["reason"]) == ("process-instance:cancel", "误报")
    assert "没有进行中的流程" in lead.get(path).text


@pytest.mark.parametrize("verb", sorted(ACTIONS))
def test_who_may_not_act_does_not(server: Server, case: str, instance: ProcessInstance, verb: str):
    before = last_event(server, instance.key).seq
    with Browser(server) as plain:
        plain.sign_in("plain")
        assert plain.get(f"/cases/{case}/act/{verb}").status_code == 403
        assert plain.post(f"/cases/{case}/act/{verb}", root=str(instance.key), reason="x").status_code == 403
        assert plain.post("/incidents/retry", key="1", reason="x").status_code == 403
    assert last_event(server, instance.key).seq == before


def test_many_incidents_are_tried_again_each_with_its_result(server: Server, lead: Browser):
    with server.client() as admin:
        assert admin.post("/v2/deployments", files=[("resources", ("failing.bpmn", FAILING))]).status_code == 200
        mended, still = (start(admin, "failing") for _ in range(2))
        admin.put(f"/v2/element-instances/{mended}/variables", json={"variables": {"answer": 42}})
    with read(server.database) as session:
        found = select(Incident.key).where(Incident.process_instance_key.in_([int(mended), int(still)]))
        keys = [str(key) for key in session.scalars(found)]
    refused = lead.post("/incidents/retry", key=keys, reason=" ")
    assert refused.status_code == 400
    ticked = html.fromstring(refused.text).xpath("//input[@name='key'][@checked]/@value")
    assert set(ticked) == set(keys), "what was ticked is still ticked"
    nothing = lead.post("/incidents/retry", reason="变量已补")
    assert nothing.status_code == 400
    assert "请先勾选" in nothing.text
    page = lead.post("/incidents/retry", key=[*keys, "1", "x"], reason="变量已补")
    assert page.status_code == 200
    told = html.fromstring(page.text).xpath("//div[@role='status']//li/text()")
    assert [one.partition("：")[2] for one in told[:2]] == ["已重试", "重试后仍然失败，见下面"], "each with its result"
    assert all(instance in line for instance, line in zip((mended, still), told, strict=False)), "by name, not by key"
    assert "1：" in page.text, "what is not there is told of and stops nothing"
    with read(server.database) as session:
        active = select(Incident.process_instance_key).where(Incident.state == "ACTIVE")
        assert list(session.scalars(active)) == [int(still)]
    shown = lead.page("/incidents").text_content()
    assert f"流程实例 {still}" in shown, "it belongs to no case"
    assert "/v2/process-instances/" in shown, "and so has no page: where to look is said"


def test_an_escalation_leads_to_its_run_where_there_is_one(
    lead: Browser, server: Server, case: str, monkeypatch: pytest.MonkeyPatch
):
    escalated(server, case, level=8, label="督办", run_id="0198-run")
    assert lead.page(f"/cases/{case}").xpath("//a[contains(@href, '/runs/')]") == [], "nobody knows where Prefect is"
    monkeypatch.setattr(server.app.state.settings, "prefect_pages", "https://prefect.city.example")
    (link,) = lead.page(f"/cases/{case}").xpath("//a[contains(@href, '/runs/')]/@href")
    assert link == "https://prefect.city.example/runs/flow-run/0198-run"
