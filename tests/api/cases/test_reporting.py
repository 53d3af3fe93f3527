"""Reporting a problem: by anyone, once, with what may be believed of it."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.api.cases.conftest import REPORT, report
from tests.api.conftest import Server, serve
from tests.api.test_bad_input import contents, refused
from workflows.store import read
from workflows.store.tables import ProcessInstance
from workflows.store.tables.governance import Case, Photo

if TYPE_CHECKING:
    import httpx


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def send(client: httpx.Client, pictures: list[bytes], key: str | None = None, **fields: Any) -> httpx.Response:
    parts = [("report", (None, json.dumps(REPORT | fields), "application/json"))]
    parts += [("photos", (f"../../{number}.php", photo, "text/html")) for number, photo in enumerate(pictures)]
    return client.post("/cases", files=parts, headers={"idempotency-key": key or str(uuid.uuid4())})


def test_a_report_becomes_a_case_that_is_handled(citizen: httpx.Client, server: Server):
    answer = report(citizen, lat=27.7350)  # where nothing else is reported
    assert answer.status_code == 201
    made = answer.json()
    assert made.keys() == {"number", "queryCode", "state", "step"}
    with server.client("desk") as desk:
        query = {"filter": {"businessId": made["number"], "state": "CREATED"}}
        tasks = desk.post("/v2/user-tasks/search", json=query).json()["items"]
    assert [task["elementId"] for task in tasks] == ["verify"]


def test_sent_again_it_is_one_case(citizen: httpx.Client, server: Server):
    key = str(uuid.uuid4())
    first = report(citizen, key, address="再发路")
    with server.client(None) as other:
        again = report(other, f'"{key}"', address="再发路")
    assert (again.status_code, again.json()) == (201, first.json())
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    with read(server.database) as session:
        assert session.scalar(select(func.count()).where(Case.address == "再发路")) == 1


def test_fifty_at_once_with_one_key_are_one_case(server: Server):
    key = str(uuid.uuid4())

    def once(_: int) -> tuple[int, str]:
        with server.client(None) as client:
            answer = report(client, key, address="五十路")
            return answer.status_code, answer.json()["number"]

    with ThreadPoolExecutor(50) as threads:
        answers = Counter(threads.map(once, range(50)))
    assert list(answers.values()) == [50]
    with read(server.database) as session:
        assert session.scalar(select(func.count()).where(Case.address == "五十路")) == 1


def test_a_key_is_not_used_twice_for_different_reports(citizen: httpx.Client, server: Server):
    key = str(uuid.uuid4())
    report(citizen, key)
    before = contents(server)
    assert refused(report(citizen, key, text="别的事"), 422)["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert contents(server) == before


def test_keys_of_a_client_and_of_the_public_do_not_meet(citizen: httpx.Client, server: Server):
    key = str(uuid.uuid4())
    with server.client("desk") as desk:
        assert report(desk, key).json()["number"] != report(citizen, key).json()["number"]


@pytest.mark.parametrize("key", ["short", "x" * 256, "with a space in it", "中" * 16])
def test_a_key_has_to_be_worth_one(citizen: httpx.Client, key: str):
    headers = {"idempotency-key": key.encode("utf-8")}
    assert refused(citizen.post("/cases", json=REPORT, headers=headers), 400)["code"] == "BAD_IDEMPOTENCY_KEY"
    assert refused(citizen.post("/cases", json=REPORT), 400)["code"] == "IDEMPOTENCY_KEY_MISSING"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"text": ""}, "/text"),
        ({"text": "a\0b"}, "/text"),
        ({"lon": 181}, "/lon"),
        ({"lat": "27"}, "/lat"),
        ({"conditionCode": "X"}, "/conditionCode"),
        ({"classCode": "C0101"}, "/classCode"),
        ({"channel": "fax"}, "/channel"),
        ({"channel": "phone"}, "/channel"),
        ({"channel": ["web"]}, "/channel"),
        ({"anonymous": {}}, "/anonymous"),
        ({"typename": "x"}, "/typename"),
        ({"reporter": {"phone": "<script>"}}, "/reporter/phone"),
    ],
)
def test_a_bad_report_makes_no_case(citizen: httpx.Client, server: Server, fields: dict[str, Any], pointer: str):
    before = contents(server)
    problem = refused(report(citizen, **fields), 400, pointer)
    assert pointer in {error["pointer"] for error in problem["errors"]}
    refused(send(citizen, [], **fields), 400, pointer)
    assert contents(server) == before


def test_only_who_is_trusted_reports_for_others(server: Server):
    with server.client("desk") as desk:
        made = report(desk, channel="phone", photos=2).json()
        case = desk.get(f"/cases/{made['number']}").json()
    assert (case["channel"], case["photos"]) == ("phone", 2)
    with server.client("viewer") as viewer:
        refused(report(viewer, channel="phone"), 400, "/channel")


def test_photos_are_kept_as_new_pictures(citizen: httpx.Client, server: Server):
    exif = Image.Exif()
    exif[0x0110] = "secret camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x0112] = 6  # lies on its side
    sent = [picture(exif=exif), picture("PNG", (4000, 3000)), picture("WEBP")]
    made = send(citizen, sent, photos=7).json()
    with server.client("desk") as desk:
        case = desk.get(f"/cases/{made['number']}").json()
        assert (case["photos"], len(case["photoFiles"])) == (3, 3)
        kept = [desk.get(f"/cases/{made['number']}/photos/{one['hash']}") for one in case["photoFiles"]]
        refused(desk.get(f"/cases/{made['number']}/photos/{'0' * 64}"), 404)
        for file in server.app.state.settings.photo_directory.rglob("*.jpg"):
            file.unlink()
        lost = desk.get(f"/cases/{made['number']}/photos/{case['photoFiles'][0]['hash']}")
        refused(lost, 404, "文件不在")
    for answer in kept:
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert b"secret camera" not in answer.content
        assert not dict(Image.open(BytesIO(answer.content)).getexif())
    assert [Image.open(BytesIO(answer.content)).size for answer in kept] == [(48, 64), (2048, 1536), (64, 48)]
    with read(server.database) as session:
        rows = list(
            session.scalars(select(Photo).join(Case, Case.key == Photo.case_key).where(Case.number == made["number"]))
        )
    assert {(row.width, row.height) for row in rows} == {(48, 64), (2048, 1536), (64, 48)}
    assert all(len(answer.content) in {row.size for row in rows} for answer in kept)


def odd(kind: str, mode: str, **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, (64, 48)).save(out, kind, **options)
    return out.getvalue()


MORE = {"save_all": True, "append_images": [Image.new("RGB", (64, 48), "red")]}


@pytest.mark.parametrize(
    "photo",
    [
        odd("JPEG", "CMYK"),
        odd("PNG", "I;16"),
        odd("PNG", "P"),
        odd("PNG", "RGBA"),
        odd("PNG", "RGB", **MORE),
        odd("WEBP", "RGB", **MORE),
        picture() + b"<script>alert(1)</script>",
    ],
    ids=["cmyk", "16 bit", "palette", "transparent", "animated png", "animated webp", "polyglot"],
)
def test_every_odd_picture_becomes_a_plain_one(citizen: httpx.Client, server: Server, photo: bytes):
    made = send(citizen, [photo]).json()
    with server.client("desk") as desk:
        (file,) = desk.get(f"/cases/{made['number']}").json()["photoFiles"]
        kept = desk.get(f"/cases/{made['number']}/photos/{file['hash']}").content
    with Image.open(BytesIO(kept)) as image:
        assert (image.format, image.mode, image.size, getattr(image, "n_frames", 1)) == ("JPEG", "RGB", (64, 48), 1)
    assert b"<script>" not in kept


GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("photo", "status", "code"),
    [
        (b"", 415, "NOT_A_PHOTO"),
        (b"MZ\x90\x00", 415, "NOT_A_PHOTO"),
        (GIF, 415, "NOT_A_PHOTO"),
        (SVG, 415, "NOT_A_PHOTO"),
        (picture()[:200], 400, "BROKEN_PHOTO"),
        (picture("PNG")[:60], 400, "BROKEN_PHOTO"),
        (picture("PNG", (9000, 9000)), 413, "PHOTO_TOO_LARGE"),
        (picture() + b"\0" * 9 * 1024 * 1024, 413, "PHOTO_TOO_LARGE"),
    ],
)
def test_hostile_photos_make_no_case(citizen: httpx.Client, server: Server, photo: bytes, status: int, code: str):
    before = contents(server)
    problem = refused(send(citizen, [picture(), photo]), status, "第 2 张照片")
    assert problem["code"] == code
    assert contents(server) == before


def test_too_many_photos_and_a_form_without_a_report(citizen: httpx.Client):
    assert refused(send(citizen, [picture()] * 10), 400)["code"] == "TOO_MANY_PHOTOS"
    headers = {"idempotency-key": str(uuid.uuid4())}
    answer = citizen.post("/cases", files={"photos": ("a.jpg", picture())}, headers=headers)
    assert refused(answer, 400)["code"] == "REPORT_MISSING"
    answer = citizen.post("/cases", files={"report": (None, "{")}, headers=headers)
    assert refused(answer, 400)["code"] == "NOT_JSON"
    refused(citizen.post("/cases", json=[], headers=headers), 400)


def test_the_public_may_not_ask_without_end(tmp_path):
    guess = {"query-code": "GUESS"}
    with serve(tmp_path, public_per_minute=2) as server, server.client(None, **guess) as anyone:
        path = "/cases/2026-000001/progress"
        statuses = [anyone.get(path).status_code for _ in range(4)]
        assert statuses[-1] == 429  # a minute may turn over in between
        answer = anyone.get(path)
        assert int(answer.headers["retry-after"]) <= 60
        assert answer.headers["ratelimit-policy"] == '"public";q=2;w=60'
        with server.client("viewer", **guess) as viewer:
            assert {viewer.get(path).status_code for _ in range(5)} == {404}


def test_nothing_is_started_when_the_process_is_not_there(tmp_path):
    with serve(tmp_path, case_process="ghost") as server, server.client(None) as anyone:
        assert 400 <= report(anyone).status_code < 500
        with read(server.database) as session:
            assert session.scalar(select(func.count()).select_from(ProcessInstance)) == 0
