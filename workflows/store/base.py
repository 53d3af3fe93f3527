"""What every table is made of: the declarative base and the column types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

from sqlalchemy import JSON, BigInteger, Date, DateTime, Index, MetaData, Table, Text, TypeDecorator, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from workflows.store.json import dumps, loads

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class Utc(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database; a naive datetime is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        # SQLite keeps text: without the zone, so that it sorts, and always in UTC.
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.replace(tzinfo=UTC)


class JsonText(TypeDecorator[Any]):
    """JSON as text. SQLite gives a column of type JSON numeric affinity: a number alone would lose digits."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else dumps(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        return None if value is None else loads(value)


# Text JSON on both databases: the order of members and every digit survive (jsonb would sort the members).
Json = JSON(none_as_null=True)

Key = Annotated[int, mapped_column(BigInteger)]
PrimaryKey = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]
Moment = Annotated[datetime, mapped_column(Utc)]
Day = Annotated[date, mapped_column(Date)]


class Base(DeclarativeBase):
    """All tables. Names are singular; constraints are named, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc, dict[str, Any]: Json, list[Any]: Json, list[str]: Json}  # noqa: RUF012


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the few rows that are still open."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def table(model: type[Base]) -> Table:
    """The table behind a model, for statements in bulk."""
    return cast("Table", model.__table__)
