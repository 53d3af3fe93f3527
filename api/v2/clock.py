"""The clock: pinned for tests and rehearsals, where the settings allow it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import Field

from api.permissions import Actor, Permission, needs
from api.problems import Problem
from api.replies import no_content
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Clock", "/v2")
LAST = 4_102_444_800_000  # 2100-01-01


async def _allowed(request: Request) -> None:
    if not request.app.state.settings.clock_control:
        raise Problem(403, "这台服务器不允许拨动时钟(设置 BIHUAN_CLOCK_CONTROL)", code="CLOCK_CONTROL_OFF")


DEPENDENCIES = [needs(Permission.CLOCK_UPDATE), Depends(_allowed)]


class Pin(Strict):
    timestamp: Annotated[int, Field(ge=0, le=LAST, description="Milliseconds since 1970.", examples=[1772413200000])]


@router.put("/clock", dependencies=DEPENDENCIES, status_code=204)
def pin_clock(session: WriteSession, actor: Actor, body: Pin) -> Response:
    """Stop the clock at a moment. Whatever is due then fires with the next sweep."""
    runtime.pin_clock(session, datetime.fromtimestamp(body.timestamp / 1000, UTC), actor=actor)
    return no_content()


@router.post("/clock/reset", dependencies=DEPENDENCIES, status_code=204)
def reset_clock(session: WriteSession, actor: Actor) -> Response:
    """Let the clock run again, from now."""
    runtime.reset_clock(session, actor=actor)
    return no_content()
