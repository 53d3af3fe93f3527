"""Reporting a problem: open to everyone, with or without photos, sent once however often it arrives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from typing_extensions import TypedDict

from api.bodies import check_form, is_multipart, json_body, parse_json
from api.cases.photos import MEDIA_TYPE, CleanPhoto, clean
from api.idempotency import Key, once
from api.limits import Visitor
from api.permissions import Permission, allows, public
from api.pictures import DECODERS
from api.problems import Problem
from api.routing import new_router
from api.sessions import WriteSession
from api.settings import Settings
from workflows import runtime
from workflows.governance import cases, photos
from workflows.governance.submissions import SCHEMA

router = new_router("Case", "/cases")

PUBLIC_CHANNELS = ("qr", "web")


@dataclass(frozen=True)
class Draft:
    """A report as it was sent, its photos made harmless. ``hash`` tells whether the same is sent again."""

    fields: dict[str, Any]
    photos: list[CleanPhoto]
    hash: str


async def draft(request: Request) -> Draft:
    """From JSON, or from a form with the JSON in ``report`` and files in ``photos``."""
    if not is_multipart(request):
        return Draft(_fields(await json_body(request)), [], hashlib.sha256(await request.body()).hexdigest())
    async with request.form() as form:
        check_form(form)
        text = form.get("report")
        if not isinstance(text, str):
            raise Problem(400, "表单里要有 report:上报内容的 JSON", code="REPORT_MISSING")
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        return await with_photos(text, files, request.app.state.settings)


async def with_photos(text: str, files: list[UploadFile], settings: Settings) -> Draft:
    """Every photo decoded and encoded anew, outside of any session."""
    fields = _fields(parse_json(text.encode()))
    if len(files) > settings.max_photos:
        raise Problem(400, f"最多 {settings.max_photos} 张照片", code="TOO_MANY_PHOTOS")
    digest = hashlib.sha256(text.encode())
    pictures = []
    for number, file in enumerate(files, 1):
        data = await file.read()
        digest.update(hashlib.sha256(data).digest())
        pictures.append(await to_thread.run_sync(clean, data, f"第 {number} 张照片", settings, limiter=DECODERS))
    return Draft(fields, pictures, digest.hexdigest())


def _fields(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Problem(400, "上报内容必须是 JSON 对象", code="NOT_AN_OBJECT")
    return value


BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": SCHEMA,
            "example": {
                "channel": "web",
                "conditionCode": "C0302-01",
                "text": "果皮箱满溢,周围有散落垃圾",
                "address": "乐坪大道中段",
                "lon": 111.9945,
                "lat": 27.7281,
            },
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["report"],
                "properties": {
                    "report": {"type": "string", "contentMediaType": "application/json"},
                    "photos": {"type": "array", "items": {"type": "string", "contentMediaType": "image/jpeg"}},
                },
            }
        },
    },
}


class Reported(TypedDict):
    number: Annotated[str, Field(examples=["2026-000012"])]
    queryCode: Annotated[str, Field(description="Shows the progress of the case, with its number.")]
    state: cases.State
    step: cases.Step


@router.post(
    "",
    status_code=201,
    response_model=Reported,
    dependencies=[public("任何人都可以上报问题")],
    openapi_extra={"requestBody": BODY},
    responses={201: {"description": "The number and the query code to look the case up with."}},
)
def report_case(
    request: Request,
    caller: Visitor,
    key: Key,
    sent: Annotated[Draft, Depends(draft)],
    session: WriteSession,
) -> Response:
    """Report a problem. Its handling starts at once. 422 when the key was used for something else."""
    actor = f"client:{caller.client_id}" if caller else "public"
    fields = sent.fields
    if caller is None or not allows(caller, Permission.CASE_REPORT):
        fields = _of_the_public(fields, len(sent.photos))
    elif sent.photos:
        fields = fields | {"photos": len(sent.photos)}
    settings = request.app.state.settings
    scope = f"{actor} POST /cases"
    return once(session, scope, key, sent.hash, lambda: report(session, fields, sent.photos, settings, actor))


def _of_the_public(fields: dict[str, Any], photo_count: int) -> dict[str, Any]:
    """Whoever has no credentials reports for himself, and has as many photos as he sends."""
    channel = fields.get("channel", "web")
    if channel not in PUBLIC_CHANNELS:
        detail = f"/channel:公众上报的渠道只能是 {' '.join(PUBLIC_CHANNELS)}"
        raise Problem(400, detail, errors=[{"pointer": "/channel", "detail": detail}])
    return fields | {"channel": channel, "photos": photo_count}


def report(
    session: Session, fields: dict[str, Any], pictures: list[CleanPhoto], settings: Settings, actor: str
) -> dict[str, Any]:
    """Make a case of it and start its handling: what the reporter is answered."""
    now = runtime.now(session)
    case = cases.report(session, fields, now=now)
    for picture in pictures:
        photos.attach(
            session,
            case.key,
            stage="report",
            hash=photos.keep(settings.photo_directory, picture.content, MEDIA_TYPE),
            media_type=MEDIA_TYPE,
            size=len(picture.content),
            width=picture.width,
            height=picture.height,
            at=now,
        )
    runtime.start_process(
        session,
        process_id=settings.case_process,
        variables={"case": cases.variables(case)},
        business_id=case.number,
        case_id=case.key,
        actor=actor,
    )
    return {"number": case.number, "queryCode": case.query_code, "state": case.state, "step": case.step}
