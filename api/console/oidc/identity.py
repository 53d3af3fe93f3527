"""Whom an ID token names: its signature and claims checked (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import Key, KeySet, import_key

from api.console.oidc.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

# Asymmetric ones only: with HS256 whoever knows the public key, or the client's secret, could make a token.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
KINDS = ("RSA", "EC", "OKP")
LEEWAY = 60  # seconds by which two clocks may differ
LONGEST = 200  # characters of an account's name


def keys_of(document: Any) -> KeySet:
    """The keys that sign; what is for encryption, symmetric or not understood is left out. Refused without any."""
    found: list[Key] = []
    listed = document.get("keys") if isinstance(document, dict) else None
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("kty") in KINDS and one.get("use", "sig") == "sig":
            with suppress(JoseError, ValueError, KeyError, TypeError):
                found.append(import_key(one))
    if not found:
        raise Refused("away", "jwks")
    return KeySet(found)


def claims_of(token: str, keys: KeySet) -> dict[str, Any]:
    """What a token says that one of these keys signed; JoseError, ValueError where none did."""
    try:
        return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def check(claims: Mapping[str, Any], *, issuer: str, client: str, nonce: str, now: int) -> None:
    """Refused for a token of someone else, for someone else, from another sign-in or from another time."""
    rules = jwt.JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        rules.validate(dict(claims))
    except ClaimError as error:
        raise Refused("clock" if error.claim in {"exp", "iat", "nbf"} else "token", error.claim) from error
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client) != client:
        raise Refused("token", "azp")


def account_of(claims: Mapping[str, Any], claim: str) -> str:
    """The account that the claim names, letter for letter; Refused where it names none."""
    account = claims.get(claim)
    if not isinstance(account, str) or not account.isprintable() or not 0 < len(account) <= LONGEST:
        raise Refused("claim", claim)
    return account
