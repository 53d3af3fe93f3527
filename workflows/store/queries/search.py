"""Lists that people and programs filter, sort and leaf through: one statement, named fields, bounded counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, cast, false, func, or_, select

from workflows.store.errors import Invalid
from workflows.store.json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression
    from sqlalchemy.orm import Session

COUNTED = 10_000  # a total is counted up to here, as in Camunda 8
ESCAPE = "\\"


class NoSuchRow(Invalid):
    """没有从那里继续读的那一行。"""

    code = "NO_SUCH_ROW"


@dataclass(frozen=True)
class Found:
    """One page. ``total`` is exact unless ``more``: then there are more than ``COUNTED``."""

    rows: Sequence[Row[Any]]
    total: int
    more: bool


@dataclass(frozen=True)
class Order:
    column: SQLColumnExpression[Any]
    descending: bool = False


def like(pattern: str) -> str:
    """``*`` and ``?`` of Camunda 8 as ``%`` and ``_``; a backslash before them means the character itself."""
    out, characters = [], iter(pattern)
    for character in characters:
        if character == ESCAPE:
            character = next(characters, ESCAPE)  # noqa: PLW2901
            out.append(ESCAPE + character if character in {"%", "_", ESCAPE} else character)
        else:
            out.append({"*": "%", "?": "_", "%": r"\%", "_": r"\_"}.get(character, character))
    return "".join(out)


def contains(column: SQLColumnExpression[Any], item: str) -> ColumnElement[bool]:
    """Whether a JSON list of texts holds this one. Reads the JSON text, where each item stands in its quotes."""
    quoted = like(dumps(item).replace(ESCAPE, ESCAPE * 2).replace("*", r"\*").replace("?", r"\?"))
    text = cast(column, Text)
    return or_(text.like(f"[{quoted}%", escape=ESCAPE), text.like(f"%,{quoted}%", escape=ESCAPE))


OPERATORS: Mapping[str, Callable[[SQLColumnExpression[Any], Any], ColumnElement[bool]]] = {
    "$eq": lambda column, value: column == value,
    "$neq": lambda column, value: column.is_distinct_from(value),
    "$exists": lambda column, value: column.is_not(None) if value else column.is_(None),
    "$in": lambda column, values: column.in_(values),
    "$notIn": lambda column, values: or_(column.not_in(values), column.is_(None)),
    "$like": lambda column, pattern: column.like(like(pattern), escape=ESCAPE),
    "$gt": lambda column, value: column > value,
    "$gte": lambda column, value: column >= value,
    "$lt": lambda column, value: column < value,
    "$lte": lambda column, value: column <= value,
}


def search(
    session: Session,
    statement: Select[Any],
    order: Sequence[Order],
    *,
    limit: int,
    offset: int = 0,
    after: Any = None,
    before: Any = None,
) -> Found:
    """A page of ``statement``.

    The last column of ``order`` is unique. ``after`` and ``before`` are its value in a row to read on from; NoSuchRow.
    """
    paged = statement
    if after is not None:
        paged = statement.where(_beyond(order, _place(session, statement, order, after)))
    elif before is not None:
        order = [Order(one.column, not one.descending) for one in order]
        paged = statement.where(_beyond(order, _place(session, statement, order, before)))
    sorting = [part for one in order for part in _sorting(one)]
    connection = session.connection()  # rows of columns: the session's own way costs as much again
    rows = connection.execute(paged.order_by(*sorting).limit(limit).offset(offset)).all()
    if before is not None:
        rows = rows[::-1]
    if after is None and before is None and (rows or not offset) and len(rows) < limit:
        return Found(rows, offset + len(rows), more=False)
    some = statement.with_only_columns(order[-1].column).limit(COUNTED + 1).subquery()
    total = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return Found(rows, min(total, COUNTED), more=total > COUNTED)


def _place(session: Session, statement: Select[Any], order: Sequence[Order], row: Any) -> Row[Any]:
    """The values by which a row has its place in the order."""
    unique = order[-1].column
    columns = [one.column for one in order]
    place = session.execute(statement.with_only_columns(*columns).where(unique == row)).one_or_none()
    if place is None:
        raise NoSuchRow
    return place


def _sorting(order: Order) -> list[ColumnElement[Any]]:
    """Empty values come last, descending first: the same on both databases."""
    sorted_ = order.column.desc() if order.descending else order.column.asc()
    if not getattr(order.column, "nullable", True):
        return [sorted_]  # so that an index can give the order
    empty = order.column.is_(None)
    return [empty.desc() if order.descending else empty.asc(), sorted_]


def _beyond(order: Sequence[Order], values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows that come after the row with these values: a later first column, or the same and a later second, …"""
    cases: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for one, value in zip(order, values, strict=True):
        cases.append(and_(*same, _later(one, value)))
        same.append(one.column.is_not_distinct_from(value))
    return or_(*cases)


def _later(order: Order, value: Any) -> ColumnElement[bool]:
    column = order.column
    if order.descending:
        return column.is_not(None) if value is None else column < value
    return false() if value is None else or_(column > value, column.is_(None))
