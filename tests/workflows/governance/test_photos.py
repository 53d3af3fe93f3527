from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.city import NOW, REPORT
from workflows.governance import cases, photos
from workflows.store.errors import Invalid, NotFound
from workflows.store.tables.governance import Photo

PIXELS = b"not really a picture"
HASH = sha256(PIXELS).hexdigest()


def test_a_photo_is_kept_once_under_its_hash(tmp_path):
    photo = Photo(hash=HASH, media_type="image/jpeg")
    with pytest.raises(NotFound):
        photos.path_of(tmp_path, photo)
    assert photos.keep(tmp_path, PIXELS, "image/jpeg") == HASH
    file = photos.path_of(tmp_path, photo)
    assert file == tmp_path / HASH[:2] / f"{HASH}.jpg"
    written = file.stat().st_mtime_ns
    assert photos.keep(tmp_path, PIXELS, "image/jpeg") == HASH
    assert file.read_bytes() == PIXELS
    assert file.stat().st_mtime_ns == written


def test_a_photo_that_cannot_be_finished_leaves_nothing(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("disk is full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk is full"):
        photos.keep(tmp_path, PIXELS, "image/jpeg")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_only_pictures_are_kept(tmp_path):
    with pytest.raises(Invalid, match="image/jpeg"):
        photos.keep(tmp_path, PIXELS, "text/html")
    assert list(tmp_path.iterdir()) == []


def test_the_same_picture_counts_once_in_a_stage_and_again_in_another(session):
    case = cases.report(session, REPORT, now=NOW)
    for stage in ("report", "report", "handling"):
        photos.attach(
            session, case.key, stage=stage, hash=HASH, media_type="image/png", size=20, width=4, height=5, at=NOW
        )
    assert [(photo.stage, photo.hash) for photo in photos.of_case(session, case.key)] == [
        ("report", HASH),
        ("handling", HASH),
    ]


def test_a_photo_belongs_to_a_stage_that_exists(session):
    with pytest.raises(Invalid, match="report"):
        photos.attach(
            session, 1, stage="holiday", hash=HASH, media_type="image/png", size=20, width=4, height=5, at=NOW
        )
