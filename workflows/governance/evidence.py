"""Evidence (行政处罚法第四十六条): what proves something, whether it may be used, and whether it suffices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from workflows.governance import files
from workflows.governance.places import metres
from workflows.store.errors import Conflict, Invalid, NotFound
from workflows.store.keys import next_keys
from workflows.store.tables import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from workflows.governance.places import Position

#: The eight kinds of article 46.
KINDS = {
    "documentary": "书证",
    "physical": "物证",
    "audio-visual": "视听资料",
    "electronic-data": "电子数据",
    "witness-testimony": "证人证言",
    "party-statement": "当事人的陈述",
    "expert-opinion": "鉴定意见",
    "inspection-record": "勘验笔录、现场笔录",
}
#: What is kept, and the ending of its file. Nothing among it is run by whoever opens it.
ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "application/pdf": ".pdf",
}
APART_IN_TIME = timedelta(minutes=10)  # what a camera's clock may differ from what is said
APART_IN_PLACE = 200.0  # metres, and a receiver among houses


class Status(StrEnum):
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    EXCLUDED = "excluded"


class EvidenceNotAudited(Conflict):
    """电子技术监控设备的记录未经法制和技术审核，不能作为证据。"""

    code = "EVIDENCE_NOT_AUDITED"


@dataclass(frozen=True, slots=True)
class CleanFile:
    """A file that is harmless, and what it said of itself before that was taken out."""

    content: bytes
    media_type: str
    source_hash: str
    width: int | None = None
    height: int | None = None
    taken: datetime | None = None
    point: Position | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What whoever brings a piece of evidence says of it."""

    kind: str
    title: str
    case_key: int | None = None
    process_instance_key: int | None = None
    taken: datetime | None = None
    point: Position | None = None
    electronic: bool = False


def add(
    session: Session, directory: Path, file: CleanFile, stated: Stated, *, actor: str, at: datetime
) -> tuple[Evidence, bool]:
    """Keep a piece of evidence with what is doubtful about it; was it there already, for the same matter? Invalid."""
    if stated.kind not in KINDS:
        raise Invalid(f"证据种类只能是 {'、'.join(KINDS)}")
    same = select(Evidence).where(
        Evidence.source_hash == file.source_hash,
        Evidence.kind == stated.kind,
        _is(Evidence.case_key, stated.case_key),
        _is(Evidence.process_instance_key, stated.process_instance_key),
    )
    if (known := session.scalars(same.order_by(Evidence.key).limit(1)).one_or_none()) is not None:
        return known, True
    lon, lat = stated.point or (None, None)
    row = Evidence(
        key=next_keys(session)[0],
        case_key=stated.case_key,
        process_instance_key=stated.process_instance_key,
        kind=stated.kind,
        title=stated.title,
        hash=files.keep(directory, file.content, ENDINGS[file.media_type]),
        source_hash=file.source_hash,
        media_type=file.media_type,
        size=len(file.content),
        width=file.width,
        height=file.height,
        taken=stated.taken,
        lon=lon,
        lat=lat,
        doubts=[*_contradictions(file, stated, at), *_used_before(session, file, stated)],
        electronic=stated.electronic,
        uploaded=at,
        uploaded_by=actor,
        status=Status.UNVERIFIED.value,
    )
    session.add(row)
    session.flush()
    return row, False


def audit(session: Session, key: int, *, note: str, actor: str, at: datetime) -> Evidence:
    """法制和技术审核 of what technical monitoring equipment has recorded (41). Invalid for anything else."""
    row = find(session, key, lock=True)
    if not row.electronic:
        raise Invalid("只有电子技术监控设备的记录需要审核")
    row.audited, row.audited_by, row.audit = at, actor, note
    session.flush()
    return row


def judge(session: Session, key: int, status: Status, *, reason: str, actor: str, at: datetime) -> Evidence:
    """Verified or excluded; the last judgement counts. EvidenceNotAudited."""
    row = find(session, key, lock=True)
    if status is Status.VERIFIED and row.electronic and row.audited is None:
        raise EvidenceNotAudited
    row.status, row.judged, row.judged_by, row.judged_why = status.value, at, actor, reason
    session.flush()
    return row


def find(session: Session, key: int, *, lock: bool = False) -> Evidence:
    row = session.get(Evidence, key, with_for_update=lock or None)
    if row is None:
        raise NotFound(f"没有编号为 {key} 的证据")
    return row


def of_matter(session: Session, case_key: int | None, process_instance_key: int) -> list[Evidence]:
    """All that was brought for an instance, or for the case it handles."""
    matter = Evidence.process_instance_key == process_instance_key
    if case_key is not None:
        matter = or_(matter, Evidence.case_key == case_key)
    return list(session.scalars(select(Evidence).where(matter).order_by(Evidence.key)))


def missing(rows: Iterable[Evidence], required: Sequence[str]) -> list[str]:
    """The kinds of which no verified piece is there; of one kind as many as it is named. Invalid."""
    if unknown := [kind for kind in required if kind not in KINDS]:
        raise Invalid(f"没有证据种类 {'、'.join(map(str, unknown))}；有 {'、'.join(KINDS)}")
    usable = [row.kind for row in rows if objection(row) is None]
    lacking = []
    for kind in required:
        if kind in usable:
            usable.remove(kind)
        else:
            lacking.append(kind)
    return lacking


def objection(row: Evidence) -> str | None:
    """Why a piece may not be used, or None."""
    if row.status == Status.EXCLUDED:
        return f"已排除：{row.judged_why}"
    if row.electronic and row.audited is None:
        return "电子技术监控记录未经法制和技术审核"
    return None if row.status == Status.VERIFIED else "未经查证属实"


def _contradictions(file: CleanFile, stated: Stated, now: datetime) -> list[dict[str, Any]]:
    """Where the file itself says something else than who brought it."""
    found: list[dict[str, Any]] = []
    said = stated.taken or (now if file.taken and file.taken > now + APART_IN_TIME else None)
    if file.taken is not None and said is not None and abs(file.taken - said) > APART_IN_TIME:
        found.append({"kind": "time", "stated": said.isoformat(), "file": file.taken.isoformat()})
    if file.point is not None and stated.point is not None:
        apart = metres(file.point, stated.point)
        if apart > APART_IN_PLACE:
            found.append(
                {"kind": "place", "stated": list(stated.point), "file": list(file.point), "metres": int(apart)}
            )
    return found


def _used_before(session: Session, file: CleanFile, stated: Stated) -> list[dict[str, Any]]:
    """The same file was brought for another matter."""
    query = select(Evidence).where(Evidence.source_hash == file.source_hash).order_by(Evidence.key).limit(10)
    others = [row for row in session.scalars(query) if not _same_matter(row, stated)]
    return [{"kind": "reused", "evidence": str(row.key)} for row in others]


def _same_matter(row: Evidence, stated: Stated) -> bool:
    if stated.case_key is not None and row.case_key is not None:
        return row.case_key == stated.case_key
    return row.process_instance_key == stated.process_instance_key


def _is(column: Any, value: int | None) -> Any:
    return column.is_(None) if value is None else column == value
