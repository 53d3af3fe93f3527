"""Text that tries to break out of a page, planted wherever somebody's words are kept."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from sqlalchemy import literal, select, update

from workflows.store import transaction
from workflows.store.base import Base
from workflows.store.json import encode, loads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.store import Database

TRIED = (
    "=1+1",
    '<img src=x onerror="window.hacked=1">',
    '"><script>window.hacked=2</script>',
    "</title></textarea></script><svg onload=window.hacked=3>",
    "' autofocus onfocus='window.hacked=4",
    "javascript:window.hacked=5//",
    "[x](javascript:window.hacked=6)",
    "{{7*7}}${7*7}",
    "\u202egnp.exe\u200b\u200d\u2066",
    "长" * 60 + "W" * 200,
)
TEXT = " ".join(TRIED)
#: Columns that hold somebody's words, by table.
WORDS = {
    "api_client": ("name",),
    "batch_operation": ("reason",),
    "batch_operation_item": ("message",),
    "case": ("text", "address", "refusal_reason"),
    "decision_definition": ("name", "requirements_name"),
    "decision_evaluation": ("decision_name", "failure"),
    "decision_publication": ("reference",),
    "delivery": ("error",),
    "document": ("withdrawn_why",),
    "element_instance": ("element_name",),
    "escalation": ("label", "stage"),
    "evidence": ("title", "audit", "judged_why"),
    "form": ("name",),
    "holiday_notice": ("source", "reason"),
    "incident": ("message",),
    "job": ("error_message", "error_code", "worker"),
    "joint_operation": ("reason", "outcome"),
    "notice": ("text",),
    "notification": ("subject", "text"),
    "person": ("name", "email", "phone"),
    "process_definition": ("name", "version_tag"),
    "rating": ("comment",),
    "register_entry": ("reason",),
    "report": ("reporter_name", "reporter_phone"),
    "saved_view": ("name",),
    "seat": ("title",),
    "spot": ("name", "address"),
    "succession": ("document",),
    "supervision_letter": ("subject", "text", "reply", "decision", "outcome"),
    "unit": ("name",),
    "user_task": ("name",),
    "violation": ("party", "subject", "matter", "law", "annulled_why"),
}
#: JSON with words in it: every text in it but those that the program reads.
SAID = {"decision_evaluation": ("inputs", "matched"), "task_draft": ("answers",)}
#: JSON in which some members are words, and which.
NAMED = {
    ("event", "details"): {"reason", "comment", "text", "measures", "address", "name", "message"},  # when they acted
    ("form", "schema"): {"title", "description"},
    ("register", "content"): {"name", "title", "description"},
    ("register_entry", "data"): {"name", "className", "address", "text"},
}
VARIABLES = {"text", "address", "reason", "name", "title", "comment", "description"}
#: What is planted in another way: what is written on a diagram and in a table, and the variables of an instance.
INSIDE = {
    ("process_definition", "xml"), ("decision_definition", "xml"), ("process_instance", "snapshot"),
}  # fmt: skip
#: Columns that are not planted in any table, by the reason why not.
OURS = {
    "a word of a closed list of ours": (
        "by", "channel", "channels", "error_type", "event_types", "kind", "media_type", "missing",
        "origin_level", "outcome", "powers", "roles", "scope", "state", "status", "step", "tag", "type",
    ),
    "a digest, a secret or a sign that we make": (
        "dedupe", "hash", "password_hash", "previous_hash", "query_code", "request_hash", "run_id", "secret",
        "secret_hash", "source_hash", "token",
    ),
    "an id by which our own tables know each other": (
        "account_id", "actor", "annulled_by", "assignee", "audited_by", "completed_by", "deputy_id", "entry_key",
        "id", "judged_by", "key", "merged_into", "parent_id", "person_id", "replied_by", "requested_by", "successor_id",
        "unit_id", "uploaded_by", "who", "withdrawn_by",
    ),
    "an id by which diagrams, tables and packs are known, held to its letters when they are deployed": (
        "decision_id", "element_id", "form_id", "pack", "process_id", "register", "requirements_id", "resource_name",
        "role", "template_id",
    ),
    "a code of the catalogue or of the organisation, which a pack brings": (
        "area", "bureau", "candidate_groups", "candidate_users", "class_code", "community", "condition_code",
        "departments", "grid", "handler_group", "holder", "lead", "place_kind", "recipient", "refusal_code", "spot",
        "unit",
    ),
    "a number, a moment or figures, as we count them": (
        "business_id", "carried", "counts", "figures", "number", "pauses", "rungs", "series", "span", "used", "workdays",
    ),
    "a name or key by which messages and signals find who waits for them": ("correlation_key", "message_id"),
}  # fmt: skip
#: The others that are not planted, and why each.
EXCUSED = {
    "batch_operation.details": "what is to be done, checked before it is kept",
    "batch_operation_item.variables": "goes into instances, where variables are planted",
    "beat.name": "a part of ours",
    "case.satisfaction": "a word of a closed list of ours",
    "deadline.handed_over": "units and moments",
    "deadline.milestone": "shown with the stage, and a stage is planted where it was told",
    "deadline.stage": "the pages look clocks up by it; planted where it was told (escalation)",
    "decision_evaluation.output": "the program goes on with it; what went in and what matched is planted",
    "decision_evaluation.warnings": "codes and cells of the table, whose texts are planted in its XML",
    "decision_import.xml": "parsed and never shown",
    "delivery.address": "an address of mail, telephone or web, shown masked",
    "document.data": "in tests/api/documents, where documents are made of it",
    "document.html": "made by us of document.data, behind a policy of its own",
    "document_template.body": "tests/workflows/intake/test_rendering.py",
    "document_template.content": "a manifest of which only the title is shown, held to its schema",
    "evidence.doubts": "what we found",
    "holiday_notice.holidays": "days, with names that are held to a schema",
    "idempotency_key.response": "an answer of ours, given again as it was",
    "instance_part.state": "as a snapshot, of large multi-instances",
    "job.headers": "for workers; on no page",
    "message.correlated": "keys of instances",
    "message.name": "a name by which it finds who waits for it",
    "message.variables": "goes into instances, where variables are planted",
    "message_subscription.name": "a name by which messages find it",
    "rating.result": "a word of a closed list of ours",
    "register.name": "a name by which packs and diagrams know it",
    "register_schema.name": "a name by which packs and diagrams know it",
    "document_template.name": "a name by which packs and diagrams know it",
    "register_alias.value": "looked up and never shown",
    "register_schema.content": "held to JSON Schema; entries are shown by their own names",
    "saved_view.query": "filters, read as those of an address (tests/api/console/test_hostile.py)",
    "signal_delivery.name": "a name by which it finds who waits for it",
    "signal_delivery.variables": "goes into instances, where variables are planted",
    "signal_subscription.name": "a name by which signals find it",
    "spot.code": "made by us",
    "thrown_message.name": "a name by which it finds who waits for it",
    "thrown_message.variables": "goes into instances, where variables are planted",
    "photo.stage": "a word of a closed list of ours",
    "unit.boundary": "positions",
    "unit.details": "codes and numbers that a pack brings",
    "user_task.properties": "read by the program, as a diagram brings them",
    "webhook_endpoint.url": "a web address, checked and only called",
    "month_figures.value": "a code of the organisation or the catalogue",
}


def plant(database: Database) -> None:
    """Everywhere at once, below all commands: whatever checks a text on its way in is not asked."""
    tables = Base.metadata.tables
    with transaction(database) as session:
        connection = session.connection()
        for name, columns in WORDS.items():
            table = tables[name]
            for column in columns:
                some = table.c[column].is_not(None) if name != "rating" else table.c.result.is_not(None)
                # Two spots have no name and address in common.
                said = literal(f"{TEXT} ") + (table.c.code if name == "spot" else column)
                connection.execute(update(table).where(some).values({column: said}))
        for name, columns in SAID.items():
            _each(connection, tables[name], columns, lambda value: _deep(value, lambda _: True))
        for (name, column), members in NAMED.items():
            _each(connection, tables[name], (column,), partial(_deep, meant=members.__contains__))
        _each(connection, tables["process_instance"], ("snapshot",), _varied)
        _each(connection, tables["process_definition"], ("xml",), _drawn)
        _each(connection, tables["decision_definition"], ("xml",), _written)


def _each(connection: Any, table: Any, columns: Iterable[str], change: Any) -> None:
    (key, *others) = table.primary_key.columns
    for column in columns:
        for *found, value in connection.execute(select(key, *others, table.c[column])).all():
            if value is None:
                continue
            here = [one == it for one, it in zip((key, *others), found, strict=True)]
            connection.execute(update(table).where(*here).values({column: change(value)}))


def _deep(value: Any, meant: Any, name: str = "") -> Any:
    match value:
        case dict():
            return {key: _deep(it, meant, key) for key, it in value.items()}
        case list():
            return [_deep(it, meant, name) for it in value]
        case str() if meant(name):
            return TEXT
        case _:
            return value


def _varied(snapshot: bytes) -> bytes:
    """The variables of an instance; whatever else is in its state stays."""
    state = loads(snapshot)
    return encode(state | {"scopes": _deep(state["scopes"], VARIABLES.__contains__)})


def _drawn(xml: bytes) -> bytes:
    """What is written on a diagram; names that messages and errors are known by stay."""
    named = r'(<bpmn:(?!message\b|signal\b|error\b|escalation\b)\w+ [^>]*?\bname=)"[^"]*"'
    return re.sub(named, lambda found: found[1] + quoteattr(TEXT), xml.decode()).encode()


def _written(xml: bytes) -> bytes:
    """What is written in a decision table beside its rules."""
    text = re.sub(r'(\blabel=)"[^"]*"', lambda found: found[1] + quoteattr(TEXT), xml.decode())
    return re.sub(r"(<description>)[^<]*", lambda found: found[1] + escape(TEXT), text).encode()
