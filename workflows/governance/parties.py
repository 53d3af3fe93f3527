"""Parties (当事人): who is meant by a key or a name, and who answers for a shop or a vehicle at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.governance import aliases, entries
from workflows.governance.entries import EntryMissing
from workflows.governance.register_schemas import moment_of
from workflows.store.errors import Invalid

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

REGISTER = "parties"


def named(session: Session, party: Any, at: datetime) -> str | None:
    """The key behind a key, an entry ``{key}`` or a name ``{kind, value}``; None for nobody. EntryMissing; Invalid."""
    if party is None:
        return None
    if isinstance(party, dict) and {"kind", "value"} <= party.keys() and "key" not in party:
        value = aliases.normalised(party["value"])
        key = aliases.holder(session, REGISTER, str(party["kind"]), value, at)
        if key is None:
            raise EntryMissing(f"当事人台账里没有 {party['kind']} {value}")
    else:
        key = party.get("key") if isinstance(party, dict) else party
    if not isinstance(key, str):
        raise Invalid("当事人要写编号，或别名的种类和值")
    return entries.meant(session, REGISTER, key).key


def responsible(session: Session, key: str, at: datetime) -> str:
    """Who answered for a shop or a vehicle at a moment: its owner then, or itself where no owner is known."""
    for owner in entries.find(session, REGISTER, key).data.get("owners") or ():
        begins, ends = moment_of(owner.get("from")), moment_of(owner.get("to"), 1)
        if (begins is None or begins <= at) and (ends is None or at < ends):
            return entries.survivor(session, REGISTER, owner["party"])
    return key
