"""Text that tries to break out of a page, planted wherever somebody's words are kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from sqlalchemy import literal, select, update

from workflows.store import transaction
from workflows.store.base import Base

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
    "batch_operation": ("reason",),
    "batch_operation_item": ("message",),
    "case": ("text", "address", "refusal_reason"),
    "decision_definition": ("name", "requirements_name"),
    "decision_evaluation": ("decision_name", "failure"),
    "element_instance": ("element_name",),
    "escalation": ("label", "stage"),
    "evidence": ("title", "audit", "judged_why"),
    "form": ("name",),
    "holiday_notice": ("source", "reason"),
    "incident": ("message",),
    "job": ("error_message",),
    "joint_operation": ("reason", "outcome"),
    "notice": ("text",),
    "notification": ("subject", "text"),
    "person": ("name",),
    "process_definition": ("name", "version_tag"),
    "rating": ("comment",),
    "report": ("reporter_name", "reporter_phone"),
    "saved_view": ("name",),
    "spot": ("name", "address"),
    "unit": ("name",),
    "user_task": ("name",),
    "violation": ("party", "subject", "annulled_why"),
}
#: JSON with words in it: every text in it but those that the program reads.
SAID = {"decision_evaluation": ("inputs", "matched"), "task_draft": ("answers",)}
TITLES = {"form": "schema"}
#: Of the log, what people said when they acted.
REASONS = {"reason", "comment", "text", "measures", "address", "name", "message"}


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
        for name, column in TITLES.items():
            _each(
                connection, tables[name], (column,), lambda value: _deep(value, {"title", "description"}.__contains__)
            )
        _each(connection, tables["event"], ("details",), lambda value: _deep(value, REASONS.__contains__))
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


def _drawn(xml: bytes) -> bytes:
    """What is written on a diagram; names that messages and errors are known by stay."""
    named = r'(<bpmn:(?!message\b|signal\b|error\b|escalation\b)\w+ [^>]*?\bname=)"[^"]*"'
    return re.sub(named, lambda found: found[1] + quoteattr(TEXT), xml.decode()).encode()


def _written(xml: bytes) -> bytes:
    """What is written in a decision table beside its rules."""
    text = re.sub(r'(\blabel=)"[^"]*"', lambda found: found[1] + quoteattr(TEXT), xml.decode())
    return re.sub(r"(<description>)[^<]*", lambda found: found[1] + escape(TEXT), text).encode()
