"""Requests that may be sent again: what a client has not heard the answer of is done once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Header, Response

from api.problems import Problem
from workflows import runtime
from workflows.runtime.idempotency import answer, claim
from workflows.store.json import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

KEY = re.compile(r'"?([\x21\x23-\x7e]{16,255})"?')


async def _key(
    value: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key", description="16 to 255 visible characters, e.g. a UUID; the same when sent again."
        ),
    ] = None,
) -> str:
    match = KEY.fullmatch(value or "")
    if match is None:
        detail = "请求头 Idempotency-Key 必填:16 到 255 个可见字符,例如 UUID;重发时不变"
        raise Problem(400, detail, code="IDEMPOTENCY_KEY_MISSING" if value is None else "BAD_IDEMPOTENCY_KEY")
    return match[1]


Key = Annotated[str, Depends(_key)]


def once(  # noqa: PLR0917 - which request it is
    session: Session, scope: str, key: str, digest: str, act: Callable[[], Any], status: int = 201
) -> Response:
    """``status`` with what ``act`` gives; sent again under the same key, the same answer without the act.

    Problem 422 when the key was used for something else.
    """
    row = claim(session, scope, key, digest, runtime.now(session))
    if row.request_hash != digest:
        raise Problem(422, "这个 Idempotency-Key 已用于内容不同的请求", code="IDEMPOTENCY_KEY_REUSED")
    replayed = bool(row.status)
    if not replayed:
        answer(session, row, status, encode(act()))
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(row.response, row.status, headers, "application/json")
