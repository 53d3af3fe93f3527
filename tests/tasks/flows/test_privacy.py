"""Nothing personal gets into Prefect's database: a case with a named reporter, worked by named persons, until it is late."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL
from sqlalchemy import select

from tasks.flows.reporting import monthly_report, nightly_report
from tasks.flows.sending import send_deliveries
from tasks.flows.sweeping import sweep_deadlines
from tasks.packs import deploy_pack
from tests.support.city import PACKS, REPORT
from workflows import runtime
from workflows.governance import cases
from workflows.store import read, transaction
from workflows.store.tables import Escalation, Person, UserTask

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
NAME, PHONE = "欧阳甄别", "13907380001"


@pytest.fixture
def case(database):
    """Reported by someone with a name, assigned to someone with a name, and left lying for a month."""
    for pack in ("loudi", "case-handling"):
        deploy_pack(database, PACKS / pack, actor="test")
    with transaction(database) as session:
        reporter = {"name": NAME, "phone": PHONE}
        fields = {**REPORT, "text": f"{NAME}说井盖不见了,电话{PHONE}", "reporter": reporter}
        case = cases.report(session, fields, now=MONDAY)
        variables = {"case": cases.variables(case)}
        runtime.start_process(session, process_id="case-handling", variables=variables, case_id=case.key, actor=NAME)
        task = session.scalars(select(UserTask.key)).first()
        person = session.scalars(select(Person)).first()
    with transaction(database) as session:
        runtime.assign_user_task(session, task, person.id, actor=person.name)
        runtime.pin_clock(session, MONDAY + timedelta(days=30), actor=person.name)
    return person


def test_no_name_and_no_telephone_is_in_prefects_database(database, case, prefect_server):
    sweep_deadlines()
    send_deliveries()
    nightly_report()
    monthly_report()
    with read(database) as session:
        assert all(session.scalars(select(Escalation.announced)).all())
        people = session.scalars(select(Person)).all()
        personal = {NAME, PHONE, "井盖不见了"} | {
            value for one in people for value in (one.name, one.email, one.phone) if value
        }
    path = PREFECT_API_DATABASE_CONNECTION_URL.value().partition("///")[2]
    connection = sqlite3.connect(path)
    held = "\n".join(connection.iterdump())
    connection.close()
    assert json.dumps("督办对象")[1:-1] in held, "what is there would be found"
    assert [one for one in personal if one in held or json.dumps(one)[1:-1] in held] == []
