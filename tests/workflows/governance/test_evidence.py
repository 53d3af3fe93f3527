from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from tests.support.city import BOTH_CITIES, NOW, REPORT
from workflows.governance import cases, evidence, files
from workflows.governance.evidence import KINDS, CleanFile, EvidenceNotAudited, Stated, Status
from workflows.store.errors import Invalid, NotFound

HERE = (112.0, 27.73)
NEAR = (112.001, 27.73)  # 98 metres
FAR = (112.01, 27.73)


def file(content=b"picture", **more):
    return CleanFile(content, "image/jpeg", sha256(content).hexdigest(), **more)


def add(session, folder, of=None, at=NOW, **stated):
    given = {"kind": "audio-visual", "title": "现场照片", "process_instance_key": 1 << 20} | stated
    return evidence.add(session, folder, of or file(), Stated(**given), actor="p-0032", at=at)[0]


@BOTH_CITIES
def test_evidence_is_a_file_under_its_hash_and_a_row_that_nobody_has_verified(session, tmp_path):
    row = add(session, tmp_path, taken=NOW, point=HERE)
    assert files.path_of(tmp_path, row.hash, ".jpg").read_bytes() == b"picture"
    assert (row.status, row.uploaded_by, row.doubts, row.size) == ("unverified", "p-0032", [], 7)
    assert evidence.objection(row) == "未经查证属实"


@BOTH_CITIES
def test_the_same_file_for_the_same_matter_is_the_first_one(session, tmp_path):
    first = add(session, tmp_path)
    again, known = evidence.add(
        session, tmp_path, file(), Stated("audio-visual", "又一次", process_instance_key=1 << 20), actor="x", at=NOW
    )
    assert (again.key, again.title, known) == (first.key, "现场照片", True)
    assert add(session, tmp_path, kind="electronic-data").key != first.key


def test_a_photo_that_was_brought_for_another_matter_is_flagged(session, tmp_path):
    case = cases.report(session, REPORT, now=NOW)
    first = add(session, tmp_path)
    other = add(session, tmp_path, process_instance_key=2 << 20)
    assert other.doubts == [{"kind": "reused", "evidence": str(first.key)}]
    assert [one["evidence"] for one in add(session, tmp_path, case_key=case.key, process_instance_key=None).doubts] == [
        str(first.key),
        str(other.key),
    ]
    second = cases.report(session, REPORT, now=NOW)
    both = add(session, tmp_path, case_key=second.key, kind="physical")
    assert len(both.doubts) == 2  # the instance is its own, the case is another


@pytest.mark.parametrize(
    ("said", "told", "doubts"),
    [
        ({"taken": NOW}, {"taken": NOW + timedelta(minutes=10)}, []),
        ({"taken": NOW}, {"taken": NOW + timedelta(minutes=11)}, ["time"]),
        ({"taken": NOW}, {"taken": NOW - timedelta(days=3)}, ["time"]),
        ({}, {"taken": NOW - timedelta(days=3)}, []),
        ({}, {"taken": NOW + timedelta(days=3)}, ["time"]),
        ({"point": HERE}, {"point": NEAR}, []),
        ({"point": HERE}, {"point": FAR}, ["place"]),
        ({"taken": NOW, "point": HERE}, {"taken": NOW - timedelta(days=3), "point": FAR}, ["time", "place"]),
        ({"taken": NOW, "point": HERE}, {}, []),
    ],
)
def test_what_the_file_itself_contradicts_is_flagged(session, tmp_path, said, told, doubts):
    row = add(session, tmp_path, file(**told), **said)
    assert [doubt["kind"] for doubt in row.doubts] == doubts


@BOTH_CITIES
def test_what_a_machine_recorded_is_verified_only_after_the_audit(session, tmp_path):
    row = add(session, tmp_path, electronic=True)
    with pytest.raises(EvidenceNotAudited):
        evidence.judge(session, row.key, Status.VERIFIED, reason="清楚", actor="p-0031", at=NOW)
    assert "审核" in evidence.objection(row)
    evidence.audit(session, row.key, note="设备在检定期内，标志明显，位置已公布", actor="p-0031", at=NOW)
    evidence.judge(session, row.key, Status.VERIFIED, reason="清楚", actor="p-0031", at=NOW)
    assert (row.status, row.audited_by, row.judged_why, evidence.objection(row)) == ("verified", "p-0031", "清楚", None)


def test_only_what_a_machine_recorded_is_audited(session, tmp_path):
    with pytest.raises(Invalid, match="电子技术监控"):
        evidence.audit(session, add(session, tmp_path).key, note="x", actor="x", at=NOW)
    with pytest.raises(NotFound):
        evidence.audit(session, 7, note="x", actor="x", at=NOW)


def test_the_last_judgement_counts(session, tmp_path):
    key = add(session, tmp_path).key
    evidence.judge(session, key, Status.VERIFIED, reason="属实", actor="p-0031", at=NOW)
    row = evidence.judge(session, key, Status.EXCLUDED, reason="偷拍取得", actor="p-0017", at=NOW)
    assert evidence.objection(row) == "已排除：偷拍取得"


def test_there_are_eight_kinds(session, tmp_path):
    assert len(KINDS) == 8
    with pytest.raises(Invalid, match="documentary"):
        add(session, tmp_path, kind="rumour")
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_told_by_kind_and_number(session, tmp_path):
    rows = [add(session, tmp_path, file(bytes([n])), kind=kind) for n, kind in enumerate(["physical", "documentary"])]
    assert evidence.missing(rows, ["physical"]) == ["physical"]
    for row in rows:
        evidence.judge(session, row.key, Status.VERIFIED, reason="属实", actor="p-0031", at=NOW)
    assert evidence.missing(rows, ["physical", "documentary"]) == []
    assert evidence.missing(rows, ["physical", "physical", "expert-opinion"]) == ["physical", "expert-opinion"]
    with pytest.raises(Invalid, match="rumour"):
        evidence.missing(rows, ["rumour"])


def test_the_evidence_of_a_matter_is_that_of_the_instance_and_of_its_case(session, tmp_path):
    case = cases.report(session, REPORT, now=NOW)
    own = add(session, tmp_path, file(b"1"))
    of_case = add(session, tmp_path, file(b"2"), case_key=case.key, process_instance_key=None)
    add(session, tmp_path, file(b"3"), process_instance_key=2 << 20)
    assert [row.key for row in evidence.of_matter(session, case.key, 1 << 20)] == [own.key, of_case.key]
    assert [row.key for row in evidence.of_matter(session, None, 1 << 20)] == [own.key]
