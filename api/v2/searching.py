"""Search endpoints: what can be filtered and sorted is one table per resource, and everything else follows from it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import ColumnElement, Integer, Row, Select, SQLColumnExpression, and_, cast, false, literal, or_, true
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from api.bodies import json_body
from api.problems import Problem
from api.replies import TENANT, Reply
from api.v2.kinds import FLAG, LIST, PATTERN, TEXT, Kind, read_key
from workflows.store.queries.search import OPERATORS, Found, Order, contains, search

MAX_PAGE = 1000
MAX_SORTS = 20
MAX_VALUES = 400  # in a filter: each may be two conditions, and SQLite takes a thousand joined by OR
T = TypeVar("T")


class PageInfo(TypedDict):
    totalItems: Annotated[int, Field(description="Exact up to 10000.")]
    hasMoreTotalItems: bool
    startCursor: str | None
    endCursor: str | None


class SearchResult(TypedDict, Generic[T]):
    items: list[T]
    page: PageInfo


class Strict(BaseModel):
    """What a client sends: nothing unknown, nothing guessed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PageRequest(Strict):
    """``from`` and ``limit``, or ``after`` or ``before`` with a cursor of an earlier answer."""

    limit: int = Field(default=100, ge=1, le=MAX_PAGE)
    from_: int = Field(default=0, alias="from", ge=0, le=1_000_000_000)
    after: str | None = None
    before: str | None = None


class Sort(Strict):
    field: str
    order: Literal["ASC", "DESC"] = "ASC"


class SearchQuery(Strict):
    filter: dict[str, Any] = {}
    sort: list[Sort] = Field(default=[], max_length=MAX_SORTS)
    page: PageRequest = PageRequest()


async def search_query(request: Request) -> SearchQuery:
    """The body of a search, which may be missing."""
    if not await request.body():
        return SearchQuery()
    try:
        query = SearchQuery.model_validate(await json_body(request))
    except ValidationError as error:
        details = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        raise RequestValidationError(details) from error
    check_filter(query.filter)
    return query


def check_filter(filter: Mapping[str, Any]) -> None:
    """Problem 400 when it compares with too many values."""
    if _count(filter) > MAX_VALUES:
        raise wrong("/filter", f"最多 {MAX_VALUES} 个值")


def _count(asked: Any) -> int:
    """How many values a filter compares with."""
    match asked:
        case dict():
            return max(1, sum(map(_count, asked.values())))
        case list():
            return max(1, sum(map(_count, asked)))
        case _:
            return 1


Query = Annotated[SearchQuery, Depends(search_query)]


@dataclass(frozen=True)
class Listed:
    """A field by which a resource is filtered and sorted."""

    column: SQLColumnExpression[Any]
    kind: Kind
    meanings: Mapping[Any, ColumnElement[bool]] | None = None  # of each value, where an index knows more than equality

    @property
    def sorted(self) -> SQLColumnExpression[Any]:
        """Flags as 0 and 1: with a greater and a less, which leafing on from a row needs."""
        return cast(self.column, Integer) if self.kind is FLAG else self.column


TENANT_FIELD = Listed(literal(TENANT), TEXT)


@dataclass(frozen=True)
class Listing:
    """A resource that can be searched and got: where it comes from, what it can be searched by, how it looks.

    ``key`` of the statement is a number that no two rows share: by it they are leafed through.
    """

    name: str  # as people call it, for 没有这个…
    statement: Select[Any]
    key: str  # the field by which one is got
    fields: Mapping[str, Listed]
    shape: Callable[[Row[Any]], Any]

    @property
    def documented(self) -> dict[str, Any]:
        """The body of the search, for ``openapi_extra``."""
        return body_of({name: field.kind for name, field in self.fields.items()}, alternatives=True)

    def row(self, session: Session, key: int | str) -> Row[Any]:
        """Problem 404 when there is none."""
        row = session.execute(self.statement.where(self.fields[self.key].column == key)).one_or_none()
        if row is None:
            raise Problem(404, f"没有编号为 {key} 的{self.name}")
        return row

    def get(self, session: Session, key: int | str) -> Reply:
        return Reply(self.shape(self.row(session, key)))

    def search(self, session: Session, query: SearchQuery, *conditions: ColumnElement[bool]) -> Reply:
        page = query.page
        found = search(
            session,
            self.statement.where(*conditions, *self.conditions(query.filter, "/filter")),
            self._order(query.sort),
            limit=page.limit,
            offset=page.from_,
            after=read_cursor(page.after, "/page/after"),
            before=read_cursor(page.before, "/page/before"),
        )
        return Reply({"items": [self.shape(row) for row in found.rows], "page": page_info(found)})

    def _order(self, sorts: Sequence[Sort]) -> list[Order]:
        order = []
        for number, sort in enumerate(sorts):
            field = self.fields.get(sort.field)
            if field is None or field.kind is LIST:
                raise wrong(f"/sort/{number}/field", f"不能按 {sort.field!r} 排序")
            order.append(Order(field.sorted, sort.order == "DESC"))
        return [*order, Order(self.statement.selected_columns["key"])]

    def conditions(self, filters: Mapping[str, Any], place: str) -> list[ColumnElement[bool]]:
        groups = filters.get("$or", [])
        if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
            raise wrong(f"{place}/$or", "必须是对象的列表")
        kinds = {name: field.kind for name, field in self.fields.items()}
        conditions = [
            self._condition(*asked)
            for asked in read_filter({name: wanted for name, wanted in filters.items() if name != "$or"}, kinds, place)
        ]
        if groups:
            branches = (self.conditions(group, f"{place}/$or/{number}") for number, group in enumerate(groups))
            conditions.append(or_(*(and_(true(), *branch) for branch in branches)))
        return conditions

    def _condition(self, name: str, operator: str, value: Any) -> ColumnElement[bool]:
        field = self.fields[name]
        if field.meanings is not None:
            wanted = value if operator == "$in" else [value]
            return or_(false(), *(field.meanings[one] for one in wanted))
        if field.kind is LIST:
            items = value if operator == "$in" else [value]
            return or_(false(), *(contains(field.column, item) for item in items))
        return OPERATORS[operator](field.column, value)


def body_of(kinds: Mapping[str, Kind], *, alternatives: bool = False) -> dict[str, Any]:
    """The documentation of a search's body."""
    schema = SearchQuery.model_json_schema()
    properties: dict[str, Any] = {name: kind.documented for name, kind in kinds.items()}
    if alternatives:
        properties["$or"] = {"type": "array", "items": {"type": "object"}, "description": "One of these filters holds."}
    sort, page = (schema["$defs"][name] for name in ("Sort", "PageRequest"))
    sort["properties"]["field"]["enum"] = [name for name, kind in kinds.items() if kind is not LIST]
    schema["properties"] = {
        "filter": {"type": "object", "properties": properties, "additionalProperties": False},
        "sort": {"type": "array", "items": sort},
        "page": page,
    }
    del schema["$defs"]
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def read_filter(filters: Mapping[str, Any], kinds: Mapping[str, Kind], place: str) -> Iterator[tuple[str, str, Any]]:
    """Name, operator and value of everything a filter asks; Problem 400 at what it may not ask."""
    for name, wanted in filters.items():
        here = f"{place}/{name}"
        if name not in kinds:
            raise wrong(here, f"不能按 {name!r} 过滤")
        for operator, value in wanted.items() if isinstance(wanted, dict) else [("$eq", wanted)]:
            yield name, operator, _operand(kinds[name], operator, value, here)


def _operand(kind: Kind, operator: str, value: Any, place: str) -> Any:
    if operator not in kind.operators:
        raise wrong(f"{place}/{operator}", f"这一项只能用 {' '.join(kind.operators)}")
    if operator in {"$in", "$notIn"}:
        if not isinstance(value, list):
            raise wrong(f"{place}/{operator}", "必须是列表")
        return [_read(kind, item, f"{place}/{operator}/{number}") for number, item in enumerate(value)]
    return _read({"$exists": FLAG, "$like": PATTERN}.get(operator, kind), value, place)


def _read(kind: Kind, value: Any, place: str) -> Any:
    try:
        return kind.read(value)
    except (ValueError, TypeError) as error:
        raise wrong(place, f"必须是{kind.said}") from error


def page_info(found: Found) -> PageInfo:
    """Where a page is among all that was found."""
    rows = found.rows
    return {
        "totalItems": found.total,
        "hasMoreTotalItems": found.more,
        "startCursor": _cursor(rows[0].key) if rows else None,
        "endCursor": _cursor(rows[-1].key) if rows else None,
    }


def _cursor(key: int) -> str:
    """Opaque to the client: the key of a row to read on from. Clients take base64 of up to 100 characters."""
    return base64.b64encode(str(key).encode()).decode()


def read_cursor(cursor: str | None, place: str) -> int | None:
    if cursor is None:
        return None
    try:
        return read_key(base64.b64decode(cursor, validate=True).decode())
    except (ValueError, binascii.Error) as error:
        raise wrong(place, "不是游标") from error


def wrong(place: str, reason: str) -> Problem:
    return Problem(400, f"{place}:{reason}", errors=[{"pointer": place, "detail": reason}])
