"""Bringing evidence: a file, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from api.bodies import check_form, parse_json, require_multipart
from api.evidence.files import clean
from api.evidence.reading import EvidenceResult, shown
from api.moments import Moment
from api.permissions import Actor, Permission, needs
from api.pictures import DECODERS
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import KEY
from api.v2.searching import Strict
from workflows import runtime
from workflows.governance import cases
from workflows.governance.evidence import KINDS, CleanFile, Stated

router = new_router("Evidence", "/evidence")


class Statement(Strict):
    """What is said of a piece of evidence. It belongs to a case, or to a process instance, or to both."""

    kind: str = Field(json_schema_extra={"enum": list(KINDS)}, examples=["audio-visual"])
    title: str = Field(min_length=1, max_length=200, examples=["门前占道经营，现场照片"])
    caseNumber: str | None = Field(default=None, max_length=50, examples=["2026-000123"])
    processInstanceKey: str | None = Field(default=None, max_length=19)
    takenAt: Moment | None = Field(default=None, description="When it was taken; held against what the file says.")
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    electronic: bool = Field(
        default=False, description="Recorded by technical monitoring equipment: used only when it was audited (41)."
    )


@dataclass(frozen=True)
class Brought:
    said: Statement
    file: CleanFile


async def brought(request: Request) -> Brought:
    """From a form with the JSON in ``evidence`` and one file in ``file``, made harmless before a session is taken."""
    require_multipart(request)
    async with request.form() as form:
        check_form(form)
        text, file = form.get("evidence"), form.get("file")
        if not isinstance(text, str) or not isinstance(file, UploadFile):
            raise Problem(400, "表单里要有 evidence(说明的 JSON)和 file(一个文件)", code="EVIDENCE_MISSING")
        said = _statement(parse_json(text.encode()))
        data = await file.read()
        declared = file.content_type or ""
    settings = request.app.state.settings
    return Brought(said, await to_thread.run_sync(clean, data, declared, settings, limiter=DECODERS))


def _statement(value: Any) -> Statement:
    try:
        said = Statement.model_validate(_floats(value))
    except ValidationError as error:
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in error.errors()]) from error
    if (said.lon is None) != (said.lat is None):
        raise Problem(400, "/lon:经度和纬度要一起写", errors=[{"pointer": "/lon", "detail": "经度和纬度要一起写"}])
    return said


def _floats(value: Any) -> Any:
    """Coordinates are exact decimals as they are read; here they need not be."""
    if not isinstance(value, dict):
        return value
    return {name: _float(one) if name in {"lon", "lat"} else one for name, one in value.items()}


def _float(value: Any) -> Any:
    return value if isinstance(value, bool | str | dict | list | None) else float(value)


BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["evidence", "file"],
                "properties": {
                    "evidence": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentSchema": Statement.model_json_schema(),
                        "examples": ['{"kind": "audio-visual", "title": "现场照片", "caseNumber": "2026-000123"}'],
                    },
                    "file": {
                        "type": "string",
                        "contentMediaType": "application/octet-stream",
                        "description": "JPEG, PNG, WebP, PDF or UTF-8 text.",
                    },
                },
            },
            "encoding": {"evidence": {"contentType": "application/json"}},
        }
    },
}


@router.post(
    "",
    dependencies=[needs(Permission.EVIDENCE_CREATE)],
    response_model=EvidenceResult,
    openapi_extra={"requestBody": BODY},
)
def bring_evidence(
    request: Request, brought: Annotated[Brought, Depends(brought)], session: WriteSession, actor: Actor
) -> Response:
    """Bring a file as evidence. What its own time and place contradict is flagged; the same again is the first one."""
    directory = request.app.state.settings.evidence_directory
    row = runtime.add_evidence(session, directory, brought.file, _stated(session, brought.said), actor=actor)
    return Reply(shown(session, row))


def _stated(session: Session, said: Statement) -> Stated:
    return Stated(
        kind=said.kind,
        title=said.title,
        case_key=None if said.caseNumber is None else cases.by_number(session, said.caseNumber).key,
        process_instance_key=None if said.processInstanceKey is None else _key(said.processInstanceKey),
        taken=said.takenAt,
        point=None if said.lon is None or said.lat is None else (said.lon, said.lat),
        electronic=said.electronic,
    )


def _key(text: str) -> int:
    try:
        return int(KEY.read(text))
    except ValueError as error:
        pointer = "/processInstanceKey"
        raise Problem(400, f"{pointer}:{error}", errors=[{"pointer": pointer, "detail": str(error)}]) from error
