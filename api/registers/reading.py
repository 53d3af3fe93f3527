"""Reading registers: what there is, what an entry was before. What is personal is masked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import Field
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.problems import Problem
from api.replies import Reply, key, moment
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.searching import Strict
from workflows import runtime
from workflows.governance import entries, lookups, register_schemas
from workflows.governance.register_schemas import EntrySchema
from workflows.store.tables import RegisterEntry

router = new_router("Register", "/registers")
READ = [needs(Permission.REGISTER_READ)]
Name = Annotated[str, Path(max_length=63)]
EntryKey = Annotated[str, Path(max_length=100)]


class RegisterResult(TypedDict):
    """``schema`` describes the register's file: a list of entries."""

    name: str
    title: str
    pack: str
    version: int
    personal: Annotated[list[str], Field(description="Fields that are masked.")]
    aliases: list[str]
    schema: dict[str, Any]


class Registers(TypedDict):
    items: list[RegisterResult]


class EntryResult(TypedDict):
    """One version of an entry. ``mergedInto`` is the key of the entry that it turned out to be."""

    register: str
    key: str
    version: int
    data: dict[str, Any]
    validFrom: str | None
    validTo: str | None
    mergedInto: str | None
    recordedAt: str | None
    supersededAt: Annotated[str | None, Field(description="Since when there is a later version.")]
    actor: str
    reason: str
    processInstanceKey: Annotated[str | None, Field(description="That wrote it.")]


class EntryPage(TypedDict):
    items: list[EntryResult]
    next: Annotated[str | None, Field(description="``after`` of the next page; null on the last. A page may be short.")]


class History(TypedDict):
    items: list[EntryResult]
    next: Annotated[int | None, Field(description="``before`` of the next page; null on the last.")]


class Alias(Strict):
    kind: str = Field(examples=["plate"])
    value: str = Field(examples=["湘K·A0001"])


class EntryFilter(Strict):
    """All of it must hold."""

    key: str | None = None
    alias: Alias | None = None
    where: dict[str, Any] = Field(default_factory=dict, examples=[{"kind": "shop"}])
    at: str | None = Field(default=None, description="A moment at which it holds.")
    place: dict[str, Any] | None = Field(
        default=None, description="`{unit}` or `{lon, lat, within}`, in metres.", examples=[{"unit": "G07"}]
    )


class EntryPageRequest(Strict):
    limit: int = Field(default=100, ge=1, le=500)
    after: str | None = Field(default=None, max_length=100)


class EntrySearch(Strict):
    filter: EntryFilter = EntryFilter()
    page: EntryPageRequest = EntryPageRequest()


def entry_result(entry: RegisterEntry, schema: EntrySchema, *, masked: bool = True) -> EntryResult:
    return {
        "register": entry.register,
        "key": entry.key,
        "version": entry.version,
        "data": schema.masked(entry.data) if masked else entry.data,
        "validFrom": moment(entry.valid_from),
        "validTo": moment(entry.valid_to),
        "mergedInto": entry.merged_into,
        "recordedAt": moment(entry.recorded),
        "supersededAt": moment(entry.superseded),
        "actor": entry.actor,
        "reason": entry.reason,
        "processInstanceKey": key(entry.process_instance_key),
    }


def answer(session: Session, entry: RegisterEntry, *, masked: bool = True, status: int = 200) -> Response:
    """An entry with its ETag."""
    schema = register_schemas.find(session, entry.register)
    return Reply(entry_result(entry, schema, masked=masked), status, headers={"ETag": f'"{entry.version}"'})


@router.get("", dependencies=READ, response_model=Registers)
def list_registers(session: ReadSession) -> Response:
    """The registers of entries, each with the schema its entries fit."""
    return Reply({"items": [_register(schema) for schema in register_schemas.every(session)]})


@router.get("/{name}", dependencies=READ, response_model=RegisterResult)
def get_register(session: ReadSession, name: Name) -> Response:
    """One register with its schema."""
    return Reply(_register(register_schemas.find(session, name)))


@router.post("/{name}/entries/search", dependencies=READ, response_model=EntryPage)
def search_register_entries(session: ReadSession, name: Name, body: EntrySearch) -> Response:
    """Find entries by key, alias, field, moment and place. In a body, since addresses end up in logs."""
    schema = register_schemas.find(session, name)
    asked = {member: value for member, value in body.filter.model_dump().items() if value is not None}
    lookup = lookups.read(session, schema, asked)
    page = lookups.search(
        session, schema, lookup, now=runtime.now(session), limit=body.page.limit, after=body.page.after
    )
    return Reply({"items": [entry_result(entry, schema) for entry in page.entries], "next": page.after})


@router.get("/{name}/entries/{key}", dependencies=READ, response_model=EntryResult)
def get_register_entry(session: ReadSession, name: Name, key: EntryKey) -> Response:
    """An entry as it is now, with an ETag for changing it. One that was merged says into which."""
    return answer(session, entries.find(session, name, key))


@router.get("/{name}/entries/{key}/history", dependencies=READ, response_model=History)
def get_register_entry_history(
    session: ReadSession,
    name: Name,
    key: EntryKey,
    *,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="``next`` of the page before.")] = None,
) -> Response:
    """Every version of an entry, the newest first: what changed, who changed it, when and why."""
    schema = register_schemas.find(session, name)
    found = entries.history(session, name, key, limit=limit + 1, before=before)
    if not found:
        raise Problem(404, f"台账 {name} 里没有 {key}", code="ENTRY_NOT_FOUND")
    page = found[:limit]
    items = [entry_result(entry, schema) for entry in page]
    return Reply({"items": items, "next": page[-1].version if len(found) > limit else None})


def _register(schema: EntrySchema) -> RegisterResult:
    return {
        "name": schema.name,
        "title": schema.title,
        "pack": schema.pack,
        "version": schema.version,
        "personal": list(schema.personal),
        "aliases": list(schema.aliases),
        "schema": schema.content,
    }
