from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select

from tests.support.databases import KINDS, database_url, opened
from tests.support.world import MONDAY
from workflows.store import read, transaction
from workflows.store.base import table
from workflows.store.json import dumps
from workflows.store.queries.search import OPERATORS, Order, contains, search
from workflows.store.tables import ApiClient, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

NAMES = ["ab", "a*b", "a_b", "a%b", "A?b", "网格", None, "a\\b"]
LIST = select(Unit.id, Unit.parent_id, Unit.details)


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """Eight units; ``parent_id`` is a text that may be missing (references are not checked before the end)."""
    with database_url(request.param, tmp_path) as url, opened(url) as database:
        with transaction(database) as session:
            session.execute(
                insert(Unit),
                [
                    {
                        "id": f"u{n}",
                        "kind": "grid",
                        "name": name or "",
                        "parent_id": None,
                        "boundary": None,
                        "details": {},
                    }
                    for n, name in enumerate(NAMES)
                ],
            )
        with read(database) as session:
            yield session


def found(session: Session, operator: str, value: object) -> list[str]:
    column = Unit.name
    return [
        row.id
        for row in search(session, LIST.where(OPERATORS[operator](column, value)), [Order(Unit.id)], limit=100).rows
    ]


@pytest.mark.parametrize(
    ("operator", "value", "wanted"),
    [
        ("$eq", "ab", "0"),
        ("$neq", "ab", "1234567"),
        ("$in", ["ab", "网格"], "05"),
        ("$notIn", ["ab", "网格"], "123467"),
        ("$like", "a*b", "01237"),
        ("$like", "a?b", "1237"),
        ("$like", r"a\*b", "1"),
        ("$like", "a_b", "2"),
        ("$like", "a%b", "3"),
        ("$like", r"A\?b", "4"),
        ("$like", "网*", "5"),
        ("$like", r"a\\b", "7"),
        ("$gt", "ab", "5"),
        ("$exists", True, "01234567"),
        ("$exists", False, ""),
    ],
)
def test_operators_are_those_of_camunda(session: Session, operator: str, value: object, wanted: str) -> None:
    if operator == "$gt" and session.get_bind().dialect.name == "postgresql":
        pytest.skip("the order of texts is the database's")
    assert found(session, operator, value) == [f"u{n}" for n in wanted]


def test_pages_follow_each_other_without_gap_or_overlap(session: Session) -> None:
    order = [Order(Unit.kind), Order(Unit.id, descending=True)]
    seen: list[str] = []
    after = None
    for _ in range(4):
        page = search(session, LIST, order, limit=3, after=after)
        seen += [row.id for row in page.rows]
        if not page.rows:
            break
        after = page.rows[-1].id
        assert page.total == 8
    assert seen == [f"u{n}" for n in range(7, -1, -1)]
    back = search(session, LIST, order, limit=3, before="u2")
    assert [row.id for row in back.rows] == ["u5", "u4", "u3"]


def test_an_offset_gives_the_same_order(session: Session) -> None:
    page = search(session, LIST, [Order(Unit.id)], limit=3, offset=6)
    assert ([row.id for row in page.rows], page.total, page.more) == (["u6", "u7"], 8, False)
    assert search(session, LIST, [Order(Unit.id)], limit=3, offset=60).total == 8


GROUPS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=4)
MEMORY = create_engine("sqlite://", json_serializer=dumps)


@given(GROUPS, GROUPS)
def test_containing_reads_the_items_of_a_list_and_nothing_else(held: list[str], others: list[str]) -> None:
    column = table(ApiClient).c.roles
    with MEMORY.connect() as connection:
        table(ApiClient).create(connection, checkfirst=True)
        row = {"id": "c", "name": "n", "secret_hash": "h", "roles": held, "created": MONDAY, "disabled": False}
        connection.execute(insert(ApiClient).values(row))
        for group in {*held, *others, "".join(held), '","', "%", "_", '"'}:
            assert connection.execute(select(contains(column, group))).scalar() == (group in held)
        connection.rollback()
