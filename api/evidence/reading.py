"""Reading evidence: one piece, many, and the file itself, only ever to be saved."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.responses import FileResponse
from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.problems import Problem
from api.replies import key, moment
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import FLAG, KEY, MOMENT, TEXT, KeyParameter, choice
from api.v2.searching import Listed, Listing, Query, SearchResult
from workflows.governance import evidence, files
from workflows.governance.evidence import ENDINGS, KINDS, Status
from workflows.store.tables import Case, Evidence

router = new_router("Evidence", "/evidence")
P = Permission


class EvidenceResult(TypedDict):
    """``doubts``: where the file contradicts what was said of it, or was brought for another matter before.

    ``usable`` is null where it may be used, else why not.
    """

    evidenceKey: str
    kind: str
    kindName: str
    title: str
    caseNumber: str | None
    processInstanceKey: str | None
    sha256: str
    sourceSha256: str
    mediaType: str
    size: int
    width: int | None
    height: int | None
    takenAt: str | None
    lon: float | None
    lat: float | None
    doubts: list[dict[str, Any]]
    electronic: bool
    uploadedAt: str | None
    uploadedBy: str
    auditedAt: str | None
    auditedBy: str | None
    audit: str | None
    status: str
    judgedAt: str | None
    judgedBy: str | None
    judgedWhy: str | None
    unusable: str | None


STATEMENT = select(*Evidence.__table__.c, Case.number.label("case_number")).outerjoin(
    Case, Case.key == Evidence.case_key
)


def result(row: Row[Any]) -> EvidenceResult:
    return {
        "evidenceKey": str(row.key),
        "kind": row.kind,
        "kindName": KINDS[row.kind],
        "title": row.title,
        "caseNumber": row.case_number,
        "processInstanceKey": key(row.process_instance_key),
        "sha256": row.hash,
        "sourceSha256": row.source_hash,
        "mediaType": row.media_type,
        "size": row.size,
        "width": row.width,
        "height": row.height,
        "takenAt": moment(row.taken),
        "lon": row.lon,
        "lat": row.lat,
        "doubts": row.doubts,
        "electronic": row.electronic,
        "uploadedAt": moment(row.uploaded),
        "uploadedBy": row.uploaded_by,
        "auditedAt": moment(row.audited),
        "auditedBy": row.audited_by,
        "audit": row.audit,
        "status": row.status,
        "judgedAt": moment(row.judged),
        "judgedBy": row.judged_by,
        "judgedWhy": row.judged_why,
        "unusable": evidence.objection(row),  # type: ignore[arg-type]  # a row has what it looks at
    }


EVIDENCE = Listing(
    name="证据",
    statement=STATEMENT,
    key="evidenceKey",
    shape=result,
    fields={
        "evidenceKey": Listed(Evidence.key, KEY),
        "caseNumber": Listed(Case.number, TEXT),
        "processInstanceKey": Listed(Evidence.process_instance_key, KEY),
        "kind": Listed(Evidence.kind, choice(*KINDS)),
        "status": Listed(Evidence.status, choice(*Status)),
        "electronic": Listed(Evidence.electronic, FLAG),
        "sourceSha256": Listed(Evidence.source_hash, TEXT),
        "uploadedBy": Listed(Evidence.uploaded_by, TEXT),
        "uploadedAt": Listed(Evidence.uploaded, MOMENT),
        "takenAt": Listed(Evidence.taken, MOMENT),
    },
)


def shown(session: Session, row: Evidence) -> EvidenceResult:
    """A piece that was just written."""
    session.flush()
    return result(EVIDENCE.row(session, row.key))


@router.post(
    "/search",
    dependencies=[needs(P.EVIDENCE_READ)],
    response_model=SearchResult[EvidenceResult],
    openapi_extra=EVIDENCE.documented,
)
def search_evidence(session: ReadSession, query: Query) -> Response:
    """Find evidence, for example all of a case, or what is not verified yet."""
    return EVIDENCE.search(session, query)


@router.get("/{evidenceKey}", dependencies=[needs(P.EVIDENCE_READ)], response_model=EvidenceResult)
def get_evidence(session: ReadSession, evidenceKey: KeyParameter) -> Response:
    """One piece of evidence: what it is, what is doubtful about it, who judged it and why."""
    return EVIDENCE.get(session, evidenceKey)


@router.get(
    "/{evidenceKey}/file",
    dependencies=[needs(P.EVIDENCE_READ)],
    response_class=FileResponse,
    responses={200: {"description": "The file.", "content": {name: {} for name in ENDINGS}}},
)
def get_evidence_file(request: Request, session: ReadSession, evidenceKey: KeyParameter) -> Response:
    """The file, to save; no browser shows it as a page."""
    row = evidence.find(session, evidenceKey)
    ending = ENDINGS[row.media_type]
    path = files.path_of(request.app.state.settings.evidence_directory, row.hash, ending)
    if not path.exists():
        raise Problem(404, f"证据 {evidenceKey} 的文件不在了")
    media_type = f"{row.media_type}; charset=utf-8" if row.media_type == "text/plain" else row.media_type
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    return FileResponse(path, media_type=media_type, filename=f"evidence-{row.key}{ending}", headers=headers)
