"""A document as it is answered: a line in a list, all that it states, a page, a file to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from api.problems import Problem
from api.replies import Reply, key, moment
from workflows.governance import documents, templates
from workflows.intake import press
from workflows.intake.rendering import Unprintable
from workflows.runtime import document_data, document_page
from workflows.store.tables import Case, Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from api.settings import Settings

HTML, PDF = "text/html; charset=utf-8", "application/pdf"
#: No script, no form, nothing from elsewhere: what a page holds was written by nobody whom we trust.
POLICY = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}


class DocumentResult(TypedDict):
    """A document without what it says."""

    documentKey: str
    number: Annotated[str, Field(examples=["娄城管不罚决〔2026〕第12号"])]
    title: str
    templateId: str
    templateVersion: int
    caseNumber: str | None
    processInstanceKey: Annotated[str | None, Field(description="That issued it.")]
    issuedAt: str | None
    issuedBy: str
    sha256: Annotated[str, Field(description="Of the HTML as it was issued; the event document:issue has it too.")]
    withdrawnAt: str | None
    withdrawnBy: str | None
    withdrawnWhy: str | None


class Source(TypedDict, total=False):
    """What a statement rests on: one of these."""

    variable: str
    parameter: Annotated[str, Field(description="Of the template's manifest.")]
    register: str
    evidence: str
    article: str
    decisionId: str
    version: Any
    ruleId: str


class Statement(TypedDict):
    part: Annotated[str, Field(examples=["facts"])]
    text: str
    sources: list[dict[str, Any]]


class Taken(TypedDict):
    """A decision by rule that the document cites, as it is on record."""

    decisionEvaluationInstanceKey: str
    decisionId: str
    decisionName: str
    version: int
    ruleIds: list[str]
    evaluatedAt: str | None


class DocumentDetails(DocumentResult):
    """``masked`` where what is personal is hidden in ``data``."""

    masked: bool
    data: dict[str, Any]
    statements: list[Statement]
    decisions: list[Taken]


def result(session: Session, document: Document) -> DocumentResult:
    template = templates.by_key(session, document.template_key)
    case = session.get(Case, document.case_key) if document.case_key is not None else None
    return {
        "documentKey": str(document.key),
        "number": document.number,
        "title": template.title,
        "templateId": template.id,
        "templateVersion": template.version,
        "caseNumber": None if case is None else case.number,
        "processInstanceKey": key(document.process_instance_key),
        "issuedAt": moment(document.issued),
        "issuedBy": document.actor,
        "sha256": document.hash,
        "withdrawnAt": moment(document.withdrawn),
        "withdrawnBy": document.withdrawn_by,
        "withdrawnWhy": document.withdrawn_why,
    }


def details(session: Session, document: Document, _settings: Settings, *, masked: bool) -> Response:
    data = document_data(session, document, masked=masked)
    taken: list[Taken] = [
        {
            "decisionEvaluationInstanceKey": one["key"],
            "decisionId": one["decisionId"],
            "decisionName": one["decisionName"],
            "version": one["version"],
            "ruleIds": one["ruleIds"],
            "evaluatedAt": moment(one["at"]),
        }
        for one in documents.evaluations(session, document)
    ]
    hidden = data != document.data
    stated = documents.stated(data)
    return Reply(
        {**result(session, document), "masked": hidden, "data": data, "statements": stated, "decisions": taken}
    )


def page(session: Session, document: Document, _settings: Settings, *, masked: bool) -> Response:
    return Response(_page(session, document, masked=masked), media_type=HTML, headers=POLICY)


def pdf(session: Session, document: Document, settings: Settings, *, masked: bool) -> Response:
    """To save or print; no browser runs it as part of our pages."""
    html = _page(session, document, masked=masked)
    try:
        printed = press.print_pdf(html, settings.document_font)
    except Unprintable as problem:
        raise Problem(422, str(problem), code="DOCUMENT_UNPRINTABLE") from problem
    headers = POLICY | {"Content-Disposition": f'attachment; filename="document-{document.key}.pdf"'}
    return Response(printed, media_type=PDF, headers=headers)


def _page(session: Session, document: Document, *, masked: bool) -> str:
    try:
        return document_page(session, document, masked=masked)
    except Unprintable as problem:
        raise Problem(422, str(problem), code="DOCUMENT_UNPRINTABLE") from problem


#: How a document may be asked for.
SHAPES: dict[str, Callable[..., Response]] = {"json": details, "html": page, "pdf": pdf}
