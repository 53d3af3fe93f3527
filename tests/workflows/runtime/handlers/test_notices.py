from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.support.city import NOW, REPORT
from workflows.governance import cases, views
from workflows.runtime.handlers import notices
from workflows.runtime.handlers.cases import NoCase
from workflows.runtime.inline import InlineCall
from workflows.store.tables import Notification


@pytest.fixture
def call(session):
    def make(case_id, notice="accepted", **variables):
        return InlineCall(
            session=session,
            now=NOW,
            actor="tests",
            process_instance_key=1 << 20,
            case_id=case_id,
            element_id="tell",
            variables=variables,
            headers={"notice": notice},
        )

    return make


def test_the_header_says_what_the_reporter_is_told(call, session):
    case = cases.report(session, REPORT, now=NOW)
    notices.tell_reporter(call(case.key, "accepted"))
    notices.tell_reporter(call(case.key, "handled"))
    assert [notice["kind"] for notice in views.notices(session, case)] == ["accepted", "handled"]


def test_without_a_case_there_is_nobody_to_tell(call):
    with pytest.raises(NoCase):
        notices.tell_reporter(call(None, "accepted"))


SAID = {"to": "p-0118", "subject": "延期申请已批准", "text": "…"}


def test_what_the_staff_is_told_is_about_the_case_of_the_instance_or_the_one_that_is_named(call, session):
    one, other = (cases.report(session, REPORT, now=NOW) for _ in range(2))
    for case_id, number in (
        (one.key, None),
        (None, other.number),
        (one.key, other.number),
        (None, "72351744"),
        (None, None),
    ):
        notices.tell_staff(replace(call(case_id, **SAID, caseNumber=number), element_id=f"tell-{case_id}-{number}"))
    told = session.scalars(select(Notification.case_id).order_by(Notification.key))
    assert list(told) == [one.key, other.key, one.key, None, None]
