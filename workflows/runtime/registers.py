"""Changing registers from outside a process: put, end, merge, and showing what is personal. Each goes on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.governance import entries, violations
from workflows.runtime.clock import now
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.reasons import said

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.store.tables import RegisterEntry, Violation


def put_entry(
    session: Session,
    register: str,
    data: Mapping[str, Any],
    *,
    key: str | None = None,
    version: int | None = None,
    reason: str,
    actor: str,
) -> RegisterEntry:
    """Create or change an entry; what comes back masked stays what it was.

    ``version`` is the one that was seen, 0 for none. ReasonMissing, RegisterMissing, RegisterMismatch, StaleEntry,
    EntryMerged, AliasTaken.
    """
    why = said(reason, required=True)
    at = now(session)
    known = entries.current(session, register, key) if key is not None else None
    done = why["reason"]
    entry = entries.put(session, register, data, key=key, version=version, reason=done, actor=actor, at=at)
    if known is None or entry.version != known.version:
        _record(session, Tag.REGISTER_PUT, entry, why, at=at, actor=actor)
    return entry


def end_entry(
    session: Session,
    register: str,
    key: str,
    *,
    ends: datetime | None = None,
    version: int | None = None,
    reason: str,
    actor: str,
) -> RegisterEntry:
    """An entry holds no longer from ``ends`` on, from now where none is said. As ``put_entry``; Invalid."""
    why = said(reason, required=True)
    at = now(session)
    entry = entries.end(
        session, register, key, ends=ends or at, version=version, reason=why["reason"], actor=actor, at=at
    )
    _record(session, Tag.REGISTER_END, entry, why, at=at, actor=actor)
    return entry


def merge_entries(session: Session, register: str, key: str, into: str, *, reason: str, actor: str) -> RegisterEntry:
    """Two entries are one: ``key`` leads to ``into`` from now on. ReasonMissing, EntryMissing, EntryMerged, Invalid."""
    why = said(reason, required=True)
    at = now(session)
    entry = entries.merge(session, register, key, into, reason=why["reason"], actor=actor, at=at)
    _record(session, Tag.REGISTER_MERGE, entry, why | {"into": entry.merged_into}, at=at, actor=actor)
    return entry


def reveal_entry(session: Session, register: str, key: str, *, reason: str, actor: str) -> RegisterEntry:
    """An entry with what is personal; who saw it and why stays on record. ReasonMissing, EntryMissing."""
    why = said(reason, required=True)
    entry = entries.find(session, register, key)
    _record(session, Tag.REGISTER_REVEAL, entry, why, at=now(session), actor=actor)
    return entry


def annul_violation(session: Session, key: int, *, reason: str, actor: str) -> Violation:
    """A decision was withdrawn or set aside (撤销): the act counts no more. ReasonMissing, NotFound."""
    why = said(reason, required=True)
    at = now(session)
    row, before = violations.annul(session, key, reason=why["reason"], actor=actor, at=at)
    if not before:
        details = {"key": str(row.key), "processInstance": str(row.process_instance_key), **why}
        record_engine_event(session, Tag.VIOLATION_ANNUL, details, at=at, actor=actor)
    return row


def _record(
    session: Session, tag: Tag, entry: RegisterEntry, more: dict[str, Any], *, at: datetime, actor: str
) -> None:
    """Which entry and version; what it holds is in the register itself."""
    details = {"register": entry.register, "key": entry.key, "version": entry.version, **more}
    record_engine_event(session, tag, details, at=at, actor=actor)
