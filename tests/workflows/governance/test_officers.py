from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.city import NOW
from workflows.governance import entries, officers
from workflows.governance.aliases import BadAlias
from workflows.store.errors import Invalid

A, B, EXPIRED, OTHER = "湘示例-0032", "湘示例-0033", "湘示例-0034", "湘示例-0041"
REVIEWER = "湘示例-0031"


def objections(session, *certificates, **more):
    return officers.objections(session, certificates, **({"at": NOW, "organ": "enforcement"} | more))


def test_two_with_valid_certificates_may_act(session):
    assert objections(session, A, B) == []
    assert objections(session, A, "湘示例 0033") == []


@pytest.mark.parametrize(
    ("certificates", "said"),
    [
        ([], "现有 0 名"),
        ([A], "现有 1 名"),
        ([A, A, " 湘示例0032 "], "现有 1 名"),
        ([A, "X-1"], "不在执法人员台账里"),
        ([A, EXPIRED], "已经失效"),
        ([A, OTHER], "不属于 enforcement"),
    ],
)
def test_why_they_may_not_is_told(session, certificates, said):
    assert said in "；".join(objections(session, *certificates))


def test_a_certificate_holds_from_its_day_on(session):
    early = datetime(2020, 6, 1, tzinfo=UTC)
    assert "尚未生效" in objections(session, A, B, at=early)[0]
    assert objections(session, EXPIRED, at=early, needed=1) == []


def test_two_certificates_of_one_person_are_one_officer(session):
    second = {
        "id": "O-9",
        "certificate": "湘示例-0999",
        "person": "p-0032",
        "name": "样例",
        "organ": "enforcement",
        "from": "2026-01-01",
    }
    entries.put(session, "officers", second, reason="补证", actor="p-0001", at=NOW)
    assert objections(session, A, "湘示例-0999") == ["须有 2 名持有效证件的不同人员，现有 1 名"]


def test_who_reviews_needs_the_qualification(session):
    assert objections(session, REVIEWER, needed=1, reviewer=True) == []
    assert "没有法制审核资格" in objections(session, A, needed=1, reviewer=True)[0]


def test_an_officer_of_any_organ_where_none_is_asked_for(session):
    assert objections(session, A, OTHER, organ=None) == []


def test_no_more_than_a_few_are_looked_up(session):
    with pytest.raises(Invalid, match="20"):
        objections(session, *(f"X{number}" for number in range(21)))
    with pytest.raises(BadAlias):
        objections(session, "x" * 10_000)
