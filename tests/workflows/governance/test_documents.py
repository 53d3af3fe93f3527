"""What documents take from registers and evidence, what of them is shown, and how one is withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support import papers
from tests.support.city import BOTH_CITIES, NOW
from workflows.governance import documents, entries, evidence
from workflows.governance.documents import DocumentMissing, DocumentWithdrawn
from workflows.governance.drafts import draft
from workflows.governance.entries import EntryMissing
from workflows.governance.evidence import CleanFile, Stated, Status


@pytest.fixture
def completed(session):
    def of(**changes):
        return documents.completed(session, papers.decision(**changes), NOW)

    return of


@pytest.fixture
def piece(session, tmp_path):
    def make(status=None, *, electronic=False):
        stated = Stated("inspection-record", "现场检查笔录", process_instance_key=1 << 20, electronic=electronic)
        file = CleanFile(f"{status}{electronic}".encode(), "text/plain", f"{status}{electronic}")
        row, _ = evidence.add(session, tmp_path, file, stated, actor="p-1", at=NOW)
        if status is not None:
            evidence.judge(session, row.key, status, reason="来源不明", actor="p-1", at=NOW)
        return row

    return make


def test_a_party_is_named_as_the_register_has_it(completed, session):
    given = {"key": "P-0001", "name": "样例-当事人甲", "personId": ["430***11"], "phone": "073***01", "role": "经营者"}
    party = completed(party=given)["party"]
    known = entries.find(session, "parties", "P-0001")
    assert (party["personId"], party["phone"]) == (known.data["personId"], known.data["phone"])
    assert (party["kind"], party["role"], party["key"]) == ("person", "经营者", "P-0001")
    assert party["sources"] == [{"register": "parties", "key": "P-0001", "version": 1}]
    assert completed(party={"kind": "plate", "value": "湘k·a0001"})["party"]["key"] == "P-0001"
    assert completed(party={"kind": "plate", "value": "湘k·a0001"})["party"]["kind"] == "person"
    assert completed(party="P-0003")["party"]["name"] == "样例-便利店有限公司丙"
    assert completed(party={"key": "P-0003", "name": None})["party"]["name"] == "样例-便利店有限公司丙"


def test_a_party_that_was_merged_is_the_one_that_stays(completed, session):
    entries.merge(session, "parties", "P-0002", "P-0003", reason="同一经营者", actor="p-1", at=NOW)
    assert completed(party={"key": "P-0002"})["party"]["key"] == "P-0003"


def test_a_party_that_is_nobody_is_refused_and_one_without_a_key_is_taken_as_it_is(completed):
    with pytest.raises(EntryMissing):
        completed(party={"key": "P-9999"})
    assert completed(party={"name": "路人"})["party"] == {"name": "路人"}


def test_evidence_is_named_as_the_record_has_it(completed, piece):
    row = piece(Status.VERIFIED)
    [by_key, by_text, by_object] = completed(
        evidence=[row.key, "当事人陈述一份", {"key": str(row.key), "title": "别的", "kind": "physical"}]
    )["evidence"]
    assert (by_key["title"], by_key["kindName"]) == ("现场检查笔录", "勘验笔录、现场笔录")
    assert by_key["sources"] == [{"evidence": str(row.key)}]
    assert (by_text["title"], by_text["kindName"]) == ("当事人陈述一份", None)
    assert (by_object["title"], by_object["kind"]) == ("现场检查笔录", "inspection-record")


@pytest.mark.parametrize(
    ("status", "electronic", "said"),
    [(Status.EXCLUDED, False, "来源不明"), (None, False, "未经查证"), (None, True, "审核")],
)
def test_evidence_that_may_not_be_used_proves_nothing(completed, piece, status, electronic, said):
    row = piece(status, electronic=electronic)
    decision = completed(evidence=[{"key": row.key, "title": "照片", "text": "照片"}])
    assert said in decision["evidence"][0]["objection"]
    assert list(draft(papers.manifest(), decision, NOW.date()).missing) == ["evidence"]
    unknown = completed(evidence=["12345"])
    assert list(draft(papers.manifest(), unknown, NOW.date()).missing) == ["evidence"]


def test_what_is_personal_is_masked_and_the_rest_is_as_it_was():
    data = {"party": {"name": "甲", "personId": ["430000199001010011"], "phone": "0738-0001001"}, "facts": []}
    seen = documents.masked(data, ["party.personId", "party.phone", "party.address", "facts.text", "nobody"])
    assert seen == {"party": {"name": "甲", "personId": ["430***11"], "phone": "073***01"}, "facts": []}
    assert data["party"]["phone"] == "0738-0001001"


@BOTH_CITIES
def test_a_document_is_withdrawn_once_and_stays(session):
    document = papers.issued(session, NOW)
    assert documents.of_instance(session, 1 << 20) == [document]
    later = NOW + timedelta(days=1)
    documents.withdraw(session, document.key, reason="复议撤销", actor="p-1", at=later)
    again = documents.find(session, document.key)
    assert (again.withdrawn, again.withdrawn_by, again.withdrawn_why) == (later, "p-1", "复议撤销")
    with pytest.raises(DocumentWithdrawn):
        documents.withdraw(session, document.key, reason="再撤", actor="p-2", at=later)
    for act in (documents.find, lambda session, key: documents.withdraw(session, key, reason="x", actor="x", at=NOW)):
        with pytest.raises(DocumentMissing):
            act(session, 1)


@BOTH_CITIES
def test_each_series_and_year_counts_by_itself(session):
    numbers = [
        papers.issued(session, at, name).number
        for name, at in (
            ("no-penalty-decision", NOW),
            ("correction-order", NOW),
            ("no-penalty-decision", NOW),
            ("no-penalty-decision", NOW.replace(month=12, day=31, hour=15, minute=59)),
            ("no-penalty-decision", NOW.replace(month=12, day=31, hour=16)),
        )
    ]
    assert numbers == [
        "娄城管不罚决〔2026〕第1号",
        "娄城管责改通〔2026〕第1号",
        "娄城管不罚决〔2026〕第2号",
        "娄城管不罚决〔2026〕第3号",
        "娄城管不罚决〔2027〕第1号",
    ]
