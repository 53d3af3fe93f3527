"""Accounts of the staff: passwords as argon2id, sessions whose tokens are kept as hashes, a lock that grows.

Time here is the machine's own and not the engine's clock, which a rehearsal may move.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select

from workflows.runtime.access import digest
from workflows.runtime.errors import Conflict, Invalid, NotFound
from workflows.runtime.events import Tag, record_engine_event
from workflows.store.tables import Person, StaffAccount, StaffSession

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

ACCOUNT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
SHORTEST, LONGEST = 10, 200
IDLE, LONGEST_SESSION = timedelta(minutes=30), timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # a session is not written at every click
FREE_FAILURES, LONGEST_LOCK = 5, timedelta(minutes=15)

_HASHER = PasswordHasher()
_NOBODYS = _HASHER.hash(secrets.token_urlsafe())  # who is not known is checked as slowly as who is


class AccountExists(Conflict):
    """已有同名的账号。"""

    code = "ACCOUNT_EXISTS"


class BadAccountId(Invalid):
    """账号只能用小写字母、数字、点、- 和 _,最长 63 个字符。"""

    code = "BAD_ACCOUNT_ID"


class WeakPassword(Invalid):
    """口令须 10 到 200 个字符,不能含有账号名。"""

    code = "WEAK_PASSWORD"


def create_account(
    session: Session, id: str, password: str | None, *, person: str, roles: Collection[str], actor: str
) -> StaffAccount:
    """Without a password only an OpenID provider lets them in.

    AccountExists, BadAccountId, WeakPassword; NotFound for a person who is not in the organisation.
    """
    if not ACCOUNT_ID.fullmatch(id):
        raise BadAccountId
    if session.get(StaffAccount, id) is not None:
        raise AccountExists
    if session.get(Person, person) is None:
        raise NotFound(f"组织里没有人员 {person}")
    account = StaffAccount(
        id=id,
        person_id=person,
        roles=sorted(roles),
        password_hash=_hashed(id, password),
        created=_now(),
        disabled=False,
        failures=0,
    )
    session.add(account)
    session.flush()
    _record(session, Tag.ACCOUNT_CREATE, account, actor, roles=account.roles)
    return account


def set_password(session: Session, id: str, password: str, *, actor: str) -> None:
    """A new password ends every session and every lock. NotFound, WeakPassword."""
    account = _account(session, id)
    account.password_hash = _hashed(id, password)
    account.failures, account.locked_until = 0, None
    _end_all(session, id)
    _record(session, Tag.ACCOUNT_PASSWORD, account, actor)


def disable_account(session: Session, id: str, *, actor: str) -> None:
    """Nobody signs in with it any more, and whoever is signed in is out. NotFound."""
    account = _account(session, id)
    account.disabled = True
    _end_all(session, id)
    _record(session, Tag.ACCOUNT_DISABLE, account, actor)


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a password: for which account, against which hash, and whether it fits."""

    account: str
    hash: str
    right: bool


def prove(session: Session, id: str, password: str) -> Proof:
    """Checks a password. It takes a tenth of a second and 64 MiB by design, so it is done before anything is locked."""
    account = session.get(StaffAccount, id) if ACCOUNT_ID.fullmatch(id) else None
    hash = account.password_hash if account else _NOBODYS
    return Proof(id if account else "", hash, _verified(hash, password[:LONGEST]))


def sign_in(session: Session, proof: Proof, *, previous: str = "") -> str | None:
    """The token of a new session; the one before ends. None for whatever reason, so that nobody learns which."""
    at = _now()
    account = session.get(StaffAccount, proof.account, with_for_update=True, populate_existing=True)
    if account is None or account.disabled or is_locked(account):
        return None
    if not proof.right or proof.hash != account.password_hash:
        _failed(session, account, at)
        return None
    return _begin(session, account, at, previous)


def admit(session: Session, id: str, *, provider: str, previous: str = "") -> tuple[str, str]:
    """Sign in for whom a provider vouches: the token of the session, or none and why, which is then on record.

    The same accounts and the same lock as with passwords: ``unknown``, ``disabled``, ``locked``.
    """
    known = ACCOUNT_ID.fullmatch(id)
    account = session.get(StaffAccount, id, with_for_update=True, populate_existing=True) if known else None
    reason = (
        "unknown" if account is None else "disabled" if account.disabled else "locked" if is_locked(account) else ""
    )
    if account is None or reason:
        details = {"account": id, "provider": provider, "reason": reason}
        record_engine_event(session, Tag.ACCOUNT_REFUSE, details, at=_now(), actor="console")
        return "", reason
    return _begin(session, account, _now(), previous, provider=provider), ""


def sign_out(session: Session, token: str) -> None:
    if token:
        session.execute(delete(StaffSession).where(StaffSession.hash == digest(token)))


def signed_in(session: Session, token: str) -> tuple[StaffAccount, Person, bool] | None:
    """Whose session this is, and whether it is time to write that it is still in use. None when it is over."""
    at = _now()
    row = session.execute(
        select(StaffSession, StaffAccount, Person)
        .join(StaffAccount, StaffAccount.id == StaffSession.account_id)
        .join(Person, Person.id == StaffAccount.person_id)
        .where(StaffSession.hash == digest(token), StaffSession.expires > at, StaffAccount.disabled.is_(False))
    ).one_or_none()
    if row is None:
        return None
    one, account, person = row
    return account, person, at - one.seen > SEEN_EVERY


def keep_session(session: Session, token: str) -> None:
    """It was used just now: its idle time begins anew, its longest life does not."""
    one = session.get(StaffSession, digest(token), with_for_update=True)
    if one is not None:
        one.seen = _now()
        one.expires = min(one.seen + IDLE, one.begun + LONGEST_SESSION)


def is_locked(account: StaffAccount) -> bool:
    return account.locked_until is not None and account.locked_until > _now()


def _begin(session: Session, account: StaffAccount, at: datetime, previous: str, **details: object) -> str:
    """The token of a new session; the one before ends."""
    account.failures, account.locked_until = 0, None
    session.execute(delete(StaffSession).where(StaffSession.expires <= at))
    sign_out(session, previous)
    token = secrets.token_urlsafe(32)
    session.add(StaffSession(hash=digest(token), account_id=account.id, begun=at, seen=at, expires=at + IDLE))
    session.flush()
    _record(session, Tag.ACCOUNT_SIGN_IN, account, account.person_id, **details)
    return token


def _failed(session: Session, account: StaffAccount, at: datetime) -> None:
    """Five failures are free; after that each doubles the wait, from a minute to a quarter of an hour."""
    account.failures += 1
    session.flush()
    beyond = account.failures - FREE_FAILURES
    if beyond >= 0:
        account.locked_until = at + min(timedelta(minutes=2 ** min(beyond, 10)), LONGEST_LOCK)
        _record(session, Tag.ACCOUNT_LOCK, account, "console", failures=account.failures)


def _account(session: Session, id: str) -> StaffAccount:
    account = session.get(StaffAccount, id, with_for_update=True)
    if account is None:
        raise NotFound(f"没有账号 {id}")
    return account


def _end_all(session: Session, id: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.account_id == id))


def _hashed(id: str, password: str | None) -> str:
    """Without a password the hash of one that nobody knows: it is checked as slowly as any."""
    if password is None:
        return _HASHER.hash(secrets.token_urlsafe(32))
    if not SHORTEST <= len(password) <= LONGEST or id in password.lower():
        raise WeakPassword
    return _HASHER.hash(password)


def _verified(hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _record(session: Session, tag: Tag, account: StaffAccount, actor: str, **details: object) -> None:
    record_engine_event(session, tag, {"account": account.id, **details}, at=_now(), actor=actor)


def _now() -> datetime:
    return datetime.now(UTC)
