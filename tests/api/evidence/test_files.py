from __future__ import annotations

import itertools
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from api.evidence.files import clean
from api.problems import Problem
from api.settings import Settings
from tests.support.pictures import bomb, camera, picture

SETTINGS = Settings.model_construct(max_evidence_bytes=2_000_000, max_photo_pixels=2_000_000, evidence_edge=1000)
HTML = b"<html><script>alert(1)</script></html>"


def problem(data, declared="image/jpeg"):
    with pytest.raises(Problem) as refused:
        clean(data, declared, SETTINGS)
    return refused.value.status_code, refused.value.code


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_picture_is_encoded_anew_as_what_it_is(kind, media_type):
    data = picture(kind, exif=camera(taken="2026:03:02 09:00:00", point=(112.0, 27.73)))
    assert b"SECRET-CAMERA" in data
    file = clean(data, "text/html", SETTINGS)
    assert (file.media_type, file.width, file.height) == (media_type, 40, 30)
    assert file.source_hash == sha256(data).hexdigest()
    assert b"SECRET-CAMERA" not in file.content
    with Image.open(BytesIO(file.content)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == (kind, (40, 30), {})


@pytest.mark.parametrize(
    ("exif", "taken", "point"),
    [
        (camera(taken="2026:03:02 09:00:00"), datetime(2026, 3, 2, 1, tzinfo=UTC), None),
        (camera(taken="2026:03:02 09:00:00", offset="-05:30"), datetime(2026, 3, 2, 14, 30, tzinfo=UTC), None),
        (camera(taken="2026:03:02 09:00:00", offset="here"), None, None),
        (camera(taken="0000:00:00 00:00:00"), None, None),
        (camera(taken="yesterday"), None, None),
        (camera(point=(112.0, 27.73)), None, (112.0, 27.73)),
        (camera(point=(-70.5, -33.5)), None, (-70.5, -33.5)),
        (camera(point=(200.0, 27.73)), None, None),
        (camera(), None, None),
    ],
)
def test_what_a_camera_says_of_when_and_where_is_read_before_it_is_taken_out(exif, taken, point):
    file = clean(picture(exif=exif), "image/jpeg", SETTINGS)
    assert file.taken == taken
    assert file.point == (point if point is None else pytest.approx(point, abs=1e-3))


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_picture_is_turned_upright(turned):
    file = clean(picture(size=(40, 20), exif=camera(turned=turned)), "image/jpeg", SETTINGS)
    assert (file.width, file.height) == ((40, 20) if turned < 5 else (20, 40))


def test_a_picture_keeps_its_detail_up_to_the_limit():
    assert clean(picture(size=(1200, 600)), "", SETTINGS).width == 1000
    assert clean(picture("PNG", size=(900, 600)), "", SETTINGS).width == 900


@pytest.mark.parametrize("mode", ["L", "P", "1", "RGBA", "LA", "I;16"])
def test_a_picture_of_any_mode_is_kept(mode):
    made = Image.new(mode, (8, 8))
    out = BytesIO()
    made.save(out, "PNG")
    assert clean(out.getvalue(), "", SETTINGS).media_type == "image/png"


@pytest.mark.parametrize(
    "data",
    [HTML, HTML + b"\xff\xd8\xff", b"GIF89a" + b"\0" * 50, b"MZ\x90", b"", b"<svg/>", b"%PDF-1.7 without an end"],
)
def test_what_pretends_to_be_a_picture_is_refused(data):
    assert problem(data) == (415, "UNSUPPORTED_FILE")


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff" + HTML, b"\x89PNG\r\n\x1a\n" + HTML, b"RIFF\0\0\0\0WEBP" + HTML, b"RIFF\0\0\0\0WAVE"]
)
def test_what_only_begins_like_one_is_refused(data):
    assert problem(data)[0] in {400, 415}


def test_a_page_behind_a_picture_does_not_survive():
    polyglot = picture() + HTML
    assert b"script" not in clean(polyglot, "image/jpeg", SETTINGS).content
    beside = picture("PNG", pnginfo=None) + HTML
    assert b"script" not in clean(beside, "image/png", SETTINGS).content


def test_a_bomb_is_refused_before_it_goes_off():
    data = bomb()
    assert len(data) < 10_000
    assert problem(data) == (413, "PHOTO_TOO_LARGE")


def test_a_file_that_is_too_large_is_refused():
    assert problem(b"\xff\xd8\xff" + b"\0" * 2_000_000) == (413, "FILE_TOO_LARGE")


@pytest.mark.filterwarnings("ignore:.*:UserWarning")  # Pillow tells of each broken tag
def test_a_picture_that_was_cut_off_is_refused_and_a_broken_note_is_not():
    whole = picture(size=(300, 300))
    assert problem(whole[: len(whole) // 2]) == (400, "BROKEN_PHOTO")
    data = picture(exif=camera(taken="2026:03:02 09:00:00", point=(112.0, 27.73)))
    start = data.index(b"Exif\0\0") + 6
    for place, byte in itertools.product(range(start, start + 150), (0, 1, 127, 255)):
        with suppress(Problem):  # and nothing else
            bent = data[:place] + bytes([byte]) + data[place + 1 :]
            assert clean(bent, "image/jpeg", SETTINGS).media_type == "image/jpeg"


def test_a_text_is_utf_8_and_a_page_is_only_a_text():
    assert (
        clean("\ufeff当事人：没有看见\r\n".encode(), "text/plain; charset=utf-8", SETTINGS).content
        == "当事人：没有看见\r\n".encode()
    )
    file = clean(HTML, "Text/Plain", SETTINGS)
    assert (file.media_type, file.content) == ("text/plain", HTML)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", "文字".encode("gb18030"), b"a\0b", b"\x1b[2J"])
def test_what_is_no_text_is_refused(data):
    assert problem(data, "text/plain") == (400, "BROKEN_TEXT")


def test_a_pdf_stays_as_it_is():
    data = b"%PDF-1.7\n1 0 obj<</OpenAction 2 0 R>>endobj\n%%EOF\n"
    file = clean(data, "image/jpeg", SETTINGS)
    assert (file.media_type, file.content) == ("application/pdf", data)
