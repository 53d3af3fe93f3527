"""What comes with the form of a task: what was typed, and photos, made harmless and kept under their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from anyio import to_thread
from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from api.cases.photos import MEDIA_TYPE, CleanPhoto, clean
from api.console.people import SignedIn
from api.pictures import DECODERS
from api.problems import Problem
from workflows.governance import photos
from workflows.runtime.photos import add_photo

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PHOTO, STAGE = "/photo", "/photo-stage"  # beside the fields of the task, of which none is named like that


class Sent(NamedTuple):
    """A form as it was sent. A photo that is none is told of by the page that has the rest of what was typed."""

    form: FormData
    photos: list[CleanPhoto]
    refused: Problem | None


async def sent(request: Request, _staff: SignedIn) -> Sent:
    """Decoded and encoded anew before the session of the route begins. As strict as with reports."""
    settings = request.app.state.settings
    made: list[CleanPhoto] = []
    async with request.form() as form:
        files = [file for file in form.getlist(PHOTO) if isinstance(file, UploadFile) and file.filename]
        if len(files) > settings.max_photos:
            return Sent(form, [], Problem(400, f"最多 {settings.max_photos} 张照片", code="TOO_MANY_PHOTOS"))
        for number, file in enumerate(files, 1):
            data = await file.read()
            try:
                one = await to_thread.run_sync(clean, data, f"第 {number} 张照片", settings, limiter=DECODERS)
            except Problem as refused:
                return Sent(form, [], refused)
            made.append(one)
    return Sent(form, made, None)


Given = Annotated[Sent, Depends(sent)]


def attach(request: Request, session: Session, task: int, given: Sent, *, actor: str) -> None:
    """The photos to the case of the task; the problem with them, where there is one."""
    if given.refused:
        raise given.refused
    for picture in given.photos:
        kept = {
            "hash": photos.keep(request.app.state.settings.photo_directory, picture.content, MEDIA_TYPE),
            "media_type": MEDIA_TYPE,
            "size": len(picture.content),
            "width": picture.width,
            "height": picture.height,
        }
        add_photo(session, task, kept, stage=str(given.form.get(STAGE, "handling")), actor=actor)
