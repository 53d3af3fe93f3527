"""Reading documents: which there are, and each as data, as a page and to print. What is personal is masked."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from api.documents.shapes import HTML, PDF, DocumentDetails, DocumentResult, details, page, pdf, result
from api.permissions import Permission, needs
from api.replies import Reply
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter
from workflows.governance import cases, documents
from workflows.store.tables import Document

router = new_router("Document")
READ = [needs(Permission.DOCUMENT_READ)]


class Documents(TypedDict):
    """In the order in which they were issued."""

    items: list[DocumentResult]


@router.get("/cases/{number}/documents", dependencies=READ, response_model=Documents)
def list_case_documents(session: ReadSession, number: str) -> Response:
    """The documents that were issued in a case, those that were withdrawn among them."""
    return _listed(session, documents.of_case(session, cases.by_number(session, number).key))


@router.get("/documents", dependencies=READ, response_model=Documents)
def list_documents(
    session: ReadSession, processInstanceKey: Annotated[KeyParameter, Query(description="Of an instance, or its root.")]
) -> Response:
    """The documents that an instance has issued, and those that it called."""
    return _listed(session, documents.of_instance(session, processInstanceKey))


@router.get("/documents/{documentKey}.json", dependencies=READ, response_model=DocumentDetails)
def get_document(request: Request, session: ReadSession, documentKey: KeyParameter) -> Response:
    """What a document says, sentence by sentence, and what each rests on: variables, rules of a version, articles."""
    return details(session, documents.find(session, documentKey), request.app.state.settings, masked=True)


@router.get(
    "/documents/{documentKey}.html",
    dependencies=READ,
    response_class=Response,
    responses={200: {"description": "The page.", "content": {HTML.partition(";")[0]: {}}}},
)
def get_document_page(request: Request, session: ReadSession, documentKey: KeyParameter) -> Response:
    """A document as a page to print on A4. It runs nothing and loads nothing."""
    return page(session, documents.find(session, documentKey), request.app.state.settings, masked=True)


@router.get(
    "/documents/{documentKey}.pdf",
    dependencies=READ,
    response_class=Response,
    responses={200: {"description": "The file.", "content": {PDF: {}}}},
)
def get_document_pdf(request: Request, session: ReadSession, documentKey: KeyParameter) -> Response:
    """A document as PDF, to save. 422 names the characters that the font does not have."""
    return pdf(session, documents.find(session, documentKey), request.app.state.settings, masked=True)


def _listed(session: Session, found: list[Document]) -> Response:
    return Reply({"items": [result(session, document) for document in found]})
