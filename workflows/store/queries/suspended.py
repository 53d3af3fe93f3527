"""Whether what a row belongs to goes on, or is suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, literal_column

from workflows.store.base import table
from workflows.store.keys import ELEMENT_BITS
from workflows.store.tables import ProcessInstance

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, SQLColumnExpression

process_instance = table(ProcessInstance)
# PostgreSQL shifts by an int, and a parameter would be a bigint.
_BITS: ColumnElement[int] = literal_column(str(ELEMENT_BITS))


def awake(instance_key: SQLColumnExpression[int] | SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    """That the instance of this key is not suspended; true as well where there is none (a start event)."""
    columns = process_instance.c
    return ~exists().where(columns.key == instance_key, columns.state == "SUSPENDED")


def instance_of(key: ColumnElement[int]) -> ColumnElement[int]:
    """The key of the instance to which an element instance or subscription belongs."""
    return key.bitwise_rshift(_BITS).bitwise_lshift(_BITS)
