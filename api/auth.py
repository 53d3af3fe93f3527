"""Who is calling: an API client with Basic credentials, a bearer secret or an access token of the OAuth endpoint."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from api.problems import Problem
from workflows.runtime.access import is_secret
from workflows.store import Database, read
from workflows.store.tables import ApiClient

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings

REMEMBERED_SECONDS = 5.0  # a client that is disabled or gets a new secret is out after this long
REMEMBERED = 10_000
TOKEN = re.compile(r"[^.]+\.([0-9]{1,10})\.([0-9a-f]{64})", re.ASCII)
TICKET = re.compile(r"([\w-]+)\.([0-9]{1,10})\.([0-9a-f]{64})", re.ASCII)
PERSON = re.compile(r"p-[0-9a-z-]{1,40}")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="bihuan"'}


@dataclass(frozen=True)
class Caller:
    """An API client, and the person it says it acts for."""

    client_id: str
    roles: tuple[str, ...]
    person: str | None = None


class Keyring:
    """Makes and checks credentials.

    A bearer token is a client's secret, ``<client id>.<random>``, or an access token,
    ``<client id>.<expiry>.<signature>``. The signature is made with the server's key and the hash of the client's
    secret: an access token dies with the secret and needs no table.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._lifetime = settings.token_seconds
        given = settings.token_key
        self._key = given.get_secret_value().encode() if given else _kept_key(settings.data / "token.key")
        self._remembered: dict[str, tuple[float, Caller]] = {}

    def issue(self, client_id: str, secret: str) -> tuple[str, int] | None:
        """An access token and its life in seconds; None when these are nobody's credentials."""
        client = self._client(client_id)
        if client is None or not is_secret(client, secret):
            return None
        expiry = int(time.time()) + self._lifetime
        return f"{client.id}.{expiry}.{self._signature(client, expiry)}", self._lifetime

    def remembered(self, authorization: str) -> Caller | None:
        until, caller = self._remembered.get(authorization, (0.0, None))
        return caller if until > time.time() else None

    def recognise(self, authorization: str) -> Caller | None:
        """Whose credentials these are, by one look into the database."""
        client_id, proof = claim(authorization)
        client = self._client(client_id)
        if client is None:
            return None
        until = time.time() + REMEMBERED_SECONDS
        if not is_secret(client, proof):
            expiry = self._expiry(client, proof)
            if expiry <= time.time():
                return None
            until = min(until, expiry)
        caller = Caller(client.id, tuple(client.roles))
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[authorization] = (until, caller)
        return caller

    def ticket(self, subject: str, seconds: int) -> str:
        """A short-lived proof, for an address that no one else can make: ``<subject>.<expiry>.<signature>``."""
        claim = f"{subject}.{int(time.time()) + seconds}"
        return f"{claim}.{hmac.new(self._key, b'ticket ' + claim.encode(), hashlib.sha256).hexdigest()}"

    def subject_of(self, ticket: str) -> str | None:
        """Whose ticket it is; None when it is over or nobody's."""
        match = TICKET.fullmatch(ticket)
        if match is None:
            return None
        signature = hmac.new(self._key, f"ticket {match[1]}.{match[2]}".encode(), hashlib.sha256).hexdigest()
        return match[1] if hmac.compare_digest(match[3], signature) and int(match[2]) > time.time() else None

    def _client(self, client_id: str) -> ApiClient | None:
        if "\0" in client_id or not client_id.isascii():
            return None
        with read(self._database) as session:
            client = session.get(ApiClient, client_id)
        if client is None or client.disabled or (client.expires and client.expires <= datetime.now(UTC)):
            return None
        return client

    def _signature(self, client: ApiClient, expiry: int) -> str:
        claim = f"{client.id}.{expiry}.{client.secret_hash}"
        return hmac.new(self._key, claim.encode(), hashlib.sha256).hexdigest()

    def _expiry(self, client: ApiClient, token: str) -> int:
        """Until when this is an access token of the client; 0 when it is none."""
        match = TOKEN.fullmatch(token)
        if match is None or not hmac.compare_digest(match[2], self._signature(client, int(match[1]))):
            return 0
        return int(match[1])


def claim(authorization: str) -> tuple[str, str]:
    """Who someone says to be, and the secret or token to prove it."""
    scheme, _, credentials = authorization.partition(" ")
    credentials = credentials.strip()
    if scheme.lower() == "bearer":
        return credentials.partition(".")[0], credentials
    if scheme.lower() == "basic":
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
            return client_id, secret
    return "", ""


def _kept_key(path: Path) -> bytes:
    """The key in this file, made when there is none. Processes that start together end up with the same one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()


async def recognise(request: Request) -> Caller | None:
    """The caller, None without credentials; Problem 401 with wrong ones."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        return None
    keyring: Keyring = request.app.state.keyring
    caller = keyring.remembered(authorization) or await run_in_threadpool(keyring.recognise, authorization)
    if caller is None:
        raise Problem(401, "凭据无效或已过期", code="INVALID_TOKEN", headers=CHALLENGE)
    person = request.headers.get("on-behalf-of")
    if person is None:
        return caller
    if not PERSON.fullmatch(person):
        raise Problem(400, "On-Behalf-Of 必须是人员编号,例如 p-0101", code="BAD_PERSON")
    return Caller(caller.client_id, caller.roles, person)


async def authenticate(request: Request) -> Caller:
    caller = await recognise(request)
    if caller is None:
        raise Problem(401, "需要身份凭据:Authorization: Bearer …", code="CREDENTIALS_MISSING", headers=CHALLENGE)
    return caller
