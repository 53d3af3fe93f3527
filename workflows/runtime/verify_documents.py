"""Verify: documents say what they said when they were issued, and their numbers have no gap."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, select

from workflows.governance.documents import hash_of, hash_of_data
from workflows.runtime.events import Tag
from workflows.store.base import table
from workflows.store.tables import Document, DocumentNumber, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

BATCH = 500

document, document_number, event = map(table, (Document, DocumentNumber, Event))


def documents_as_issued(connection: Connection) -> Iterator[tuple[str, int | None, str]]:
    """What is wrong, as the members of a ``Problem``: with a text, with what the record says of it, with numbers."""
    recorded = dict(_recorded(connection))
    given: dict[tuple[str, int], list[int]] = defaultdict(list)
    columns = document.c
    for row in connection.execute(select(document).order_by(columns.key).execution_options(yield_per=BATCH)):
        given[row.series, row.year].append(row.ordinal)
        said = (row.process_instance_key, row.number, hash_of(row.html), hash_of_data(row.data))
        if recorded.pop(str(row.key), None) != said or row.hash != hash_of(row.html):
            yield "document-changed", row.process_instance_key, f"文书 {row.number} 不是签发时的内容"
    for instance, number, *_ in recorded.values():
        yield "document-missing", instance, f"文书 {number} 不在了"
    last = {(row.series, row.year): row.last for row in connection.execute(select(document_number))}
    for (series, year), ordinals in given.items():
        if sorted(ordinals) != list(range(1, last.get((series, year), 0) + 1)):
            yield "document-number-missing", None, f"{series}〔{year}〕的文号不连续"


def _recorded(connection: Connection) -> Iterator[tuple[str, tuple[int, str, str, str]]]:
    """By key: the instance, number and hashes of each document as its event has them."""
    details = select(event.c.process_instance_key, event.c.tag, event.c.details)
    mentioned = details.where(cast(event.c.details, Text).like(f'%"{Tag.DOCUMENT_ISSUE}"%'))
    for key, tag, found in connection.execute(mentioned.execution_options(yield_per=BATCH)):
        for fact in [{"tag": tag, **found}, *found.get("also", ())]:
            if fact["tag"] == Tag.DOCUMENT_ISSUE:
                one = fact["document"]
                yield one["key"], (key, one["number"], one["hash"], one["data"])
