"""Changing registers: every change has a reason, and nobody overwrites what they have not seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import Field

from api.moments import Moment
from api.permissions import Actor, Permission, needs
from api.problems import Problem
from api.registers.reading import EntryKey, EntryResult, Name, answer
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.searching import Strict
from workflows import runtime
from workflows.governance.entries import StaleEntry

router = new_router("Register", "/registers")
P = Permission
UPDATE = [needs(P.REGISTER_UPDATE)]
MAX_REASON = 2_000
_VERSION = re.compile(r'"([0-9]{1,9})"')

IfMatch = Annotated[
    str | None, Header(description="The ETag of the entry as it was read; 412 when it has changed since.")
]


class Reasoned(Strict):
    """Why; it stays on record."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, examples=["营业执照变更"])


class EntryChange(Reasoned):
    """``data`` is the whole entry. What is sent back masked stays what it was."""

    data: dict[str, Any]


class EntryEnd(Reasoned):
    endsAt: Moment | None = Field(default=None, description="From when on it holds no longer; now where it is missing.")


class EntryMerge(Reasoned):
    into: str = Field(max_length=100, description="The key of the entry that stays.")


@router.post("/{name}/entries", dependencies=UPDATE, response_model=EntryResult, status_code=201)
def create_register_entry(session: WriteSession, actor: Actor, name: Name, body: EntryChange) -> Response:
    """A new entry; one without a key is given one where the register numbers them. 409 when it is there already."""
    entry = runtime.put_entry(session, name, body.data, version=0, reason=body.reason, actor=actor)
    return answer(session, entry, status=201)


@router.put("/{name}/entries/{key}", dependencies=UPDATE, response_model=EntryResult)
def put_register_entry(
    session: WriteSession, actor: Actor, name: Name, key: EntryKey, body: EntryChange, *, if_match: IfMatch = None
) -> Response:
    """Change an entry, or create it: a new version. 400 names what does not fit, 409 an alias that is another's."""
    version = seen(if_match)
    with _as_seen(if_match):
        entry = runtime.put_entry(session, name, body.data, key=key, version=version, reason=body.reason, actor=actor)
    return answer(session, entry)


@router.post("/{name}/entries/{key}/end", dependencies=UPDATE, response_model=EntryResult)
def end_register_entry(
    session: WriteSession, actor: Actor, name: Name, key: EntryKey, body: EntryEnd, *, if_match: IfMatch = None
) -> Response:
    """The entry holds no longer from a moment on. Nothing is deleted."""
    version = seen(if_match)
    with _as_seen(if_match):
        entry = runtime.end_entry(
            session, name, key, ends=body.endsAt, version=version, reason=body.reason, actor=actor
        )
    return answer(session, entry)


@router.post("/{name}/entries/{key}/merge", dependencies=UPDATE, response_model=EntryResult)
def merge_register_entry(session: WriteSession, actor: Actor, name: Name, key: EntryKey, body: EntryMerge) -> Response:
    """The entry turned out to be another one: who asks for it is given that one. Both keep their history."""
    return answer(session, runtime.merge_entries(session, name, key, body.into, reason=body.reason, actor=actor))


@router.post("/{name}/entries/{key}/reveal", dependencies=[needs(P.REGISTER_REVEAL)], response_model=EntryResult)
def reveal_register_entry(session: WriteSession, actor: Actor, name: Name, key: EntryKey, body: Reasoned) -> Response:
    """The entry with what is personal. Who saw it and why stays on record."""
    return answer(session, runtime.reveal_entry(session, name, key, reason=body.reason, actor=actor), masked=False)


def seen(if_match: str | None) -> int | None:
    """The version that the caller has seen; None where that does not matter. Problem 412."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _VERSION.fullmatch(if_match.strip())
    if match is None:
        raise Problem(412, "If-Match 不是这个条目的 ETag", code="STALE_ENTRY")
    return int(match[1])


@contextmanager
def _as_seen(if_match: str | None) -> Iterator[None]:
    """Who has named what was seen is told 412 that it is no longer so (RFC 9110, 13.1.1)."""
    try:
        yield
    except StaleEntry as stale:
        if if_match is None:
            raise
        raise Problem(412, str(stale), code=stale.code) from stale
