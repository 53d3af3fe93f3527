"""Documents from outside a process: the page that is shown, showing what is personal, taking one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.calendar import CHINA
from workflows.governance import documents, templates
from workflows.intake import press
from workflows.intake.rendering import day, marked
from workflows.runtime.clock import now
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.reasons import said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflows.governance.drafts import Data
    from workflows.store.tables import Document

MASKED = "本件已遮盖个人信息，不是正本。"


def document_data(session: Session, document: Document, *, masked: bool = True) -> Data:
    """What a document says, without what is personal or with it."""
    if not masked:
        return document.data
    return documents.masked(document.data, templates.by_key(session, document.template_key).personal)


def document_page(session: Session, document: Document, *, masked: bool = True) -> str:
    """A document as HTML: as it was issued, or masked and marked so. One that was withdrawn says so first."""
    html, notices = document.html, []
    data = document_data(session, document, masked=masked)
    if data != document.data:
        html = press.render(templates.by_key(session, document.template_key).body, data)
        notices.append(MASKED)
    if document.withdrawn is not None:
        at = document.withdrawn.astimezone(CHINA.zone).date()
        notices.append(f"本文书已于{day(at)}撤回：{document.withdrawn_why}")
    return marked(html, *notices)


def reveal_document(session: Session, key: int, *, reason: str, actor: str) -> Document:
    """A document with what is personal; who saw it and why stays on record. ReasonMissing, DocumentMissing."""
    why = said(reason, required=True)
    document = documents.find(session, key)
    _record(session, Tag.DOCUMENT_REVEAL, document, why, actor)
    return document


def withdraw_document(session: Session, key: int, *, reason: str, actor: str) -> Document:
    """It holds no longer (第四十八条); it stays on record. ReasonMissing, DocumentMissing, DocumentWithdrawn."""
    why = said(reason, required=True)
    document = documents.withdraw(session, key, reason=why["reason"], actor=actor, at=now(session))
    _record(session, Tag.DOCUMENT_WITHDRAW, document, why, actor)
    return document


def _record(session: Session, tag: Tag, document: Document, why: dict[str, Any], actor: str) -> None:
    details = {
        "key": str(document.key),
        "number": document.number,
        "processInstance": str(document.process_instance_key),
        **why,
    }
    record_engine_event(session, tag, details, at=now(session), actor=actor)
