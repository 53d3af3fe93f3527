"""Showing what is personal in a document, and taking a document back: each with a reason that stays on record."""

from __future__ import annotations

from typing import Literal

from fastapi import Request, Response
from pydantic import Field

from api.documents.shapes import HTML, PDF, SHAPES, DocumentDetails, DocumentResult, result
from api.permissions import Actor, Permission, needs
from api.replies import Reply
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import KeyParameter
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Document", "/documents")
MAX_REASON = 2_000


class Withdrawal(Strict):
    """Why; it stays on record."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, examples=["行政复议决定撤销"])


class Reveal(Strict):
    """Why; it stays on record. ``format`` is what is answered."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, examples=["送达当事人"])
    format: Literal["json", "html", "pdf"] = "json"


@router.post(
    "/{documentKey}/reveal",
    dependencies=[needs(Permission.DOCUMENT_REVEAL)],
    response_model=DocumentDetails,
    responses={
        200: {"description": "In the format that was asked for.", "content": {HTML.partition(";")[0]: {}, PDF: {}}}
    },
)
def reveal_document(
    request: Request, session: WriteSession, actor: Actor, documentKey: KeyParameter, body: Reveal
) -> Response:
    """A document with what is personal, as it was issued. Who saw it and why stays on record."""
    document = runtime.reveal_document(session, documentKey, reason=body.reason, actor=actor)
    return SHAPES[body.format](session, document, request.app.state.settings, masked=False)


@router.post(
    "/{documentKey}/withdrawal", dependencies=[needs(Permission.DOCUMENT_WITHDRAW)], response_model=DocumentResult
)
def withdraw_document(session: WriteSession, actor: Actor, documentKey: KeyParameter, body: Withdrawal) -> Response:
    """It holds no longer. Nothing of it is deleted; every view of it begins with that. 409 the second time."""
    document = runtime.withdraw_document(session, documentKey, reason=body.reason, actor=actor)
    return Reply(result(session, document))
