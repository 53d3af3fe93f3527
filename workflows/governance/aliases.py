"""Names by which an entry of a register is found, e.g. a plate: as everybody writes them, and whose they were when."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from workflows.store.errors import Conflict, Invalid
from workflows.store.tables import RegisterAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

MAX_LENGTH = 200  # characters
_DOTS = "·•‧・-"  # 湘K·12345 is 湘K12345

_HOLDER = (
    select(RegisterAlias.entry_key)
    .where(
        RegisterAlias.register == bindparam("b_register"),
        RegisterAlias.kind == bindparam("b_kind"),
        RegisterAlias.value == bindparam("b_value"),
        or_(RegisterAlias.until.is_(None), RegisterAlias.until > bindparam("b_at")),
    )
    .order_by(RegisterAlias.since, RegisterAlias.id)
    .limit(1)
)
_CURRENT = select(RegisterAlias.id, RegisterAlias.kind, RegisterAlias.value).where(
    RegisterAlias.register == bindparam("b_register"),
    RegisterAlias.entry_key == bindparam("b_key"),
    RegisterAlias.until.is_(None),
)
_HELD = select(RegisterAlias.id, RegisterAlias.entry_key).where(
    RegisterAlias.register == bindparam("b_register"),
    RegisterAlias.kind == bindparam("b_kind"),
    RegisterAlias.value == bindparam("b_value"),
    RegisterAlias.until.is_(None),
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
    return session.connection().execute(_HOLDER, asked).scalar_one_or_none()


def hold(
    session: Session,
    register: str,
    key: str,
    names: set[tuple[str, str]],
    *,
    at: datetime,
    survivor: Callable[[str], str],
) -> None:
    """From now on these names lead to the entry, and no others do. AliasTaken.

    ``survivor`` gives the key of what an entry was merged into: what that one was called, this one may be called.
    """
    current = {
        (row.kind, row.value): row.id
        for row in session.connection().execute(_CURRENT, {"b_register": register, "b_key": key})
    }
    if given_up := [id for name, id in current.items() if name not in names]:
        _give_up(session, given_up, at)
    for kind, value in sorted(names - current.keys()):
        name = {"register": register, "kind": kind, "value": value}
        _take(session, name, key, at=at, survivor=survivor)


def _take(session: Session, name: dict[str, str], key: str, *, at: datetime, survivor: Callable[[str], str]) -> None:
    kind = name["kind"]
    row = session.connection().execute(_HELD, {f"b_{part}": text for part, text in name.items()}).one_or_none()
    if row is not None:
        if survivor(row.entry_key) != key:
            raise _taken(kind, row.entry_key)
        _give_up(session, [row.id], at)
    try:
        with session.begin_nested():
            session.execute(insert(RegisterAlias).values(**name, entry_key=key, since=at))
    except IntegrityError as error:  # someone else was faster
        raise _taken(kind, None) from error


def _give_up(session: Session, ids: list[int], at: datetime) -> None:
    session.execute(update(RegisterAlias).where(RegisterAlias.id.in_(ids)).values(until=at))


def _taken(kind: str, key: str | None) -> AliasTaken:
    details = [{"pointer": f"/{kind}", "message": key}] if key else []
    return AliasTaken(f"{AliasTaken.__doc__}（{kind}{f'：{key}' if key else ''}）", details=details)
