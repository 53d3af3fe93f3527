"""Looking into a register: by key, by alias, by what fields hold, at a moment, at a place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, or_, select

from workflows.governance import aliases, entries
from workflows.governance.extents import MAX_RADIUS, Where, around
from workflows.store.errors import Invalid
from workflows.store.queries.search import ESCAPE, like
from workflows.store.tables import RegisterEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from workflows.governance.register_schemas import EntrySchema

ASKED = ("key", "alias", "where", "at", "place")
BATCH = 500
MOST_LOOKED_AT = 10_000  # entries for one page


class LookupInvalid(Invalid):
    """不能这样查询台账。"""

    code = "LOOKUP_INVALID"


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is looked for; all of it must hold. ``within`` are metres around the point of ``place``."""

    key: str | None = None
    alias: tuple[str, str] | None = None  # kind, normalised value
    where: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    place: Where | None = None
    within: float = 0


@dataclass(frozen=True, slots=True)
class Page:
    """``after`` is the key to read on from; None on the last page."""

    entries: list[RegisterEntry]
    after: str | None


def read(session: Session, schema: EntrySchema, asked: Any) -> Lookup:
    """From {key | alias {kind, value} | where {field: value}, at, place {…, within}}. LookupInvalid names the place."""
    if not isinstance(asked, dict):
        raise _wrong("", "应为对象")
    for name in asked:
        if name not in ASKED:
            raise _wrong(f"/{name}", "没有这一项")
    key, where = asked.get("key"), asked.get("where") or {}
    if key is not None and not isinstance(key, str):
        raise _wrong("/key", "应为文字")
    if not isinstance(where, dict):
        raise _wrong("/where", "应为对象")
    for name, value in where.items():
        if name not in schema.fields or not isinstance(value, str | int | Decimal | bool | None):
            raise _wrong(f"/where/{name}", "条目没有这个字段，或不能与它比较")
    place, within = _place(session, asked.get("place"))
    return Lookup(key, _alias(schema, asked.get("alias")), where, _moment(asked.get("at")), place, within)


def search(
    session: Session, schema: EntrySchema, lookup: Lookup, *, now: datetime, limit: int, after: str | None = None
) -> Page:
    """The entries as they are now, by key. A page may be short although there are more."""
    if lookup.key is not None or lookup.alias is not None:
        entry = _one(session, schema, lookup, now)
        return Page([entry] if entry is not None and _fits(schema, entry, lookup) else [], None)
    found: list[RegisterEntry] = []
    looked_at = 0
    for entry in _candidates(session, schema, lookup, after):
        if looked_at == MOST_LOOKED_AT or len(found) == limit:
            return Page(found, after)
        looked_at, after = looked_at + 1, entry.key
        if _fits(schema, entry, lookup):
            found.append(entry)
    return Page(found, None)


def every(session: Session, schema: EntrySchema, lookup: Lookup, *, now: datetime, most: int) -> list[RegisterEntry]:
    """All of them. LookupInvalid when there are more than ``most``: part of an answer would be a wrong one."""
    found: list[RegisterEntry] = []
    after = None
    while len(found) <= most:
        page = search(session, schema, lookup, now=now, limit=most + 1 - len(found), after=after)
        found += page.entries
        if (after := page.after) is None:
            return found
    raise LookupInvalid(f"{schema.title}：符合的条目超过 {most} 个，请缩小范围")


def holds_at(at: datetime) -> ColumnElement[bool]:
    return and_(
        or_(RegisterEntry.valid_from.is_(None), RegisterEntry.valid_from <= at),
        or_(RegisterEntry.valid_to.is_(None), RegisterEntry.valid_to > at),
    )


#: What may hold at a place: of its units, or whose box it lies in; with what ``around_of`` gives.
NEAR = or_(
    RegisterEntry.unit.in_(bindparam("b_units", expanding=True)),
    and_(
        RegisterEntry.west <= bindparam("b_east"),
        RegisterEntry.east >= bindparam("b_west"),
        RegisterEntry.south <= bindparam("b_north"),
        RegisterEntry.north >= bindparam("b_south"),
    ),
)


def around_of(place: Where, within: float = 0) -> dict[str, Any]:
    """The units of a place and the box around its point, with so many metres; nothing is near where it has none."""
    west, south, east, north = (None,) * 4 if place.point is None else around(place.point, within)
    return {"b_units": list(place.units), "b_west": west, "b_south": south, "b_east": east, "b_north": north}


def _one(session: Session, schema: EntrySchema, lookup: Lookup, now: datetime) -> RegisterEntry | None:
    key = lookup.key
    if lookup.alias is not None:
        held = aliases.holder(session, schema.name, *lookup.alias, lookup.at or now)
        if held is None or key not in (None, held):
            return None
        key = held
    try:
        return entries.meant(session, schema.name, str(key))
    except entries.EntryMissing:
        return None


def _candidates(session: Session, schema: EntrySchema, lookup: Lookup, after: str | None) -> Iterator[RegisterEntry]:
    conditions = [RegisterEntry.register == schema.name, RegisterEntry.superseded.is_(None)]
    conditions.append(RegisterEntry.merged_into.is_(None))
    if lookup.at is not None:
        conditions.append(holds_at(lookup.at))
    if lookup.place is not None:
        conditions.append(NEAR)
    conditions += [_may_hold(name, value) for name, value in lookup.where.items() if _is_plain(value)]
    query = select(RegisterEntry).where(*conditions).order_by(RegisterEntry.key).limit(BATCH)
    asked = around_of(lookup.place, lookup.within) if lookup.place is not None else {}
    while True:
        batch = list(session.scalars(query if after is None else query.where(RegisterEntry.key > after), asked))
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1].key


def _is_plain(value: Any) -> bool:
    """Whether a text stands in JSON as it is."""
    return isinstance(value, str) and value.isprintable() and not {'"', "\\"} & set(value)


def _may_hold(name: str, text: str) -> ColumnElement[bool]:
    """The field is this text, or a list with it: the database looks through many, ``_fits`` is exact."""
    escaped = like(text.replace("*", r"\*").replace("?", r"\?"))
    held: ColumnElement[str] = RegisterEntry.data[name].as_string()
    return held.like(f"%{escaped}%", escape=ESCAPE)


def _fits(schema: EntrySchema, entry: RegisterEntry, lookup: Lookup) -> bool:
    data = entry.data
    if not all(_same(data.get(name), value) for name, value in lookup.where.items()):
        return False
    if lookup.at is not None:
        begins, ends = entry.valid_from, entry.valid_to
        if (begins is not None and begins > lookup.at) or (ends is not None and ends <= lookup.at):
            return False
    if lookup.place is None:
        return True
    extent = schema.extent(data)
    if extent is None:
        return False
    if lookup.within and lookup.place.point is not None:
        distance = extent.distance(lookup.place.point)
        if distance is not None:
            return distance <= lookup.within
    return extent.covers(lookup.place)


def _same(held: Any, wanted: Any) -> bool:
    """Equal, or one of a list. True is not 1."""
    if isinstance(held, list):
        return any(_same(one, wanted) for one in held)
    return isinstance(held, bool) == isinstance(wanted, bool) and bool(held == wanted)


def _alias(schema: EntrySchema, asked: Any) -> tuple[str, str] | None:
    if asked is None:
        return None
    if not isinstance(asked, dict) or set(asked) != {"kind", "value"} or asked["kind"] not in schema.aliases:
        raise _wrong("/alias", f"应为 kind（{'、'.join(schema.aliases) or '无'}）和 value")
    return asked["kind"], aliases.normalised(asked["value"])


def _moment(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _wrong("/at", "不是时刻") from error
    if at.tzinfo is None:
        raise _wrong("/at", "时刻要带时区")
    return at


def _place(session: Session, asked: Any) -> tuple[Where | None, float]:
    if asked is None:
        return None, 0
    try:
        within = float(asked.get("within") or 0)
        if not 0 <= within <= MAX_RADIUS:
            raise ValueError("within")  # noqa: TRY301
        return Where.of(session, asked), within
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _wrong("/place", "不是地点：写单位，或经纬度，可以加 within（米）") from error


def _wrong(pointer: str, message: str) -> LookupInvalid:
    return LookupInvalid(f"{pointer or '/'}：{message}", details=[{"pointer": pointer, "message": message}])
