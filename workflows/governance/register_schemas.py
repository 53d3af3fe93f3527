"""The schema of a register of entries: what an entry must hold, and what its fields mean to the house."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from workflows.calendar import CHINA
from workflows.governance.aliases import BadAlias, normalised
from workflows.governance.extents import Extent
from workflows.governance.registers import RegisterMismatch, RegisterMissing
from workflows.governance.schemas import problems, sentence
from workflows.store.definitions import parsed
from workflows.store.json import clean, encode
from workflows.store.memo import once
from workflows.store.tables import RegisterSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from workflows.governance.schemas import Schema
    from workflows.store.tables import RegisterEntry

ANNOTATION = "x-register"
MAX_BYTES = 64 * 1024  # of one entry
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
FIELD = re.compile(r"\w{1,64}")
KEY = re.compile(r"\w[\w.-]{0,99}")
SHOWN_FIRST, SHOWN_LAST, LONG = 3, 2, 8  # of what is masked

_FIELDS = {"type": "array", "items": {"type": "string"}, "maxItems": 100}
_ANNOTATION: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key"],
    "properties": {
        "key": {"type": "string"},
        "prefix": {"type": "string", "maxLength": 20},
        "aliases": _FIELDS,
        "valid": _FIELDS | {"minItems": 2, "maxItems": 2},
        "place": {"type": ["string", "null"]},
        "personal": _FIELDS,
    },
}


@dataclass(frozen=True, slots=True)
class EntrySchema:
    """One version of a register's schema. ``content`` describes the file of the register: a list of entries."""

    name: str
    pack: str
    version: int
    content: Schema
    fields: frozenset[str]
    key: str  # the field that names an entry
    prefix: str | None  # of the keys of entries that come without one
    aliases: tuple[str, ...]
    valid: tuple[str, str] | None  # the fields from when and until when
    place: str | None
    personal: tuple[str, ...]

    @property
    def title(self) -> str:
        return str(self.content.get("title") or self.name)

    def checked(self, data: Any) -> dict[str, Any]:
        """An entry that fits, its numbers exact. RegisterMismatch names every place at fault; NotJson."""
        data = clean(data)
        if found := self.problems(data):
            raise RegisterMismatch(f"{self.title}：{sentence(found)}", details=[dict(one) for one in found])
        if len(encode(data)) > MAX_BYTES:
            raise RegisterMismatch(f"{self.title}：一条最多 {MAX_BYTES} 字节")
        self.extent(data)
        self.names(data)
        self.validity(data)
        return dict(data)

    def problems(self, data: Any) -> list[dict[str, str]]:
        """What is wrong with one entry, its pointers relative to it."""
        found = problems(self.content, [data])
        return [one | {"pointer": one["pointer"].removeprefix("/0")} for one in found]

    def key_of(self, data: Mapping[str, Any]) -> str | None:
        """RegisterMismatch where it is no key: letters, digits, ``.``, ``_`` and ``-``, at most 100."""
        key = data.get(self.key)
        if key is None:
            return None
        if not isinstance(key, str) or not KEY.fullmatch(key):
            raise self._wrong(self.key, "编号只能用文字、数字、. _ -，最多 100 个字符")
        return key

    def names(self, data: Mapping[str, Any]) -> set[tuple[str, str]]:
        """The aliases of an entry: (kind, normalised value). RegisterMismatch."""
        found = set()
        for kind in self.aliases:
            for value in _several(data.get(kind)):
                try:
                    found.add((kind, normalised(value)))
                except BadAlias as error:
                    raise self._wrong(kind, str(error)) from error
        return found

    def validity(self, data: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
        """From when and before when an entry holds; a last day is included. RegisterMismatch."""
        if self.valid is None:
            return None, None
        first, last = self.valid
        begins, ends = self._moment(data, first), self._moment(data, last, days=1)
        if begins is not None and ends is not None and begins >= ends:
            raise self._wrong(last, f"不能早于 {first}")
        return begins, ends

    def extent(self, data: Mapping[str, Any]) -> Extent | None:
        """Where an entry holds; None where it says nothing of that. RegisterMismatch."""
        value = data.get(self.place) if self.place else None
        try:
            return None if value is None else Extent.of(value)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise self._wrong(str(self.place), "不是地点：写单位、经纬度和半径，或边界") from error

    def masked(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Without what is personal, but so that one who knows it recognises it."""
        return {name: mask(value) if name in self.personal else value for name, value in data.items()}

    def unmasked(self, data: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent back masked stays what it was."""
        return {
            name: known[name] if name in self.personal and name in known and value == mask(known[name]) else value
            for name, value in data.items()
        }

    def _moment(self, data: Mapping[str, Any], field: str, days: int = 0) -> datetime | None:
        try:
            return moment_of(data.get(field), days)
        except (OverflowError, TypeError, ValueError) as error:
            raise self._wrong(field, "不是日期，也不是带时区的时刻") from error

    def _wrong(self, field: str, message: str) -> RegisterMismatch:
        return RegisterMismatch(
            f"{self.title}：/{field} {message}", details=[{"pointer": f"/{field}", "message": message}]
        )


def read(name: str, pack: str, content: Any, version: int = 0) -> EntrySchema | None:
    """The schema of a register of entries; None where it describes one document. RegisterMismatch."""
    if not isinstance(content, dict) or ANNOTATION not in content:
        return None
    annotation = content[ANNOTATION]
    if found := problems(_ANNOTATION, annotation):
        raise RegisterMismatch(f"{ANNOTATION}：{sentence(found)}")
    if not NAME.fullmatch(name):
        raise RegisterMismatch(f"台账的名称 {name[:40]} 只能用小写字母、数字和 -")
    items = content.get("items")
    fields = items.get("properties") if isinstance(items, dict) else None
    if content.get("type") != "array" or not isinstance(fields, dict):
        raise RegisterMismatch(f"{ANNOTATION}：台账是条目的列表，要写 type: array 和 items.properties")
    valid, place = annotation.get("valid"), annotation.get("place")
    named = [annotation["key"], *annotation.get("aliases", ()), *(valid or ()), *annotation.get("personal", ())]
    for field in [*fields, *named, *([place] if place else [])]:
        if field not in fields or not FIELD.fullmatch(field):
            raise RegisterMismatch(f"{ANNOTATION}：条目没有字段 {field[:40]}，或名称不能用")
    return EntrySchema(
        name=name,
        pack=pack,
        version=version,
        content=content,
        fields=frozenset(fields),
        key=annotation["key"],
        prefix=annotation.get("prefix"),
        aliases=tuple(annotation.get("aliases", ())),
        valid=(valid[0], valid[1]) if valid else None,
        place=place,
        personal=tuple(annotation.get("personal", ())),
    )


_NEWEST = (
    select(RegisterSchema.key, RegisterSchema.hash, RegisterSchema.pack, RegisterSchema.version)
    .where(RegisterSchema.name == bindparam("b_name"))
    .order_by(RegisterSchema.version.desc())
    .limit(1)
)


def find(session: Session, name: str) -> EntrySchema:
    """The newest schema of a register. RegisterMissing."""
    return once(session, ("register schema", name), lambda: _find(session, name))


def _find(session: Session, name: str) -> EntrySchema:
    row = session.connection().execute(_NEWEST, {"b_name": name}).one_or_none()
    if row is None:
        raise RegisterMissing(f"没有台账 {name[:63]}")

    def form() -> EntrySchema | None:
        query = select(RegisterSchema.content).where(RegisterSchema.key == row.key)
        return read(name, row.pack, session.connection().execute(query).scalar_one(), row.version)

    found = parsed(("register schema", row.hash, name, row.pack, str(row.version)), form)
    if found is None:
        raise RegisterMissing(f"没有台账 {name[:63]}")
    return found


def every(session: Session) -> list[EntrySchema]:
    """All registers of entries by name, each in its newest schema."""
    names = session.connection().execute(select(RegisterSchema.name).distinct().order_by(RegisterSchema.name))
    return [find(session, name) for name in names.scalars()]


def moment_of(text: Any, days: int = 0) -> datetime | None:
    """A moment with its zone, or the midnight of a day in 娄底, ``days`` later; in UTC. ValueError and the like."""
    if text is None:
        return None
    if len(text) <= len("2026-03-02"):
        at = datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(), CHINA.zone)
    else:
        at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)


def as_variables(entry: RegisterEntry, schema: EntrySchema, *, masked: bool = True) -> dict[str, Any]:
    """An entry as diagrams and clients read it."""
    return {
        "register": entry.register,
        "key": entry.key,
        "version": entry.version,
        "validFrom": entry.valid_from and entry.valid_from.isoformat(),
        "validTo": entry.valid_to and entry.valid_to.isoformat(),
        "mergedInto": entry.merged_into,
        "data": schema.masked(entry.data) if masked else entry.data,
    }


def mask(value: Any) -> Any:
    """``430***12`` of a long text, ``***`` of a short one, of each in a list; other values are hidden."""
    if isinstance(value, list):
        return [mask(one) for one in value]
    if isinstance(value, str) and len(value) > LONG:
        return f"{value[:SHOWN_FIRST]}***{value[-SHOWN_LAST:]}"
    if isinstance(value, str) and len(value) > 1:
        return f"{value[:1]}**"
    return None if value is None else "***"


def _several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
