from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from tests.api.cases.conftest import report
from tests.api.conftest import Server, start
from tests.support.pictures import bomb, camera, picture

if TYPE_CHECKING:
    import httpx

numbers = itertools.count(1)
HERE = {"lon": 112.0, "lat": 27.73}


@pytest.fixture
def instance(admin):
    return start(admin, "two-tasks")


def bring(client: httpx.Client, data: bytes, media_type="image/jpeg", name="a.jpg", **said) -> httpx.Response:
    given = {"kind": "audio-visual", "title": "现场照片"} | said
    return client.post("/evidence", data={"evidence": json.dumps(given)}, files={"file": (name, data, media_type)})


def new_picture(**more) -> bytes:
    return picture(size=(40 + next(numbers), 30), **more)


def test_evidence_is_brought_read_and_fetched(server: Server, admin, instance):
    data = new_picture(exif=camera(taken="2026:03:02 09:00:00", point=(112.0, 27.73)))
    made = bring(admin, data, processInstanceKey=instance, takenAt="2026-03-02T09:03:00+08:00", **HERE)
    assert made.status_code == 200, made.text
    body = made.json()
    assert (body["status"], body["doubts"], body["kindName"], body["unusable"]) == (
        "unverified",
        [],
        "视听资料",
        "未经查证属实",
    )
    assert body["sourceSha256"] == sha256(data).hexdigest()
    assert admin.get(f"/evidence/{body['evidenceKey']}").json() == body
    file = admin.get(f"/evidence/{body['evidenceKey']}/file")
    assert sha256(file.content).hexdigest() == body["sha256"]
    assert b"SECRET-CAMERA" not in file.content
    assert file.headers["content-type"] == "image/jpeg"
    assert file.headers["content-disposition"].startswith("attachment;")
    assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert list(Path(server.app.state.settings.evidence_directory).rglob(f"{body['sha256']}.jpg"))


def test_where_the_file_says_otherwise_it_is_flagged_and_kept(admin, instance):
    data = new_picture(exif=camera(taken="2026:02:20 09:00:00", point=(112.5, 27.73)))
    made = bring(admin, data, processInstanceKey=instance, takenAt="2026-03-02T09:00:00+08:00", **HERE)
    assert [doubt["kind"] for doubt in made.json()["doubts"]] == ["time", "place"]
    assert made.json()["doubts"][0]["file"] == "2026-02-20T09:00:00+08:00"


def test_a_photo_of_another_case_is_flagged(admin, instance):
    data = new_picture()
    first = bring(admin, data, processInstanceKey=instance).json()
    assert bring(admin, data, processInstanceKey=instance).json() == first
    other = bring(admin, data, processInstanceKey=start(admin, "two-tasks")).json()
    assert other["doubts"] == [{"kind": "reused", "evidence": first["evidenceKey"]}]


def test_one_file_that_is_brought_many_times_at_once_is_one_piece(admin, instance):
    data, number, together = new_picture(), report(admin).json()["number"], Barrier(8)

    def one(_):
        together.wait()
        return bring(admin, data, processInstanceKey=instance, caseNumber=number).json()["evidenceKey"]

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(one, range(8)))) == 1


def test_evidence_of_a_case_is_found(admin):
    number = report(admin).json()["number"]
    key = bring(admin, new_picture(), caseNumber=number).json()["evidenceKey"]
    found = admin.post("/evidence/search", json={"filter": {"caseNumber": number, "status": "unverified"}}).json()
    assert [one["evidenceKey"] for one in found["items"]] == [key]
    assert found["items"][0]["caseNumber"] == number


def test_the_record_of_a_machine_is_audited_then_verified(server: Server, admin, instance):
    key = bring(admin, new_picture(), processInstanceKey=instance, electronic=True).json()["evidenceKey"]
    with server.client("desk", **{"on-behalf-of": "p-0031"}) as desk:
        refused = desk.post(f"/evidence/{key}/verification", json={"reason": "清楚"})
        assert (refused.status_code, refused.json()["code"]) == (409, "EVIDENCE_NOT_AUDITED")
        assert desk.post(f"/evidence/{key}/audit", json={"reason": "在检定期内"}).json()["auditedBy"] == "p-0031"
        verified = desk.post(f"/evidence/{key}/verification", json={"reason": "清楚"}).json()
        assert (verified["status"], verified["unusable"]) == ("verified", None)
        excluded = desk.post(f"/evidence/{key}/exclusion", json={"reason": "标志不明显"}).json()
        assert (excluded["status"], excluded["judgedWhy"]) == ("excluded", "标志不明显")
        assert desk.post(f"/evidence/{key}/exclusion", json={}).status_code == 400
    plain = bring(admin, new_picture(), processInstanceKey=instance).json()["evidenceKey"]
    assert admin.post(f"/evidence/{plain}/audit", json={"reason": "x"}).status_code == 400


def test_a_text_and_a_pdf_are_only_ever_saved(admin, instance):
    page = b"<script>alert(1)</script>"
    text = bring(admin, page, "text/plain", "a.html", kind="witness-testimony", processInstanceKey=instance).json()
    file = admin.get(f"/evidence/{text['evidenceKey']}/file")
    assert (file.headers["content-type"], file.content) == ("text/plain; charset=utf-8", page)
    pdf = bring(
        admin, b"%PDF-1.7\n%%EOF\n", "text/html", "a.pdf", kind="documentary", processInstanceKey=instance
    ).json()
    file = admin.get(f"/evidence/{pdf['evidenceKey']}/file")
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-disposition"] == f'attachment; filename="evidence-{pdf["evidenceKey"]}.pdf"'


@pytest.mark.parametrize(
    ("data", "media_type", "status", "code"),
    [
        (b"<html><script>alert(1)</script>", "image/jpeg", 415, "UNSUPPORTED_FILE"),
        (bomb(), "image/png", 413, "PHOTO_TOO_LARGE"),
        (picture(size=(300, 300))[:500], "image/jpeg", 400, "BROKEN_PHOTO"),
        (b"\xff\xfe", "text/plain", 400, "BROKEN_TEXT"),
        (b"\xff\xd8\xff" + b"\0" * 16_000_000, "image/jpeg", 413, "FILE_TOO_LARGE"),
        (b"\xff\xd8\xff" + b"\0" * 30_000_000, "image/jpeg", 413, "PAYLOAD_TOO_LARGE"),
        (b"", "image/jpeg", 415, "UNSUPPORTED_FILE"),
    ],
    ids=["page", "bomb", "cut off", "no text", "large", "huge", "nothing"],
)
def test_a_bad_file_is_a_clear_problem_and_leaves_nothing(server, admin, instance, data, media_type, status, code):
    before = sorted(Path(server.app.state.settings.evidence_directory).rglob("*.*"))
    answer = bring(admin, data, media_type, processInstanceKey=instance)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert admin.post("/evidence/search", json={"filter": {"processInstanceKey": instance}}).json()["items"] == []
    assert sorted(Path(server.app.state.settings.evidence_directory).rglob("*.*")) == before


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"kind": "rumour"}, 400),
        ({"title": ""}, 400),
        ({"processInstanceKey": "x"}, 400),
        ({"processInstanceKey": "7"}, 404),
        ({"processInstanceKey": None}, 400),
        ({"caseNumber": "2026-999999"}, 404),
        ({"takenAt": "noon"}, 400),
        ({"lon": 112}, 400),
        ({"lon": 200, "lat": 1}, 400),
        ({"lon": True, "lat": 1}, 400),
        ({"lon": 10**400, "lat": 1}, 400),
        ({"more": 1}, 400),
    ],
)
def test_what_is_said_of_it_must_make_sense(admin, instance, said, status):
    answer = bring(admin, new_picture(), **({"processInstanceKey": instance} | said))
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {}},
        {"files": {"file": ("a.jpg", b"x", "image/jpeg")}},
        {"files": {"evidence": (None, "{}"), "other": ("a.jpg", b"x", "image/jpeg")}},
        {"files": {"evidence": (None, "[1"), "file": ("a.jpg", b"x", "image/jpeg")}},
        {"files": {"evidence": (None, "[]"), "file": ("a.jpg", b"x", "image/jpeg")}},
    ],
)
def test_a_form_without_both_is_refused(admin, sent):
    assert admin.post("/evidence", **sent).status_code in {400, 415}


def test_a_file_that_is_gone_is_told(server, admin, instance):
    made = bring(admin, new_picture(), processInstanceKey=instance).json()
    [file] = Path(server.app.state.settings.evidence_directory).rglob(f"{made['sha256']}.jpg")
    file.unlink()
    assert admin.get(f"/evidence/{made['evidenceKey']}/file").status_code == 404
