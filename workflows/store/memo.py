"""What a transaction reads again and again it reads once: kept with its session, gone when it ends or is undone.

For what may be seen as it was at the first look: what is deployed, published, organised, the pinned clock. Whoever
changes one of these forgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session, SessionTransaction

T = TypeVar("T")
_MEMO = "memo"  # in a session's ``info``


def once(session: Session, identity: tuple[Any, ...], look: Callable[[], T]) -> T:
    """What ``look`` gave when it was first asked for in this transaction; what raises is asked for again."""
    memo: dict[tuple[Any, ...], Any] = session.info.setdefault(_MEMO, {})
    if identity in memo:
        return memo[identity]  # type: ignore[no-any-return]
    return remember(session, identity, look())


def remember(session: Session, identity: tuple[Any, ...], found: T) -> T:
    """What ``once`` gives from now on, whatever it gave before."""
    session.info.setdefault(_MEMO, {})[identity] = found
    return found


def connection_of(session: Session) -> Connection:
    """The connection of its transaction, for statements of which there are many."""
    return once(session, ("connection",), session.connection)


def forget(session: Session) -> None:
    """Something of it has changed within this transaction."""
    session.info.pop(_MEMO, None)


def forget_undone(session: Session, _undone: SessionTransaction) -> None:
    """What was read within a savepoint may have been undone with it."""
    forget(session)


def forget_ended(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        forget(session)
