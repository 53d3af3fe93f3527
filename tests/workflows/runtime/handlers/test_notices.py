from __future__ import annotations

import pytest

from tests.support.city import NOW, REPORT
from workflows.governance import cases, views
from workflows.runtime.handlers import notices
from workflows.runtime.handlers.cases import NoCase
from workflows.runtime.inline import InlineCall


@pytest.fixture
def call(session):
    def make(case_id, notice):
        return InlineCall(
            session=session,
            now=NOW,
            actor="tests",
            process_instance_key=1 << 20,
            case_id=case_id,
            element_id="tell",
            variables={},
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
