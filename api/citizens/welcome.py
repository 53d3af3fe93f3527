"""The first page, and how the pages are shown: language, and large print for the elderly."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from api.citizens.pages import DISPLAY, LANGUAGE, WORDS, page
from api.routing import new_router

router = new_router("Citizens")
YEAR = 365 * 24 * 3600


@router.get("/")
def get_welcome(request: Request) -> Response:
    return page(request, "welcome.html")


@router.post("/display")
def post_display(
    *,
    words: Annotated[str, Form()] = "",
    size: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Remembered by the browser. ``back`` is a path of ours: nothing leads to another host from here."""
    inside = back if back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() else "/"
    answer = RedirectResponse(inside, 303)
    if words in WORDS:
        answer.set_cookie(LANGUAGE, words, max_age=YEAR, samesite="lax", httponly=True)
    if size in {"large", "normal"}:
        answer.set_cookie(DISPLAY, size, max_age=YEAR, samesite="lax", httponly=True)
    return answer
