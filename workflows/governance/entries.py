"""Entries of registers: put, ended, merged. A change is a new version; the one before stays, with who and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, select, union_all, update
from sqlalchemy.orm import make_transient_to_detached

from workflows.governance import register_schemas
from workflows.governance.aliases import hold
from workflows.governance.registers import RegisterMismatch
from workflows.store.base import table
from workflows.store.errors import Conflict, Invalid, NotFound
from workflows.store.inserts import insert_new
from workflows.store.json import clean, encode
from workflows.store.keys import ELEMENT_BITS, next_keys
from workflows.store.memo import connection_of, forget, once, remember
from workflows.store.tables import RegisterEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.governance.register_schemas import EntrySchema

LONGEST_CHAIN = 100  # of entries merged into each other
SHOWN = 100  # entries that a new schema breaks
SEEDED = "随流程包部署"


_entry = table(RegisterEntry)
_CURRENT = and_(_entry.c.register == bindparam("b_register"), _entry.c.superseded.is_(None))
# Asked for each act that is judged, so built once.
_NEWEST = select(RegisterEntry).where(
    RegisterEntry.register == bindparam("b_register"),
    RegisterEntry.key == bindparam("b_key"),
    RegisterEntry.superseded.is_(None),
)
_LOCKED = _NEWEST.with_for_update()
_INTO = select(_entry.c.merged_into).where(_CURRENT, _entry.c.key == bindparam("b_key"))
# Two searches: for one with an OR, SQLite looks through the whole register.
_AROUND = union_all(
    *(
        select(_entry.c.key, _entry.c.merged_into).where(_CURRENT, column == bindparam("b_key"))
        for column in (_entry.c.key, _entry.c.merged_into)
    )
)
_MERGED = select(_entry.c.key).where(_CURRENT, _entry.c.merged_into.in_(bindparam("b_keys", expanding=True)))
_SUPERSEDE = update(_entry).where(_entry.c.id == bindparam("b_id"), _entry.c.superseded.is_(None))


class EntryMissing(NotFound):
    """台账里没有这个条目。"""

    code = "ENTRY_NOT_FOUND"


class StaleEntry(Conflict):
    """别人已经改过这个条目，请重新读取。"""

    code = "STALE_ENTRY"


class EntryMerged(Conflict):
    """这个条目已经并入另一个条目。"""

    code = "ENTRY_MERGED"


class SchemaBreaksEntries(Invalid):
    """新的 JSON Schema 与台账里已有的条目不符。"""

    code = "SCHEMA_BREAKS_ENTRIES"


def put(
    session: Session,
    register: str,
    data: Mapping[str, Any],
    *,
    key: str | None = None,
    version: int | None = None,
    reason: str,
    actor: str,
    at: datetime,
    process_instance_key: int | None = None,
) -> RegisterEntry:
    """Create or change an entry; one that stays as it is gets no new version. What comes back masked stays what it was.

    ``version`` is the one that was seen, 0 for none. RegisterMissing, RegisterMismatch, StaleEntry, EntryMerged,
    AliasTaken.
    """
    schema = register_schemas.find(session, register)
    data = clean(dict(data))
    given = key or schema.key_of(data)
    key = given or _new_key(session, schema)
    known = current(session, register, key, lock=True) if given else None
    meant = schema.unmasked(data, known.data) if known else data
    data = schema.checked({schema.key: key, **meant})
    if schema.key_of(data) != key:
        raise RegisterMismatch(f"{schema.title}：/{schema.key} 与编号 {key[:100]} 不一致")
    if version is not None and version != (known.version if known else 0):
        raise StaleEntry
    if known is not None:
        _changeable(known)
        if encode(known.data, sort_keys=True) == encode(data, sort_keys=True):
            return known
    return _add(
        session,
        schema,
        key,
        data,
        known,
        reason=reason,
        actor=actor,
        at=at,
        process_instance_key=process_instance_key,
    )


def end(
    session: Session,
    register: str,
    key: str,
    *,
    ends: datetime,
    version: int | None = None,
    reason: str,
    actor: str,
    at: datetime,
) -> RegisterEntry:
    """An entry holds no longer from ``ends`` on. Invalid where the register's entries have no validity."""
    schema = register_schemas.find(session, register)
    if schema.valid is None:
        raise Invalid(f"{schema.title}的条目没有有效期")
    data = find(session, register, key).data | {schema.valid[1]: ends.isoformat(timespec="seconds")}
    return put(session, register, data, key=key, version=version, reason=reason, actor=actor, at=at)


def merge(
    session: Session, register: str, key: str, into: str, *, reason: str, actor: str, at: datetime
) -> RegisterEntry:
    """Two entries turn out to be one: whoever asks for ``key`` is given ``into``. Both keep their history."""
    schema = register_schemas.find(session, register)
    target = survivor(session, register, into)
    if target == key:
        raise Invalid("条目不能并入自己")
    locked = {one: current(session, register, one, lock=True) for one in sorted((key, target))}
    entry, other = locked[key], locked[target]
    if entry is None or other is None:
        raise EntryMissing(f"{schema.title}里没有 {key if entry is None else target}")
    _changeable(entry)
    _changeable(other)
    return _add(session, schema, key, entry.data, entry, reason=reason, actor=actor, at=at, merged_into=target)


def current(session: Session, register: str, key: str, *, lock: bool = False) -> RegisterEntry | None:
    """The newest version of an entry, also of one that is merged into another.

    Unlocked it is as this transaction saw it first, or has left it.
    """
    wanted = {"b_register": register, "b_key": key}
    if lock:
        return session.scalars(_LOCKED, wanted).one_or_none()
    return once(session, ("entry", register, key), lambda: session.scalars(_NEWEST, wanted).one_or_none())


def find(session: Session, register: str, key: str) -> RegisterEntry:
    """An entry as it is now, also one that is merged into another. EntryMissing."""
    entry = current(session, register, key)
    if entry is None:
        raise EntryMissing(f"台账 {register} 里没有 {key[:100]}")
    return entry


def meant(session: Session, register: str, key: str) -> RegisterEntry:
    """An entry, or the one that it was merged into. EntryMissing."""
    for _ in range(LONGEST_CHAIN):
        entry = find(session, register, key)
        if entry.merged_into is None:
            return entry
        key = entry.merged_into
    raise Conflict(f"{key} 合并的次数太多")


def survivor(session: Session, register: str, key: str) -> str:
    """The key of what an entry was merged into, or its own."""
    connection = connection_of(session)
    for _ in range(LONGEST_CHAIN):
        into = connection.execute(_INTO, {"b_register": register, "b_key": key}).scalar()
        if into is None:
            return key
        key = into
    raise Conflict(f"{key} 合并的次数太多")


def family(session: Session, register: str, key: str) -> set[str]:
    """The keys of all that turned out to be the same as an entry, its own included."""
    connection = connection_of(session)
    around = connection.execute(_AROUND, {"b_register": register, "b_key": key}).all()
    if all(row.key == key and row.merged_into is None for row in around):  # nearly always
        return {key}
    found, new = set(), {survivor(session, register, key)}
    while new:
        found |= new
        merged = connection.execute(_MERGED, {"b_register": register, "b_keys": list(new)})
        new = set(merged.scalars()) - found
    return found


def history(session: Session, register: str, key: str, *, limit: int, before: int | None = None) -> list[RegisterEntry]:
    """The versions of an entry, the newest first, from below version ``before``."""
    query = select(RegisterEntry).where(RegisterEntry.register == register, RegisterEntry.key == key)
    if before is not None:
        query = query.where(RegisterEntry.version < before)
    return list(session.scalars(query.order_by(RegisterEntry.version.desc()).limit(limit)))


def seed(session: Session, register: str, contents: Iterable[Mapping[str, Any]], *, actor: str, at: datetime) -> None:
    """Add the entries of a deployed file that are not there yet; those that are belong to who works with them."""
    known = select(RegisterEntry.key).where(RegisterEntry.register == register).distinct()
    keys = set(connection_of(session).execute(known).scalars())
    schema = register_schemas.find(session, register)
    for data in contents:
        if schema.key_of(data) not in keys:
            put(session, register, data, reason=SEEDED, actor=actor, at=at)


def adopt(session: Session, register: str, *, at: datetime) -> None:
    """The entries live by the newest schema from now on. SchemaBreaksEntries names those that do not fit."""
    schema = register_schemas.find(session, register)
    present = select(RegisterEntry).where(
        RegisterEntry.register == register, RegisterEntry.superseded.is_(None), RegisterEntry.merged_into.is_(None)
    )
    broken: list[dict[str, Any]] = []
    for entry in session.scalars(present.order_by(RegisterEntry.key)):
        if misfit := _misfit(schema, entry):
            broken.append({"pointer": f"/{entry.key}", "message": misfit})
        elif not broken:
            for name, value in _derived(schema, entry.data).items():
                setattr(entry, name, value)
            _name(session, schema, entry, at)
    if broken:
        some = "；".join(f"{one['pointer'][1:]} {one['message']}" for one in broken[:3])
        raise SchemaBreaksEntries(f"{len(broken)} 个条目不符合新的 JSON Schema：{some}", details=broken[:SHOWN])
    session.flush()
    forget(session)


def _changeable(entry: RegisterEntry) -> None:
    if entry.merged_into is not None:
        details = [{"pointer": "/key", "message": entry.merged_into}]
        raise EntryMerged(f"{entry.key} 已经并入 {entry.merged_into}", details=details)


def _new_key(session: Session, schema: EntrySchema) -> str:
    if schema.prefix is None:
        pointer = f"/{schema.key}"
        raise RegisterMismatch(f"{schema.title}：{pointer} 必填", details=[{"pointer": pointer, "message": "必填"}])
    return f"{schema.prefix}{next_keys(session)[0] >> ELEMENT_BITS}"


def _misfit(schema: EntrySchema, entry: RegisterEntry) -> str | None:
    try:
        key = schema.key_of(schema.checked(entry.data))
    except RegisterMismatch as mismatch:
        return str(mismatch)
    return None if key == entry.key else f"/{schema.key} 不是 {entry.key}"


def _name(session: Session, schema: EntrySchema, entry: RegisterEntry, at: datetime, *, new: bool = False) -> None:
    def same(key: str) -> str:
        return survivor(session, schema.name, key)

    hold(session, schema.name, entry.key, schema.names(entry.data), at=at, survivor=same, new=new)


def _derived(schema: EntrySchema, data: dict[str, Any]) -> dict[str, Any]:
    """What is looked for, beside the entry itself."""
    valid_from, valid_to = schema.validity(data)
    extent = schema.extent(data)
    west, south, east, north = (extent and extent.box) or (None,) * 4
    place = {"unit": extent.unit if extent else None, "west": west, "south": south, "east": east, "north": north}
    return {"valid_from": valid_from, "valid_to": valid_to, **place}


def _add(
    session: Session,
    schema: EntrySchema,
    key: str,
    data: dict[str, Any],
    known: RegisterEntry | None,
    *,
    reason: str,
    actor: str,
    at: datetime,
    process_instance_key: int | None = None,
    merged_into: str | None = None,
) -> RegisterEntry:
    """The next version of an entry, which takes the place of the one that is known. StaleEntry; AliasTaken."""
    row = {
        "register": schema.name,
        "key": key,
        "version": known.version + 1 if known else 1,
        "data": data,
        **_derived(schema, data),
        "recorded": at,
        "superseded": None,
        "actor": actor,
        "reason": reason,
        "process_instance_key": process_instance_key,
        "merged_into": merged_into,
    }
    connection = connection_of(session)
    if known is not None:
        connection.execute(_SUPERSEDE, {"b_id": known.id, "superseded": at})
        session.expire(known)
    if not (ids := insert_new(connection, _entry, [row])):  # someone else added it at the same time
        raise StaleEntry
    entry = RegisterEntry(id=ids[0], **row)
    make_transient_to_detached(entry)
    session.add(entry)
    _name(session, schema, entry, at, new=known is None)
    if merged_into is not None:
        forget(session)
    return remember(session, ("entry", schema.name, key), entry)
