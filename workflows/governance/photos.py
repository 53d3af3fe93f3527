"""Photos: files in the data directory under their hash, and a row that says whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workflows.governance import files
from workflows.governance.cases import Step
from workflows.store.errors import Invalid, NotFound
from workflows.store.tables.governance import Photo

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

STAGES = {"report": "上报", "handling": "处置", "inspection": "核查"}
#: What a photo shows that is taken in a step: what was found on the spot, the work, or how it was checked.
OF_STEP = {
    Step.SUBMITTED: "report",
    Step.ACCEPTED: "report",
    Step.HANDLED: "handling",
    Step.CALLED_BACK: "inspection",
    Step.EVALUATED: "inspection",
}
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


def keep(directory: Path, content: bytes, media_type: str) -> str:
    """Write an image once, whole or not at all; returns its hash. Who calls has checked that it is one."""
    return files.keep(directory, content, _ending(media_type))


def path_of(directory: Path, photo: Photo) -> Path:
    """Where a photo lies; NotFound where its file is lost: a backup without the photos, say."""
    path = files.path_of(directory, photo.hash, _ending(photo.media_type))
    if not path.is_file():
        raise NotFound("这张照片的文件不在服务器上")
    return path


def _ending(media_type: str) -> str:
    if media_type not in _ENDINGS:
        raise Invalid(f"照片只能是 {'、'.join(_ENDINGS)}")
    return _ENDINGS[media_type]


def attach(
    session: Session,
    case_key: int,
    *,
    stage: str,
    hash: str,
    media_type: str,
    size: int,
    width: int,
    height: int,
    at: datetime,
) -> Photo:
    """The photo belongs to this stage of the case; the same picture twice counts once."""
    if stage not in STAGES:
        raise Invalid(f"照片只能属于 {'、'.join(STAGES)}")
    same = select(Photo).where(Photo.case_key == case_key, Photo.stage == stage, Photo.hash == hash)
    photo = session.scalars(same).one_or_none()
    if photo is None:
        photo = Photo(
            case_key=case_key,
            stage=stage,
            hash=hash,
            media_type=media_type,
            size=size,
            width=width,
            height=height,
            stored=at,
        )
        session.add(photo)
        session.flush()
    return photo


def of_case(session: Session, case_key: int) -> list[Photo]:
    return list(session.scalars(select(Photo).where(Photo.case_key == case_key).order_by(Photo.id)))
