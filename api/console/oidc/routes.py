"""To the provider and back: each way has its state, nonce and verifier in a short signed cookie of the way back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.console.oidc.identity import account_of, check
from api.console.oidc.refused import REASONS, Refused
from api.console.pages import page
from api.console.people import COOKIE
from api.console.sign_in import HINT, is_path, let_in
from api.limits import address_of
from api.problems import Problem
from api.routing import new_router
from api.sessions import WriteSession
from workflows.runtime import staff as accounts

if TYPE_CHECKING:
    from api.console.oidc.provider import Provider

log = logging.getLogger(__name__)
router = new_router("Console")
WAY = "bihuan_oidc"
WAY_SECONDS = 600
BACK = "/oidc/callback"
PURPOSE = "oidc-"  # of a ticket: no other kind begins so
LARGEST_HINT = 3500  # browsers keep cookies of 4 KiB


@dataclass(frozen=True, slots=True)
class Way:
    """What must come back, and where one wanted to go."""

    state: str
    nonce: str
    verifier: str
    next: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for, with its token, and where they wanted to go."""

    account: str
    token: str
    next: str


async def provider(request: Request) -> Provider:
    """The provider of this server; the address is nobody's where there is none."""
    request.app.state.counts.count(address_of(request))
    found: Provider | None = request.app.state.provider
    if found is None:
        raise Problem(404, "没有这个地址")
    return found


TheProvider = Annotated["Provider", Depends(provider)]


@router.get("/oidc")
async def get_oidc(request: Request, provider: TheProvider, next: str = "", *, other: bool = False) -> Response:
    """To the provider. ``other``: it asks again who one is, for whoever came with the wrong account."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    way = Way(state, nonce, verifier, next if is_path(next) else "/")
    settings = request.app.state.settings
    challenge = base64.urlsafe_b64encode(hashlib.sha256(way.verifier.encode()).digest()).rstrip(b"=").decode()
    parameters = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": redirect_uri(request),
        "scope": settings.oidc_scopes,
        "state": way.state,
        "nonce": way.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    } | ({"prompt": "login"} if other else {})
    async with request.app.state.sign_ins_by_provider:
        address = await run_in_threadpool(provider.address, "authorization_endpoint", **parameters)
    answer = RedirectResponse(address, 303)
    content = base64.urlsafe_b64encode(json.dumps(asdict(way)).encode()).rstrip(b"=").decode()
    answer.set_cookie(
        WAY,
        request.app.state.keyring.ticket(PURPOSE + content, WAY_SECONDS),
        max_age=WAY_SECONDS,
        path=request.scope["root_path"] + BACK,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


async def vouched(
    request: Request,
    provider: TheProvider,
    *,
    state: str = "",
    code: str = "",
    error: str = "",
    iss: str | None = None,
) -> Vouched:
    """The answer checked, before the session of the route is begun: nobody who writes waits for the network."""
    way = _way(request)
    if way is None or not hmac.compare_digest(way.state.encode(), state.encode("utf-8", "replace")):
        raise Refused("state")
    settings, back = request.app.state.settings, redirect_uri(request)

    def ask() -> Vouched:
        provider.check_issuer(iss)
        if error or not code:
            raise Refused("declined", error)
        token = provider.redeem(code, verifier=way.verifier, redirect=back)
        claims = provider.claims(token)
        check(claims, issuer=provider.issuer, client=settings.oidc_client_id, nonce=way.nonce, now=int(time.time()))
        return Vouched(account_of(claims, settings.oidc_claim), token, way.next)

    async with request.app.state.sign_ins_by_provider:
        return await run_in_threadpool(ask)


@router.get(BACK)
def get_oidc_callback(
    request: Request, provider: TheProvider, found: Annotated[Vouched, Depends(vouched)], session: WriteSession
) -> Response:
    """Back from the provider: signed in with an account that is already known here, or told why not."""
    previous = request.cookies.get(COOKIE, "")
    token, reason = accounts.admit(session, found.account, provider=provider.issuer, previous=previous)
    if not token:
        return refuse(request, Refused(reason), found.account)
    answer = let_in(request, token, found.next)
    root, secure = request.scope["root_path"], request.url.scheme == "https"
    if len(found.token) <= LARGEST_HINT:
        answer.set_cookie(HINT, found.token, path=f"{root}/logout", httponly=True, samesite="lax", secure=secure)
    answer.delete_cookie(WAY, path=root + BACK)
    return answer


def refuse(request: Request, refused: Refused, account: str = "") -> Response:
    """The page that says why, in plain words; the way is spent whatever came of it."""
    log.warning("sign-in by the provider refused: %s %s", refused.reason, refused.detail)
    answer = page(
        request,
        "oidc_refused.html",
        status=REASONS[refused.reason],
        refused=refused,
        account=account,
        claim=request.app.state.settings.oidc_claim,
    )
    answer.delete_cookie(WAY, path=request.scope["root_path"] + BACK)
    return answer


def redirect_uri(request: Request) -> str:
    return f"{request.app.state.settings.public_url}{request.scope['root_path']}{BACK}"


def _way(request: Request) -> Way | None:
    """The way that this browser went, if the cookie is ours and not over."""
    subject = request.app.state.keyring.subject_of(request.cookies.get(WAY, "")) or ""
    if not subject.startswith(PURPOSE):
        return None
    content = subject.removeprefix(PURPOSE)
    return Way(**json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))))
