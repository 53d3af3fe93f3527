"""The wall: the overview on a large screen that nobody touches, for who is signed in or holds a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, StreamingResponse

from api.console.live import stream
from api.console.overview import board
from api.console.pages import page
from api.console.people import COOKIE, SignedOut, recognise, require
from api.console.scope import seen_by
from api.console.shown import unit_titles
from api.limits import address_of
from api.permissions import Permission, Role
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession
from workflows.store.queries.overview import boundaries, escalations

if TYPE_CHECKING:
    from api.auth import Caller

router = new_router("Console")
KEY = "bihuan_wall"
YEAR = 365 * 24 * 3600
TICKER = 12  # escalations that are told


async def onlooker(request: Request) -> None:
    """Whoever holds the key of a screen, or is signed in and may see the clocks."""
    if await holder(request, request.cookies.get(KEY, "")) is not None:
        return
    staff = await recognise(request, keep=False)
    if staff is None:
        raise SignedOut
    request.state.staff = staff
    require(staff, Permission.WALL_READ)


async def holder(request: Request, key: str) -> Caller | None:
    """The API client whose secret this is, if it may see the wall and nothing else: addresses end up in logs."""
    if not key:
        return None
    keyring, credentials = request.app.state.keyring, f"Bearer {key}"
    caller: Caller | None = keyring.remembered(credentials) or await run_in_threadpool(keyring.recognise, credentials)
    return caller if caller is not None and caller.roles == (Role.WALL,) else None


@router.get("/wall", dependencies=[Depends(onlooker)])
def get_wall(request: Request, session: ReadSession, by: str = "open") -> Response:
    """Counts, map, steps, units and what escalated last: no person, no address, no text of a citizen."""
    staff = getattr(request.state, "staff", None)  # a screen with a key shows the city
    seen = seen_by(session, staff) if staff else None
    rungs = escalations(session, TICKER, seen)
    titles = unit_titles(session, {rung.recipient for rung in rungs})
    return page(request, "wall.html", **board(session, by, seen), within=seen is not None, rungs=rungs, titles=titles)


@router.get("/wall/grids.json", dependencies=[Depends(onlooker)])
def get_wall_grids(session: ReadSession) -> Response:
    return Reply(boundaries(session), headers={"Cache-Control": "private, max-age=300"})


@router.get("/wall/live", dependencies=[Depends(onlooker)])
async def get_wall_live(request: Request) -> StreamingResponse:
    async def allowed() -> bool:
        try:
            await onlooker(request)
        except Problem:
            return False
        return True

    return stream(request, request.cookies.get(KEY) or request.cookies[COOKIE], allowed)


@router.get("/wall/{key}")
async def get_wall_by_key(request: Request, key: str) -> Response:
    """The address that is typed into a screen once: the key goes into a cookie of these pages and out of sight."""
    request.app.state.counts.count(address_of(request))
    if await holder(request, key) is None:
        raise Problem(404, "没有这块大屏,或者它的钥匙已经作废", code="WALL_KEY_INVALID")
    path = f"{request.scope['root_path']}/wall"
    answer = RedirectResponse(path, 303)
    answer.set_cookie(
        KEY, key, max_age=YEAR, path=path, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return answer
