"""Reporting from a plate's QR code, or without one: a form that needs no account and no JavaScript."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import select
from starlette.datastructures import FormData, UploadFile

from api.bodies import check_form, require_multipart
from api.cases.reporting import Draft, report, with_photos
from api.citizens.pages import FILES, STATIC, address, counted, language, page, qr, wants_json, whats_next
from api.idempotency import KEY, once
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from workflows.governance import cases, catalogue, organisation, spots
from workflows.governance.places import ring
from workflows.store.queries.clocks import next_due
from workflows.store.tables import Spot, Unit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.orm import Session

    from workflows.governance.catalogue import Condition

router = new_router("Citizens")
ACTOR = "public"
SCOPE = f"{ACTOR} POST /cases"  # that of the API: what was sent is one report, whichever way it came
FIELDS = ("condition", "text", "lon", "lat", "unit", "place", "phone")
SECONDS = 3  # nobody chooses and taps faster; programs do


@dataclass(frozen=True)
class Sent:
    """A form as it was sent, its photos made harmless."""

    key: str
    draft: Draft


@router.get("/r")
def get_plain_report() -> Response:
    return RedirectResponse("/r/", 308)


@router.get("/r/sw.js")
def get_service_worker() -> Response:
    """Beside the form, so that its scope is the forms."""
    script = f"const BUILD = '{FILES.build}';\n" + (STATIC / "worker.js").read_text("utf-8")
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/r/")
def get_report_anywhere(request: Request, session: ReadSession) -> Response:
    """Without a plate: the place is where the telephone is, or a community that is chosen."""
    return _form(request, session, None)


@router.get("/r/{code}")
def get_report(request: Request, session: ReadSession, code: str) -> Response:
    return _form(request, session, spots.find(session, code))


async def form_of(request: Request) -> AsyncIterator[FormData]:
    require_multipart(request)
    async with request.form() as form:
        check_form(form)
        _only_people(form)
        yield form


Posted = Annotated[FormData, Depends(form_of)]


async def photos_of(request: Request, form: Posted, _counted: Annotated[None, Depends(counted)]) -> Sent:
    """Read, decoded and encoded anew before the session of the route begins."""
    match = KEY.fullmatch(_text(form, "key"))
    if match is None:
        raise Problem(400, "请重新打开上报页面再提交", code="BAD_IDEMPOTENCY_KEY")
    files = [file for file in form.getlist("photo") if isinstance(file, UploadFile) and file.filename]
    told = {name: _text(form, name) for name in FIELDS} | {"spot": request.path_params.get("code", "")}
    draft = await with_photos(orjson.dumps(told).decode(), files, request.app.state.settings)
    return Sent(match[1], draft)


Received = Annotated[Sent, Depends(photos_of)]


@router.post("/r/")
def post_report_anywhere(request: Request, sent: Received, session: WriteSession) -> Response:
    told = sent.draft.fields
    lon, lat = _chosen(told) or _middle(session, told["unit"])
    return _answer(request, session, sent, {"channel": "web", "lon": lon, "lat": lat, "address": told["place"]})


@router.post("/r/{code}")
def post_report(request: Request, sent: Received, session: WriteSession, code: str) -> Response:
    """Report from a plate. Sent again under the same key, it is the same case."""
    told, spot = sent.draft.fields, spots.find(session, code)
    lon, lat = _chosen(told) or (spot.lon, spot.lat)
    where = " ".join(part for part in (spot.name, spot.address, told["place"]) if part)
    place = {"lon": lon, "lat": lat, "address": where, "spot": spot.code, "placeKind": spot.place_kind}
    return _answer(request, session, sent, {"channel": "qr", **place})


def _form(request: Request, session: Session, spot: Spot | None) -> Response:
    known = catalogue.conditions(session).values()
    majors: dict[str, list[Condition]] = {}
    for condition in known:
        majors.setdefault(condition.major, []).append(condition)
    grid = session.get(Unit, spot.grid) if spot and spot.grid else None
    query = select(Unit.id, Unit.name).where(Unit.kind == "community", Unit.boundary.is_not(None)).order_by(Unit.id)
    return page(
        request,
        "report.html",
        spot=spot,
        grid=grid.name if grid else "",
        tiles=catalogue.tiles(session),
        majors=majors,
        communities=[] if spot else list(session.execute(query)),
        key=secrets.token_urlsafe(16),
        opened=int(time.time()),
        limit=request.app.state.settings.max_photo_bytes // 1024 // 1024,
    )


def _answer(request: Request, session: Session, sent: Sent, place: dict[str, Any]) -> Response:
    told, draft = sent.draft.fields, sent.draft
    condition = catalogue.find(session, told["condition"]) if told["condition"] else None
    if condition is None:
        raise Problem(400, "请先选一类问题")
    fields: dict[str, Any] = {
        "conditionCode": condition.code,
        "text": told["text"].strip() or condition.name,
        "photos": len(draft.photos),
        **place,
        "address": place["address"][: spots.LONGEST_ADDRESS],
        **({"reporter": {"phone": told["phone"]}} if told["phone"] else {}),
    }
    settings = request.app.state.settings
    reply = once(session, SCOPE, sent.key, draft.hash, lambda: report(session, fields, draft.photos, settings, ACTOR))
    case = cases.by_number(session, orjson.loads(reply.body)["number"])
    next = whats_next(request, next_due(session, case.key), case.reported)
    if wants_json(request):
        return JSONResponse({"number": case.number, "code": case.query_code, "next": next}, 201)
    return page(
        request,
        "sent.html",
        201,
        number=case.number,
        code=case.query_code,
        condition=condition.called(language(request)),
        next=next,
        qr=qr(address(request, f"/q#{case.query_code}")),
    )


def _only_people(form: FormData) -> None:
    """A trap instead of a riddle: a field nobody sees, and a form nobody fills in that fast."""
    opened = _text(form, "opened")
    if _text(form, "website") or not opened.isdecimal() or time.time() - int(opened[:12]) < SECONDS:
        raise Problem(400, "提交得太快,或者填了看不见的格子。请返回,稍等几秒再提交", code="NOT_A_PERSON")


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _chosen(told: dict[str, Any]) -> tuple[float, float] | None:
    """Where the telephone says it is; None where it says nothing."""
    try:
        return float(told["lon"]), float(told["lat"])
    except ValueError:
        return None


def _middle(session: Session, unit: str) -> tuple[float, float]:
    """Somewhere in the community that was chosen."""
    found = session.get(Unit, unit) if unit else None
    if found is None or not found.boundary:
        raise Problem(400, "请选择所在社区,或者用手机定位")
    corners = ring(found.boundary)
    middle = (sum(lon for lon, _ in corners) / len(corners), sum(lat for _, lat in corners) / len(corners))
    return middle if organisation.locate(session, *middle).grid else corners[0]
