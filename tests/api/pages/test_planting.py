"""Every column that can hold a text is planted with a hostile one, or says why not."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import JSON, LargeBinary, String

import workflows.store.tables  # noqa: F401 - all of them
from tests.support.hostile import EXCUSED, INSIDE, NAMED, OURS, SAID, WORDS
from workflows.store.base import Base, JsonText

TEXTS = (String, JSON, LargeBinary, JsonText)
PLANTED = [f"{table}.{one}" for of in (WORDS, SAID) for table, columns in of.items() for one in columns]
PLANTED += [f"{table}.{one}" for table, one in (*NAMED, *INSIDE)]
NOT_IN_ANY = {name for names in OURS.values() for name in names}


def columns(*kinds: type) -> set[str]:
    tables = Base.metadata.tables.values()
    return {f"{table.name}.{one.name}" for table in tables for one in table.columns if isinstance(one.type, kinds)}


def by_name() -> set[str]:
    """Bytes are not excused by what they are called: a whole state may be in them."""
    return {one for one in columns(*TEXTS) - columns(LargeBinary) if one.partition(".")[2] in NOT_IN_ANY}


def test_no_text_is_forgotten():
    assert sorted(columns(*TEXTS) - {*PLANTED} - {*EXCUSED} - by_name()) == []


def test_what_is_planted_or_excused_is_there_and_once():
    named = [*PLANTED, *EXCUSED]
    assert [one for one, times in Counter(named).items() if times > 1] == []
    assert sorted({*named} - columns(*TEXTS)) == []
    assert sorted(NOT_IN_ANY - {one.partition(".")[2] for one in by_name()}) == []
    assert sorted({*EXCUSED} & by_name()) == []
