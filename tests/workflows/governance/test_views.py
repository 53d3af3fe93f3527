from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.support.city import NOW, REPORT
from workflows.governance import cases, notices, photos, views
from workflows.store.memo import forget


@pytest.fixture
def case(session):
    return cases.report(session, REPORT, now=NOW)


def test_the_public_view_holds_nobodys_name_telephone_group_or_code(session, case):
    cases.hand_to(session, case.key, "grid-worker-street@G34")
    shown = str(views.public(session, case))
    for secret in ("样例-市民", "0738", "grid-worker", case.query_code):
        assert secret not in shown


def test_the_public_view_shows_the_five_steps_up_to_where_the_case_is(session, case):
    for hours, step in enumerate(["平台受理", "问题处置", "及时回访", "问题处置"], start=1):
        cases.enter_step(session, case.key, step, NOW + timedelta(hours=hours))
    steps = views.public(session, case)["steps"]
    assert [(step["step"], step["at"], step["current"]) for step in steps] == [
        ("问题提交", "2026-03-02T01:00:00Z", False),
        ("平台受理", "2026-03-02T02:00:00Z", False),
        ("问题处置", "2026-03-02T05:00:00Z", True),  # once more, after a rework
        ("及时回访", None, False),
        ("结果评价", None, False),
    ]


def test_the_public_view_of_a_merged_case_follows_the_one_it_repeats(session, case):
    second = cases.report(session, REPORT, now=NOW)
    cases.merge(session, second.key, case.number, code="duplicate", reason="并案处理", at=NOW)
    cases.file(session, case.key, NOW)
    shown = views.public(session, second)
    assert shown["mergedInto"] == {"number": case.number, "state": "filed", "step": "问题提交"}
    assert shown["refusal"] == {"code": "duplicate", "reason": "并案处理"}
    assert not any(step["current"] for step in shown["steps"])
    assert case.query_code not in str(shown)


def test_the_public_view_of_a_closed_case_shows_evaluation_and_notices(session, case):
    cases.rate(session, case.key, on_time=True, reworks=0, satisfaction="满意", stars=5)
    cases.close(session, case.key, NOW)
    notices.tell_reporter(session, case.key, "closed", NOW)
    shown = views.public(session, case)
    assert shown["evaluation"] == {"onTime": True, "reworks": 0, "satisfaction": "满意", "stars": 5}
    assert [notice["kind"] for notice in shown["notices"]] == ["closed"]
    assert shown["ended"] == "2026-03-02T01:00:00Z"


def test_the_staff_see_the_telephone_masked_and_no_query_code(session, case):
    shown = views.details(session, case)
    assert shown["reporter"] == {"name": "样例-市民", "phone": "073*******01"}
    assert case.query_code not in str(shown)


def test_an_anonymous_case_has_no_reporter(session):
    unnamed = cases.report(session, REPORT | {"anonymous": True}, now=NOW)
    assert views.details(session, unnamed)["reporter"] is None


def test_the_staff_see_photos_and_what_class_and_condition_are_called(session, case):
    photos.attach(
        session, case.key, stage="report", hash="ab" * 32, media_type="image/png", size=1, width=1, height=1, at=NOW
    )
    shown = views.details(session, case)
    assert shown["photoFiles"] == [{"hash": "ab" * 32, "stage": "report", "mediaType": "image/png"}]
    assert (shown["className"], shown["conditionName"]) == ("检查井盖", "井盖缺失或移位")


def test_a_condition_that_left_the_catalogue_leaves_its_code(session, case):
    case.condition_code = "C9999-01"
    assert views.summary(session, case)["conditionName"] is None
    assert views.public(session, case)["conditionName"] is None


def test_many_summaries_cost_no_more_queries_than_one(session, case):
    made = [cases.report(session, REPORT, now=NOW) for _ in range(10)]
    for other in made[:5]:
        cases.merge(session, other.key, case.number, code="duplicate", reason="并案", at=NOW)
    asked = []
    forget(session)  # another request
    event.listen(session.connection(), "before_cursor_execute", lambda *query: asked.append(query[2]))
    shown = views.summaries(session, made)
    assert [one["mergedInto"] for one in shown] == [case.number] * 5 + [None] * 5
    assert len(asked) == 2


def test_a_summary_names_the_case_it_was_merged_into(session, case):
    second = cases.report(session, REPORT, now=NOW)
    cases.merge(session, second.key, case.number, code="duplicate", reason="并案", at=NOW)
    assert views.summary(session, second)["mergedInto"] == case.number
    assert views.summary(session, case)["mergedInto"] is None


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13800000000", "138******00"), ("12345678", "123***78"), ("1234567", "******7"), ("12345", "****5")],
)
def test_a_masked_number_cannot_be_called(phone, masked):
    assert views.mask(phone) == masked
