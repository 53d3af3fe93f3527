"""Whether a violation is punished: opened for a case, and told what the party and others say."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from api.idempotency import Key, once
from api.permissions import Actor, Permission, needs
from api.replies import key as key_text
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.searching import Strict
from workflows import runtime
from workflows.runtime import Statement

router = new_router("Case", "/cases")


Words = Annotated[str | None, Field(max_length=2_000)]


class ExemptionOpened(TypedDict):
    processInstanceKey: Annotated[str, Field(description="Of the process that decides.")]


class StatementBody(Strict):
    """What is said: a plea has a ``text``, a request for recusal names a ``person`` and a ``reason``."""

    kind: str = Field(json_schema_extra={"enum": list(Statement)}, examples=["plea-submitted"])
    text: Words = None
    evidence: Words = None
    proof: Words = None
    person: Annotated[str | None, Field(max_length=100, examples=["p-0032"])] = None
    reason: Words = None


@router.post(
    "/{number}/exemption",
    status_code=201,
    dependencies=[needs(Permission.EXEMPTION_UPDATE)],
    response_model=ExemptionOpened,
)
def open_exemption(session: WriteSession, actor: Actor, number: str, key: Key) -> Response:
    """Begin to decide whether the violation of a case is punished. 409 while that is being decided."""

    def act() -> dict[str, Any]:
        return {"processInstanceKey": key_text(runtime.open_exemption(session, number, actor=actor))}

    digest = hashlib.sha256(number.encode()).hexdigest()
    return once(session, f"{actor} POST /cases/{number}/exemption", key, digest, act)


@router.post(
    "/{number}/exemption/statements",
    status_code=201,
    dependencies=[needs(Permission.EXEMPTION_UPDATE)],
    response_model=ExemptionOpened,
)
def record_statement(session: WriteSession, actor: Actor, number: str, body: StatementBody, key: Key) -> Response:
    """Put on record what the party or another organ says. 409 when the matter does not wait for it at the moment."""

    def act() -> dict[str, Any]:
        told = body.model_dump(exclude={"kind"})
        return {"processInstanceKey": key_text(runtime.record_statement(session, number, body.kind, told, actor=actor))}

    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    return once(session, f"{actor} POST /cases/{number}/exemption/statements", key, digest, act)
