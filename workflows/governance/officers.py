"""Enforcement officers (执法人员): whether those who act are two, certified, of the organ (行政处罚法第四十二条)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.governance import aliases, entries, register_schemas
from workflows.governance.aliases import normalised
from workflows.store.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.store.tables import RegisterEntry

REGISTER = "officers"
CERTIFICATE = "certificate"  # the alias
NEEDED = 2
MOST = 20
REVIEWER = "reviewer"


def objections(
    session: Session,
    certificates: Iterable[str],
    *,
    at: datetime,
    organ: str | None,
    needed: int = NEEDED,
    reviewer: bool = False,
) -> list[str]:
    """Why these certificates do not suffice at a moment; empty when they do.

    ``reviewer``: each must hold the qualification to review decisions (58).
    """
    register_schemas.find(session, REGISTER)
    numbers = list(dict.fromkeys(map(normalised, certificates)))
    if len(numbers) > MOST:
        raise Invalid(f"一次最多核对 {MOST} 个证件")
    found = []
    persons = set()
    for number in numbers:
        entry = _officer(session, number, at)
        reason = _objection(entry, at, organ, reviewer=reviewer)
        if reason is None and entry is not None:
            persons.add(entry.data["person"])
        else:
            found.append(f"证件 {number} {reason}")
    if len(persons) < needed:
        found.append(f"须有 {needed} 名持有效证件的不同人员，现有 {len(persons)} 名")
    return found


def _officer(session: Session, number: str, at: datetime) -> RegisterEntry | None:
    key = aliases.holder(session, REGISTER, CERTIFICATE, number, at)
    return None if key is None else entries.meant(session, REGISTER, key)


def _objection(entry: RegisterEntry | None, at: datetime, organ: str | None, *, reviewer: bool) -> str | None:
    if entry is None:
        return "不在执法人员台账里"
    if entry.valid_from is not None and at < entry.valid_from:
        return "尚未生效"
    if entry.valid_to is not None and at >= entry.valid_to:
        return "已经失效"
    if organ is not None and entry.data["organ"] != organ:
        return f"不属于 {organ}"
    if reviewer and not entry.data.get(REVIEWER):
        return "没有法制审核资格"
    return None
