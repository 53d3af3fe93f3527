"""What supervisors do to a case: stop it, let it go on, end it, try again what failed; always with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.api.conftest import FAILING, start
from tests.api.console.conftest import Browser
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


def test_a_case_is_suspended_resumed_and_cancelled_with_a_reason(
    server: Server, lead: Browser, case: str, instance: ProcessInstance
):
    for verb, tag in (("suspend", "suspend"), ("resume", "resume"), ("cancel", "cancel")):
        path = f"/instances/{instance.key}/{verb}"
        assert lead.post(path, number=case, reason="").status_code == 400
        assert lead.post(path, number=case, reason=f"因为{verb}").url.path == f"/console/cases/{case}"
        event = last_event(server, instance.key)
        assert (event.tag, event.actor) == (f"process-instance:{tag}", "p-0001")
        assert event.details["reason"] == f"因为{verb}"
    assert lead.post(f"/instances/{instance.key}/explode", number=case, reason="x").status_code == 404


def test_who_may_not_act_does_not(server: Server, case: str, instance: ProcessInstance):
    before = last_event(server, instance.key).seq
    with Browser(server) as plain:
        plain.sign_in("plain")
        for verb in ("suspend", "resume", "cancel"):
            assert plain.post(f"/instances/{instance.key}/{verb}", number=case, reason="x").status_code == 403
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
    assert lead.post("/incidents/retry", key=keys, reason=" ").status_code == 400
    page = lead.post("/incidents/retry", key=[*keys, "1", "x"], reason="变量已补")
    assert page.status_code == 200
    assert page.text.count("已重试") >= 2
    assert "1：" in page.text, "what is not there is told of and stops nothing"
    with read(server.database) as session:
        active = select(Incident.process_instance_key).where(Incident.state == "ACTIVE")
        assert list(session.scalars(active)) == [int(still)]
