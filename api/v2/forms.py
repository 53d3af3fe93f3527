"""Forms: JSON Schema, one version for ever."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response
from pydantic import Field
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.problems import Problem
from api.replies import TENANT, Reply, no_content
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter
from workflows.store.json import dumps
from workflows.store.tables import Form

router = new_router("Form", "/v2")


class FormResult(TypedDict):
    formKey: str
    formId: str
    version: int
    schema: Annotated[str, Field(description="JSON Schema 2020-12, as text.")]
    tenantId: str


def form_reply(session: Session, key: int | None) -> Response:
    """The form, or nothing where there is none."""
    form = None if key is None else session.get(Form, key)
    if form is None:
        return no_content()
    result: FormResult = {
        "formKey": str(form.key),
        "formId": form.form_id,
        "version": form.version,
        "schema": dumps(form.schema),
        "tenantId": TENANT,
    }
    return Reply(result)


@router.get("/forms/{formKey}", dependencies=[needs(Permission.DEFINITION_READ)], response_model=FormResult)
def get_form(session: ReadSession, formKey: KeyParameter) -> Response:
    """One version of a form."""
    if session.get(Form, formKey) is None:
        raise Problem(404, f"没有编号为 {formKey} 的表单")
    return form_reply(session, formKey)
