"""A small OpenID provider with real keys: it asks who one is, checks the redirect, the client and PKCE, and signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

CLIENT, SECRET = "bihuan", "s:ecret &%"  # what an encoding is needed for


@cache
def _key(kid: str, use: str) -> RSAKey:
    """Made once: that takes a quarter of a second."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": use})


class Provider:
    """What a test sets wrong is wrong until ``reset``."""

    def __init__(self) -> None:
        self.url = ""
        self.redirects: set[str] = set()
        self.reset()

    def reset(self) -> None:
        self.keys = [_key("first", "sig")]
        self.codes: dict[str, dict[str, str]] = {}
        self.requests: list[str] = []
        self.ended: list[dict[str, str]] = []
        self.announced: dict[str, Any] = {}  # over what is announced; None leaves out
        self.claims: dict[str, Any] = {}  # over the claims; None leaves out
        self.answered: dict[str, str] = {}  # over what comes back by the browser
        self.down: set[str] = set()
        self.sign: Callable[[dict[str, Any]], str] = self.properly

    @property
    def key(self) -> Any:
        return self.keys[-1]

    def rotate(self, kind: type[RSAKey | ECKey] = RSAKey) -> None:
        """A new key signs; the old one is no longer published."""
        self.keys = [kind.generate_key(2048 if kind is RSAKey else "P-256", {"kid": secrets.token_hex(4)})]

    def properly(self, claims: dict[str, Any]) -> str:
        alg = "RS256" if self.key.key_type == "RSA" else "ES256"
        return jwt.encode({"alg": alg, "kid": self.key.kid}, claims, self.key, algorithms=[alg])

    def with_a_foreign_key(self, claims: dict[str, Any]) -> str:
        foreign = _key("foreign", "sig")
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, foreign)

    def with_the_public_key_as_a_secret(self, claims: dict[str, Any]) -> str:
        """The confusion of algorithms: HS256 with what everybody can read."""
        return self._by_secret(claims, self.key.as_pem(private=False))

    def with_the_secret_of_the_client(self, claims: dict[str, Any]) -> str:
        return self._by_secret(claims, SECRET.encode())

    def _by_secret(self, claims: dict[str, Any], secret: bytes) -> str:
        """By hand: a library knows better."""
        signed = f"{_part({'alg': 'HS256', 'kid': self.key.kid})}.{_part(claims)}"
        return f"{signed}.{_text(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def unsigned(self, claims: dict[str, Any]) -> str:
        return f"{_part({'alg': 'none'})}.{_part(claims)}."

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize, methods=["GET", "POST"]),
                Route("/token", self.token, methods=["POST"]),
                Route("/logout", self.logout),
            ]
        )

    def _seen(self, request: Request) -> None:
        name = request.url.path.rpartition("/")[2]
        self.requests.append(name)
        if name in self.down:
            raise RuntimeError("down, as the test asked for")

    async def metadata(self, request: Request) -> Response:
        self._seen(request)
        found = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "authorization_response_iss_parameter_supported": True,
        } | self.announced
        return JSONResponse({name: value for name, value in found.items() if value is not None})

    async def jwks(self, request: Request) -> Response:
        """Beside the keys that sign what clients must not trip over."""
        self._seen(request)
        others = [
            _key("for-encryption", "enc").as_dict(private=False),
            {"kty": "AKP", "kid": "of-the-future", "alg": "ML-DSA-65", "pub": "AA"},
            {"kty": "oct", "kid": "never", "k": "AAAA"},
            {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "!", "y": "!"},
        ]
        return JSONResponse({"keys": [*others, *KeySet(self.keys).as_dict(private=False)["keys"]]})

    async def authorize(self, request: Request) -> Response:
        """A form that asks for the name; sent, it goes back with a code."""
        self._seen(request)
        asked = dict(request.query_params)
        right = asked.get("client_id") == CLIENT and asked.get("redirect_uri") in self.redirects
        if not right or asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return HTMLResponse("refused", 400)
        if request.method == "GET":
            return HTMLResponse('<form method="post"><input name="user" id="user"><button>Sign in</button></form>')
        user = (await request.form())["user"]
        self.codes[code := secrets.token_urlsafe(16)] = asked | {"user": str(user)}
        back = {"code": code, "state": asked["state"], "iss": self.url} | self.answered
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 303)

    async def token(self, request: Request) -> Response:
        """A code counts once, for the client and the verifier that it was made for."""
        self._seen(request)
        form = await request.form()
        name, _, secret = base64.b64decode(request.headers.get("authorization", "")[6:]).decode().partition(":")
        if (name, secret) != (CLIENT, "s%3Aecret%20%26%25"):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if asked is None or asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge"] != _text(digest):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": f"subject of {asked['user']}",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "preferred_username": asked["user"],
        } | self.claims
        signed = self.sign({name: value for name, value in claims.items() if value is not None})
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": signed})

    async def logout(self, request: Request) -> Response:
        self._seen(request)
        self.ended.append(dict(request.query_params))
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 303)


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
