"""Signing in and out, and the language."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.console import first, words
from api.console.pages import go, page
from api.console.people import COOKIE, SignedIn
from api.permissions import Permission
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from workflows.runtime import staff as accounts
from workflows.runtime.demo import demo, is_empty
from workflows.runtime.first_account import is_settled
from workflows.store import read

router = new_router("Console")
YEAR = 365 * 24 * 3600


@router.get("/")
def get_home(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """The inbox; for an administrator with an empty database the offer to fill it."""
    may = staff.may(Permission.CLOCK_UPDATE) and first.is_offered(request)
    offered = may and is_empty(session) and demo(session).state == "empty"
    return go(request, "/sample" if offered else "/tasks")


@router.get("/login")
def get_login(request: Request, session: ReadSession, next: str = "") -> Response:
    return page(request, "login.html", next=next, failed=False, settled=is_settled(session))


async def proven(
    request: Request, account: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> accounts.Proof:
    """The password checked, two at a time, before the session of the route is begun: nobody who writes waits for it."""
    state = request.app.state
    state.counts.count(request.client.host if request.client else "")

    def prove() -> accounts.Proof:
        with read(state.database) as session:
            return accounts.prove(session, account.strip(), password)

    async with state.sign_ins:
        return await run_in_threadpool(prove)


@router.post("/login")
def post_login(
    request: Request,
    proof: Annotated[accounts.Proof, Depends(proven)],
    session: WriteSession,
    next: Annotated[str, Form()] = "",
) -> Response:
    """Every failure is answered alike, whether the name, the password or the moment was wrong."""
    token = accounts.sign_in(session, proof, previous=request.cookies.get(COOKIE, ""))
    if token is None:
        return page(request, "login.html", status=401, next=next, failed=True, settled=True)
    answer = go(request, next if is_path(next) else "/")
    # For this path alone: the API never sees it, so no page of another site can use the API with it.
    answer.set_cookie(
        COOKIE,
        token,
        path=request.scope["root_path"] or "/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
def post_logout(request: Request, session: WriteSession) -> Response:
    accounts.sign_out(session, request.cookies.get(COOKIE, ""))
    answer = go(request, "/login")
    answer.delete_cookie(COOKIE, path=request.scope["root_path"] or "/")
    return answer


@router.post("/language")
def post_language(
    request: Request, language: Annotated[str, Form()] = "", next: Annotated[str, Form()] = ""
) -> Response:
    answer = RedirectResponse(request.scope["root_path"] + (next if is_path(next) else "/"), 303)
    if language in words.CATALOGUES:
        answer.set_cookie(
            words.COOKIE, language, max_age=YEAR, path=request.scope["root_path"] or "/", samesite="lax", httponly=True
        )
    return answer


def is_path(text: str) -> bool:
    """A path of this console, and nothing a browser takes for another host."""
    return text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
