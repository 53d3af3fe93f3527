"""Names by which an entry of a register is found, e.g. a plate: as everybody writes them, and whose they were when."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, or_, select, update

from workflows.store.base import table
from workflows.store.errors import Conflict, Invalid
from workflows.store.inserts import insert_new
from workflows.store.memo import connection_of
from workflows.store.tables import RegisterAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

MAX_LENGTH = 200  # characters
_DOTS = "·•‧・-"  # 湘K·12345 is 湘K12345

alias = table(RegisterAlias)
_columns = alias.c
_NAME = and_(
    _columns.register == bindparam("b_register"),
    _columns.kind == bindparam("b_kind"),
    _columns.value == bindparam("b_value"),
)
_HOLDER = (
    select(_columns.entry_key)
    .where(_NAME, or_(_columns.until.is_(None), _columns.until > bindparam("b_at")))
    .order_by(_columns.since, _columns.id)
    .limit(1)
)
_HELD = select(_columns.id, _columns.entry_key).where(_NAME, _columns.until.is_(None))
_NAMES = select(_columns.id, _columns.kind, _columns.value).where(
    _columns.register == bindparam("b_register"), _columns.entry_key == bindparam("b_key"), _columns.until.is_(None)
)


class BadAlias(Invalid):
    """别名须是 1 到 200 个字符的文字。"""

    code = "BAD_ALIAS"


class AliasTaken(Conflict):
    """这个别名已经属于另一个条目；如果是同一个主体，请合并。"""

    code = "ALIAS_TAKEN"


def normalised(value: Any) -> str:
    """Upper case, half width, without spaces, dots, hyphens and what cannot be seen. BadAlias."""
    if not isinstance(value, str) or len(value) > MAX_LENGTH:
        raise BadAlias
    plain = unicodedata.normalize("NFKC", value).upper()
    kept = "".join(sign for sign in plain if sign not in _DOTS and unicodedata.category(sign)[0] not in "ZC")
    if not 0 < len(kept) <= MAX_LENGTH:
        raise BadAlias
    return kept


def holder(session: Session, register: str, kind: str, value: str, at: datetime) -> str | None:
    """The key of the entry that a name led to at a moment; before anybody had it, of the first that had it."""
    asked = {"b_register": register, "b_kind": kind, "b_value": value, "b_at": at}
    return connection_of(session).execute(_HOLDER, asked).scalar_one_or_none()


def hold(
    session: Session,
    register: str,
    key: str,
    names: set[tuple[str, str]],
    *,
    at: datetime,
    survivor: Callable[[str], str],
    new: bool = False,
) -> None:
    """From now on these names lead to the entry, and no others do. AliasTaken.

    ``survivor`` gives the key of what an entry was merged into: what that one was called, this one may be called.
    A ``new`` entry has no names yet.
    """
    asked = {"b_register": register, "b_key": key}
    rows = () if new else connection_of(session).execute(_NAMES, asked)
    current = {(row.kind, row.value): row.id for row in rows}
    if given_up := [id for name, id in current.items() if name not in names]:
        _give_up(session, given_up, at)
    for kind, value in sorted(names - current.keys()):
        name = {"register": register, "kind": kind, "value": value}
        _take(session, name, key, at=at, survivor=survivor)


def _take(session: Session, name: dict[str, str], key: str, *, at: datetime, survivor: Callable[[str], str]) -> None:
    connection, wanted = connection_of(session), [{**name, "entry_key": key, "since": at}]
    if insert_new(connection, alias, wanted):
        return
    row = connection.execute(_HELD, {f"b_{part}": value for part, value in name.items()}).one_or_none()
    if row is not None:
        if survivor(row.entry_key) != key:
            raise _taken(name["kind"], row.entry_key)
        _give_up(session, [row.id], at)
    if not insert_new(connection, alias, wanted):  # someone else was faster
        raise _taken(name["kind"], None)


def _give_up(session: Session, ids: list[int], at: datetime) -> None:
    connection_of(session).execute(update(alias).where(alias.c.id.in_(ids)).values(until=at))


def _taken(kind: str, key: str | None) -> AliasTaken:
    details = [{"pointer": f"/{kind}", "message": key}] if key else []
    return AliasTaken(f"{AliasTaken.__doc__}（{kind}{f'：{key}' if key else ''}）", details=details)
