from __future__ import annotations

import pytest

from tests.support.city import NOW, REPORT
from workflows.governance import cases, notices, views
from workflows.governance.cases import CaseMissing
from workflows.store.errors import Invalid


@pytest.fixture
def case(session):
    return cases.report(session, REPORT, now=NOW)


@pytest.mark.parametrize(("kind", "says"), [("accepted", "已经立案"), ("handled", "正在核查"), ("closed", "已经办结")])
def test_a_notice_names_the_problem_and_the_number(session, case, kind, says):
    text = notices.tell_reporter(session, case.key, kind, NOW)
    assert says in text
    assert "井盖缺失或移位" in text
    assert case.number in text
    assert views.notices(session, case) == [{"kind": kind, "text": text, "at": "2026-03-02T01:00:00Z"}]


def test_a_refusal_tells_its_reason_as_it_was_given(session, case):
    cases.refuse(session, case.key, code="untrue", reason="现场 {number} 没有{0}井盖缺失", at=NOW)
    assert notices.tell_reporter(session, case.key, "refused", NOW).endswith("不予受理：现场 {number} 没有{0}井盖缺失")


def test_a_merged_case_is_told_where_it_goes_on(session, case):
    second = cases.report(session, REPORT, now=NOW)
    cases.merge(session, second.key, case.number, code="duplicate", reason="并案", at=NOW)
    text = notices.tell_reporter(session, second.key, "refused", NOW)
    assert f"与 {case.number} 是同一问题" in text
    assert views.notices(session, second)[0]["kind"] == "merged"


def test_a_notice_of_an_unknown_kind_or_case_is_refused(session, case):
    with pytest.raises(Invalid, match="greeting"):
        notices.tell_reporter(session, case.key, "greeting", NOW)
    with pytest.raises(CaseMissing):
        notices.tell_reporter(session, 1, "closed", NOW)
