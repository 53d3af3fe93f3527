from __future__ import annotations

from hashlib import sha256

import pytest

from tests.support.city import NOW
from workflows.governance import evidence as governed
from workflows.governance.evidence import CleanFile, Stated, Status
from workflows.runtime.errors import Invalid, NotFound
from workflows.runtime.handlers import evidence
from workflows.runtime.inline import InlineCall


@pytest.fixture
def bring(session, tmp_path):
    def of(kind="audio-visual", status=None, **more):
        content = f"{kind}{status}{more}".encode()
        file = CleanFile(content, "image/jpeg", sha256(content).hexdigest())
        stated = Stated(kind, "证据", process_instance_key=1 << 20, **more)
        row, _ = governed.add(session, tmp_path, file, stated, actor="p-0032", at=NOW)
        if status:
            governed.judge(session, row.key, status, reason="看过", actor="p-0031", at=NOW)
        return str(row.key)

    return of


@pytest.fixture
def check(session):
    def of(evidence_keys, required):
        return evidence.check(
            InlineCall(
                session=session,
                now=NOW,
                actor="p-0032",
                process_instance_key=1 << 20,
                case_id=None,
                element_id="task",
                variables={"evidence": evidence_keys, "required": required},
                headers={},
            )
        )

    return of


def test_verified_evidence_of_every_kind_suffices(bring, check):
    keys = [bring("audio-visual", Status.VERIFIED), bring("inspection-record", Status.VERIFIED)]
    assert check(keys, ["inspection-record", "audio-visual"]) == {
        "evidenceSufficient": True,
        "missing": [],
        "usable": keys,
        "unusable": [],
    }
    assert check(None, ["inspection-record"])["evidenceSufficient"] is True
    lacking = check(keys, ["documentary"])
    assert (lacking["evidenceSufficient"], lacking["missing"], lacking["usable"]) == (False, ["documentary"], keys)


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        ({}, "未经查证属实"),
        ({"status": Status.EXCLUDED}, "已排除：看过"),
        ({"electronic": True}, "电子技术监控记录未经法制和技术审核"),
    ],
)
def test_what_may_not_be_used_does_not_count_and_it_is_told_why(bring, check, piece, reason):
    key = bring(**piece)
    assert check([key], ["audio-visual"]) == {
        "evidenceSufficient": False,
        "missing": ["audio-visual"],
        "usable": [],
        "unusable": [{"key": key, "reason": reason}],
    }


def test_without_any_evidence_nothing_is_established(bring, check):
    assert check([], [])["evidenceSufficient"] is False
    assert check(None, None)["evidenceSufficient"] is False
    bring(status=Status.VERIFIED)
    assert check(None, None)["evidenceSufficient"] is True


def test_one_piece_named_twice_is_one(bring, check):
    key = bring(status=Status.VERIFIED)
    assert check([key, key], ["audio-visual", "audio-visual"])["missing"] == ["audio-visual"]


@pytest.mark.parametrize(
    ("keys", "required", "error"),
    [
        ("1048576", [], Invalid),
        (["x"], [], Invalid),
        (["9" * 30], [], Invalid),
        (["7"], [], NotFound),
        (["7"] * 600 + [str(n) for n in range(501)], [], Invalid),
        ([], "audio-visual", Invalid),
        ([], ["rumour"], Invalid),
    ],
)
def test_what_is_no_evidence_is_told(check, keys, required, error):
    with pytest.raises(error):
        check(keys, required)
