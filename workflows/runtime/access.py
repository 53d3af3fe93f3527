"""API clients: programs that may call the API, with a secret of 256 random bits that is kept as a hash only."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING

from workflows.runtime.clock import now
from workflows.runtime.errors import Conflict, Invalid, NotFound
from workflows.store.tables import ApiClient

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")  # no dot: it parts the id from the rest of a secret


class ClientExists(Conflict):
    """已有同名的接口客户端。"""

    code = "CLIENT_EXISTS"


class BadClientId(Invalid):
    """接口客户端的编号只能用小写字母、数字、- 和 _,最长 63 个字符。"""

    code = "BAD_CLIENT_ID"


def create_api_client(session: Session, id: str, *, name: str, roles: Collection[str]) -> str:
    """Returns the secret, which is also its bearer token: the only time anyone sees it."""
    if not CLIENT_ID.fullmatch(id):
        raise BadClientId
    if session.get(ApiClient, id) is not None:
        raise ClientExists
    secret = _new_secret(id)
    client = ApiClient(
        id=id, name=name, secret_hash=digest(secret), roles=sorted(roles), created=now(session), disabled=False
    )
    session.add(client)
    session.flush()
    return secret


def renew_secret(session: Session, id: str) -> str:
    """A new secret; the old one and every access token made with it are dead."""
    client = session.get(ApiClient, id)
    if client is None:
        raise NotFound(f"没有接口客户端 {id}")
    secret = _new_secret(id)
    client.secret_hash = digest(secret)
    session.flush()
    return secret


def _new_secret(id: str) -> str:
    """``<id>.<256 random bits>``: it says whose it is, so that it can be looked up."""
    return f"{id}.{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    """A plain sha256: nobody guesses 256 random bits, so a slow hash would only be slow."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def is_secret(client: ApiClient, secret: str) -> bool:
    return hmac.compare_digest(client.secret_hash, digest(secret))
