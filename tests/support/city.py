"""A database with the sample city in it: 娄底's organisation and the catalogue of filing conditions."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from tests.support.databases import KINDS, database_url, opened
from workflows.governance import entries, organisation, registers
from workflows.store import transaction
from workflows.store.json import dumps, loads
from workflows.store.keys import next_keys
from workflows.store.memo import forget
from workflows.store.tables import Deployment, Register, RegisterSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from workflows.store import Database

PACKS = Path(__file__).parents[2] / "bpmn"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday in the planting season, 9 o'clock in 娄底

REPORT: dict[str, Any] = {
    "channel": "qr",
    "conditionCode": "C0101-01",
    "text": "公交站旁井盖不见了",
    "address": "长青中街",
    "lon": 111.9982,
    "lat": 27.7332,
    "photos": 1,
    "reporter": {"name": "样例-市民", "phone": "0738-0000001"},
}

BOTH_DATABASES = pytest.mark.parametrize("database", KINDS, indirect=True)
BOTH_CITIES = pytest.mark.parametrize("session", KINDS, indirect=True)


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[Database]:
    with database_url(kind, folder) as url, opened(url) as database:
        yield database


def settle(session: Session) -> None:
    """Deploy the registers of the shipped packs and take over their organisation."""
    for pack in ("case-handling", "loudi"):
        for name, content in registers.read_pack(PACKS / pack).items():
            add_register(session, pack, name, content)
    organisation.load_pack(session, "loudi")
    for name in ("parties", "permits", "powers", "officers"):
        folder = PACKS / "enforcement" / "registers"
        schema = loads((folder / f"{name}.schema.json").read_bytes())
        add_schema(session, name, schema)
        entries.seed(session, name, loads((folder / f"{name}.json").read_bytes()), actor="tests", at=NOW)


def add_schema(session: Session, name: str, content: Any, version: int = 1, pack: str = "enforcement") -> None:
    """A register of entries; those that are there live by it."""
    deployment, key = next_keys(session, 2)
    session.execute(insert(Deployment).values(key=deployment, actor="tests", at=NOW))
    session.execute(
        insert(RegisterSchema).values(
            key=key,
            deployment_key=deployment,
            version=version,
            name=name,
            resource_name=f"{pack}/registers/{name}.schema.json",
            hash=sha256(dumps(content).encode()).hexdigest(),
            pack=pack,
            content=content,
        )
    )
    forget(session)


def add_register(session: Session, pack: str, name: str, content: Any, version: int = 1) -> None:
    deployment, key = next_keys(session, 2)
    session.execute(insert(Deployment).values(key=deployment, actor="tests", at=NOW))
    session.execute(
        insert(Register).values(
            key=key,
            deployment_key=deployment,
            version=version,
            name=name,
            resource_name=f"{pack}/registers/{name}.json",
            hash=sha256(dumps(content).encode()).hexdigest(),
            pack=pack,
            content=content,
        )
    )
    forget(session)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty one."""
    with empty_database(getattr(request, "param", "sqlite"), tmp_path) as prepared:
        yield prepared


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    """Databases with the sample city in them, made when the first test wants one."""
    with ExitStack() as made:

        @cache
        def settled(kind: str) -> Database:
            database = made.enter_context(empty_database(kind, tmp_path_factory.mktemp(kind)))
            with transaction(database) as session:
                settle(session)
            return database

        yield settled


@pytest.fixture
def session(request: pytest.FixtureRequest, city: Callable[[str], Database]) -> Iterator[Session]:
    """A transaction in the sample city that is undone afterwards."""
    with city(getattr(request, "param", "sqlite")).writers() as session:
        yield session
        session.rollback()
