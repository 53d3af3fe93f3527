"""Service tasks on registers: look something up, write something down, was it permitted, may these officers act."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from workflows.engine.timers import parse_instant
from workflows.governance import entries, lookups, officers, parties, permits, register_schemas
from workflows.governance.extents import Where
from workflows.governance.register_schemas import as_variables, moment_of
from workflows.runtime.errors import Invalid, Refusal
from workflows.runtime.handlers.deadlines import business_error
from workflows.runtime.inline import InlineCall, inline
from workflows.runtime.reasons import said

REGISTER_REFUSED = "REGISTER_REFUSED"
MOST = 100  # entries that a diagram is given
ZONE = "@"  # before the name of one


@inline("register/lookup", reads=True)
def look_up(call: InlineCall) -> dict[str, Any]:
    """The header ``register`` names it; ``lookup`` says what for. What is personal is masked: variables are seen."""
    schema = register_schemas.find(call.session, call.headers["register"])
    lookup = lookups.read(call.session, schema, call.variables["lookup"])
    found = lookups.every(call.session, schema, lookup, now=call.now, most=MOST)
    shown = [as_variables(entry, schema) for entry in found]
    return {"found": shown[0] if shown else None, "entries": shown}


@inline("register/write")
def write(call: InlineCall) -> dict[str, Any]:
    """Put ``entry`` {key, version, data} for a ``reason``; the error REGISTER_REFUSED where it cannot be."""
    schema = register_schemas.find(call.session, call.headers["register"])
    given = call.variables["entry"]
    try:
        if not isinstance(given, dict) or not isinstance(given.get("data"), dict):
            raise Invalid("entry 要写 data，可以加 key 和 version")
        version, key = given.get("version"), given.get("key")
        entry = entries.put(
            call.session,
            schema.name,
            given["data"],
            key=None if key is None else str(key),
            version=None if version is None else int(version),
            reason=said(call.variables.get("reason"), required=True)["reason"],
            actor=call.actor,
            at=call.now,
            process_instance_key=call.process_instance_key,
        )
    except Refusal as refusal:
        raise business_error(REGISTER_REFUSED, refusal) from refusal
    return {"entry": as_variables(entry, schema)}


@inline("permit/check", reads=True)
def check_permit(call: InlineCall) -> dict[str, Any]:
    """Whether ``matter`` was permitted at ``place``, ``at`` a moment, to everyone or to ``party``; null where not."""
    seen = call.variables
    at = moment(seen, "at")
    permit = permits.check(
        call.session,
        matter=str(seen["matter"]),
        where=place(call, seen.get("place")),
        at=at,
        party=parties.named(call.session, seen.get("party"), at),
    )
    if permit is None:
        return {"permit": None}
    schema = register_schemas.find(call.session, permits.REGISTER)
    return {"permit": {"valid": not permit.grace, "grace": permit.grace, "entry": as_variables(permit.entry, schema)}}


@inline("officer/check", reads=True)
def check_officers(call: InlineCall) -> dict[str, Any]:
    """Whether ``officers`` (certificates) may act ``at`` a moment for ``organ``, and why not.

    Two are needed, or as many as the header ``number`` says; with the header ``qualification`` reviewers (58).
    """
    seen = call.variables
    given = seen.get("officers")
    if given is not None and not isinstance(given, list):
        raise Invalid("officers 应为证件号的列表")
    found = officers.objections(
        call.session,
        given or [],
        at=moment(seen, "at"),
        organ=seen.get("organ"),
        needed=int(call.headers.get("number", officers.NEEDED)),
        reviewer=call.headers.get("qualification") == officers.REVIEWER,
    )
    return {"officersValid": not found, "officersReason": "；".join(found) or None}


def moment(variables: dict[str, Any], name: str) -> Any:
    """A moment or a day among the variables, as FEEL writes it too (``…@Asia/Shanghai``); Invalid."""
    try:
        value = variables[name]
        at = parse_instant(value).astimezone(UTC) if isinstance(value, str) and ZONE in value else moment_of(value)
    except (OverflowError, TypeError, ValueError) as error:
        raise Invalid(f"{name} 不是日期，也不是带时区的时刻") from error
    if at is None:
        raise Invalid(f"{name} 必填")
    return at


def place(call: InlineCall, value: Any) -> Where:
    try:
        return Where.of(call.session, value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Invalid("place 不是地点：写单位，或经纬度") from error
