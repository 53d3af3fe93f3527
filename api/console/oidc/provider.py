"""The provider: what it announces, its keys, and an ID token for a code. Everything that goes over the network."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc.errors import JoseError

from api.console.oidc.identity import claims_of, keys_of
from api.console.oidc.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joserfc.jwk import KeySet

    from api.settings import Settings

TIMEOUT = 5.0
KEPT = 3600.0  # seconds for which what the provider announced is believed
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Announced:
    """The provider's metadata (OpenID Connect Discovery 1.0) and keys, and when they were read."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: float


class Provider:
    """One per server. Its methods wait for the network: never within a transaction."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer
        self._client = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._lock = Lock()
        self._announced: Announced | None = None

    def address(self, endpoint: str, **parameters: str) -> str:
        """Where a browser is sent, which is nowhere but where the issuer's own document says. Refused."""
        target = str(self._known().metadata[endpoint])
        return f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(parameters)}"

    def end_of_session(self, **parameters: str) -> str:
        """Where a browser ends its session there (RP-Initiated Logout 1.0); empty where that cannot be."""
        with suppress(Refused):
            if "end_session_endpoint" in self._known().metadata:
                return self.address("end_session_endpoint", **parameters)
        return ""

    def check_issuer(self, named: str | None) -> None:
        """An answer that names its issuer names this one, and names one if it was announced (RFC 9207). Refused."""
        announced = self._known().metadata.get("authorization_response_iss_parameter_supported") is True
        if (named is not None or announced) and named != self.issuer:
            raise Refused("token", "iss")

    def redeem(self, code: str, *, verifier: str, redirect: str) -> str:
        """The ID token for a code, not checked yet. Refused."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        metadata = self._known().metadata
        ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = None
        if self._secret and "client_secret_basic" in ways:
            basic = (quote(self._client, safe=""), quote(self._secret, safe=""))  # RFC 6749, 2.3.1
        else:
            form |= {"client_id": self._client} | ({"client_secret": self._secret} if self._secret else {})
        answer = self._ask("POST", metadata["token_endpoint"], data=form, auth=basic)
        document = _json(answer)
        if answer.status_code in {400, 401, 403}:
            error = str(document.get("error", ""))
            raise Refused("code" if error == "invalid_grant" else "client", error)
        token = document.get("id_token")
        if answer.status_code != httpx.codes.OK or not isinstance(token, str):
            raise Refused("away", "id_token")
        return token

    def claims(self, token: str) -> dict[str, Any]:
        """What an ID token says. Keys are read anew once where none of those known has signed it. Refused."""
        try:
            return claims_of(token, self._known().keys)
        except (JoseError, ValueError):
            try:
                return claims_of(token, self._known(anew=True).keys)
            except (JoseError, ValueError) as error:
                raise Refused("token", getattr(error, "error", "signature")) from error

    def _known(self, *, anew: bool = False) -> Announced:
        with self._lock:
            known = self._announced
            if known is None or anew or time.monotonic() - known.at > KEPT:
                known = self._announced = self._read()
            return known

    def _read(self) -> Announced:
        metadata = self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.issuer:
            raise Refused("away", "issuer")
        for name in NEEDED:
            self._require_address(metadata, name)
        if metadata.get("end_session_endpoint") is not None:
            self._require_address(metadata, "end_session_endpoint")
        else:
            metadata.pop("end_session_endpoint", None)
        return Announced(metadata, keys_of(self._fetch(metadata["jwks_uri"])), time.monotonic())

    def _require_address(self, metadata: Mapping[str, Any], name: str) -> None:
        """An address on the web, encrypted where the issuer's is."""
        parts = urlsplit(value if isinstance(value := metadata.get(name), str) else "")
        if not parts.hostname or parts.scheme not in {"https", urlsplit(self.issuer).scheme}:
            raise Refused("away", name)

    def _fetch(self, address: str) -> dict[str, Any]:
        answer = self._ask("GET", address)
        if answer.status_code != httpx.codes.OK:
            raise Refused("away", str(answer.status_code))
        return _json(answer)

    def _ask(self, method: str, address: str, **more: Any) -> httpx.Response:
        """No redirect is followed: a secret goes where the document says and no further."""
        try:
            with httpx.Client(timeout=TIMEOUT, headers={"accept": "application/json"}) as client:
                return client.request(method, address, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Refused("away", type(error).__name__) from error


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except (ValueError, RecursionError) as error:
        raise Refused("away", "json") from error
    if not isinstance(document, dict):
        raise Refused("away", "json")
    return document
