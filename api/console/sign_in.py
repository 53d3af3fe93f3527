"""Signing in and out, and the language."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.console import first, words
from api.console.pages import go, page
from api.console.people import COOKIE, SignedIn
from api.limits import address_of
from api.permissions import Permission
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from workflows.runtime import staff as accounts
from workflows.runtime.demo import demo, is_empty
from workflows.runtime.first_account import is_settled
from workflows.store import read

router = new_router("Console")
HINT = "bihuan_oidc_hint"  # the provider's token of who came by it, for the end of their session there
YEAR = 365 * 24 * 3600


@router.get("/")
def get_home(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    """The inbox; for an administrator with an empty database the offer to fill it."""
    may = staff.may(Permission.CLOCK_UPDATE) and first.is_offered(request)
    offered = may and is_empty(session) and demo(session).state == "empty"
    return go(request, "/sample" if offered else "/tasks")


@router.get("/login")
def get_login(request: Request, session: ReadSession, next: str = "") -> Response:
    return _sign_in_page(request, next, settled=is_settled(session))


async def proven(
    request: Request, account: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> accounts.Proof:
    """The password checked, where passwords are taken.

    Two at a time, before the session of the route is begun: nobody who writes waits for it.
    """
    state = request.app.state
    state.counts.count(address_of(request))
    if not state.settings.password_sign_in:
        raise Problem(403, "本系统不用口令登录", code="PASSWORDS_OFF")

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
        return _sign_in_page(request, next, status=401, failed=True)
    return let_in(request, token, next)


def let_in(request: Request, token: str, next: str) -> Response:
    """To the page that was asked for, with the cookie of the session."""
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


async def farewell(request: Request) -> str:
    """Where the session at the provider is ended, for who came by it; asked for before a session is taken."""
    state, hint = request.app.state, request.cookies.get(HINT)
    if state.provider is None or not hint:
        return ""
    back = f"{state.settings.public_url}{request.scope['root_path']}/login"

    def ask() -> str:
        parameters = {"id_token_hint": hint, "client_id": state.settings.oidc_client_id}
        address: str = state.provider.end_of_session(**parameters, post_logout_redirect_uri=back)
        return address

    async with state.sign_ins_by_provider:
        return await run_in_threadpool(ask)


@router.post("/logout")
def post_logout(request: Request, elsewhere: Annotated[str, Depends(farewell)], session: WriteSession) -> Response:
    """Out here, and then at the provider if it wants to know: by a page, since forms may not lead to other hosts."""
    accounts.sign_out(session, request.cookies.get(COOKIE, ""))
    answer = page(request, "signed_out.html", elsewhere=elsewhere) if elsewhere else go(request, "/login")
    root = request.scope["root_path"]
    answer.delete_cookie(COOKIE, path=root or "/")
    answer.delete_cookie(HINT, path=f"{root}/logout")
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


def _sign_in_page(
    request: Request, next: str, *, status: int = 200, failed: bool = False, settled: bool = True
) -> Response:
    settings = request.app.state.settings
    return page(
        request,
        "login.html",
        status=status,
        next=next,
        failed=failed,
        settled=settled,
        passwords=settings.password_sign_in,
        # By the public address: the way back leads there, and cookies must be of the same host.
        provider=f"{settings.public_url}{request.scope['root_path']}/oidc" if settings.oidc_issuer else "",
        provider_name=settings.oidc_name,
    )
