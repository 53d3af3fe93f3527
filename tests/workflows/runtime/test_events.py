from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from workflows.runtime.events import GENESIS, Tag, event_row
from workflows.store.json import dumps, loads

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def link(**details: object) -> dict:
    return event_row(1 << 20, 1, GENESIS, tag=Tag.JOB_COMPLETE, actor="p", at=AT, details=details)


def test_the_hash_is_the_same_after_a_round_through_the_database() -> None:
    details = {"b": Decimal("1.10"), "a": [2**70, "中文", None, True], "c": {"z": 1, "y": Decimal("1E+2")}}
    again = loads(dumps(details))
    assert link(**again)["hash"] == link(**details)["hash"]


def test_the_hash_depends_on_every_part() -> None:
    base = {"tag": Tag.JOB_COMPLETE, "actor": "p", "at": AT, "details": {}}
    hashes = {event_row(1 << 20, 1, GENESIS, **base)["hash"]}
    for change in ({"tag": Tag.JOB_FAIL}, {"actor": "q"}, {"at": AT.replace(second=1)}, {"details": {"x": 1}}):
        hashes.add(event_row(1 << 20, 1, GENESIS, **{**base, **change})["hash"])
    hashes.add(event_row(2 << 20, 1, GENESIS, **base)["hash"])
    hashes.add(event_row(1 << 20, 2, GENESIS, **base)["hash"])
    hashes.add(event_row(1 << 20, 1, "1" * 64, **base)["hash"])
    assert len(hashes) == 8


def test_every_tag_is_a_subject_and_an_action() -> None:
    assert all(len(tag.value.split(":")) == 2 for tag in Tag)
