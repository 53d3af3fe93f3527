"""Photos of a task: taken from a form, made harmless, kept under their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from fastapi import Depends, Form, Request, Response
from starlette.datastructures import UploadFile

from api.bodies import require_multipart
from api.cases.photos import MEDIA_TYPE, CleanPhoto, clean
from api.console.pages import go
from api.console.people import SignedIn
from api.console.tasks import can_complete, task_of
from api.pictures import DECODERS
from api.problems import Problem
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import KeyParameter
from workflows.governance import photos
from workflows.runtime.photos import add_photo

if TYPE_CHECKING:
    from pathlib import Path

router = new_router("Console")


async def pictures(request: Request, _staff: SignedIn) -> list[CleanPhoto]:
    """Decoded and encoded anew before the session of the route begins. As strict as with reports."""
    require_multipart(request)
    settings = request.app.state.settings
    async with request.form() as form:
        files = [file for file in form.getlist("photo") if isinstance(file, UploadFile) and file.filename]
        if not files:
            raise Problem(400, "请选择照片")
        if len(files) > settings.max_photos:
            raise Problem(400, f"最多 {settings.max_photos} 张照片", code="TOO_MANY_PHOTOS")
        made = []
        for number, file in enumerate(files, 1):
            data = await file.read()
            made.append(await to_thread.run_sync(clean, data, f"第 {number} 张照片", settings, limiter=DECODERS))
    return made


@router.post("/tasks/{key}/photos")
def post_photos(
    request: Request,
    staff: SignedIn,
    sent: Annotated[list[CleanPhoto], Depends(pictures)],
    session: WriteSession,
    *,
    key: KeyParameter,
    stage: Annotated[str, Form()] = "handling",
) -> Response:
    """Photos of the work, before or after it, for the case of a task that is mine to do."""
    if not can_complete(staff, task_of(session, staff, key)):
        raise Problem(409, "任务已由他人领取或办结", code="TASK_ASSIGNED")
    for picture in sent:
        add_photo(
            session, key, _kept(request.app.state.settings.photo_directory, picture), stage=stage, actor=staff.person
        )
    return go(request, f"/tasks/{key}", "photos")


def _kept(directory: Path, picture: CleanPhoto) -> dict[str, Any]:
    return {
        "hash": photos.keep(directory, picture.content, MEDIA_TYPE),
        "media_type": MEDIA_TYPE,
        "size": len(picture.content),
        "width": picture.width,
        "height": picture.height,
    }
