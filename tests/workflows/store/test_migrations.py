from __future__ import annotations

import contextlib
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, select

from tests.support.databases import KINDS, opened, postgres_schema
from workflows.calendar import CHINA
from workflows.runtime.deadline_rows import clock_of, counted
from workflows.store import Database, connect, migrate, read, tables
from workflows.store.base import Base
from workflows.store.tables import Deadline, DecisionEvaluation, Escalation

ROOT = Path(__file__).parents[3]


def test_the_migrations_give_the_tables_of_the_models(database: Database) -> None:
    assert tables.__all__
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def indexes(metadata: MetaData) -> dict[str, str]:
    """What ``compare_metadata`` does not look at: the conditions of partial indexes."""
    return {
        str(index.name): str(index.dialect_options["sqlite"].get("where"))
        for table in metadata.tables.values()
        for index in table.indexes
    }


def test_the_partial_indexes_are_those_of_the_models(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/migrated.db")
    found = MetaData()
    found.reflect(create_engine(f"sqlite:///{tmp_path}/migrated.db"))
    assert indexes(found) == indexes(Base.metadata)


@pytest.mark.parametrize("kind", KINDS)
def test_migrating_twice_changes_nothing(kind: str, tmp_path: Path) -> None:
    def twice(url: str) -> None:
        migrate(url)
        migrate(url)
        database = connect(url)
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM clock").scalar() == 1
        database.engine.dispose()

    if kind == "sqlite":
        twice(f"sqlite:///{tmp_path}/twice.db")
    else:
        with postgres_schema() as url:
            twice(url)


DEFINITION = """INSERT INTO decision_definition (key, deployment_key, version, name, resource_name, hash, decision_id,
requirements_key, requirements_id, requirements_name, xml)
VALUES (7, 5242880, 3, 'D', 'd.dmn', 'h', 'd', 8, 'r', 'R', {xml})"""
OLD = """INSERT INTO decision_evaluation
(process_instance_key, element_instance_key, decision_definition_key, decision_id, decision_name, at, inputs, matched, output)
VALUES (1048576, {element}, {definition}, 'd', 'D', '2026-03-02 01:00:00.000000', '{inputs}', '{matched}', {output})"""


def before_evaluations(url: str) -> None:
    """A database as it was when only the results of decisions were kept: two at one element, one without its version."""
    migrate(url, "0001")
    database = connect(url)
    blob = "CAST('<x/>' AS BLOB)" if database.engine.dialect.name == "sqlite" else "'<x/>'::bytea"
    with database.engine.begin() as connection:
        for statement in (
            "INSERT INTO deployment VALUES (5242880, 'designer', '2026-03-02 01:00:00.000000')",
            DEFINITION.format(xml=blob),
            OLD.format(
                element=1048577, definition=7, inputs='[{"id": "i", "name": "x", "value": 0.1}]',
                matched='[{"rule_id": "r", "index": 1, "outputs": []}]', output="'0.30'",
            ),
            OLD.format(element=1048577, definition=7, inputs="[]", matched="[]", output="NULL"),
            OLD.format(element=1048578, definition=9, inputs='[{"id": "i", "name": "x", "value": 1}]', matched="[]", output="'2'"),
        ):  # fmt: skip
            connection.exec_driver_sql(statement)
    database.engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_decisions_taken_before_are_evaluations_of_one(kind: str, tmp_path: Path) -> None:
    with contextlib.nullcontext(f"sqlite:///{tmp_path}/old.db") if kind == "sqlite" else postgres_schema() as url:
        before_evaluations(url)
        migrate(url)
        with opened(url) as database, read(database) as session:
            rows = session.scalars(select(DecisionEvaluation).order_by(DecisionEvaluation.key)).all()
    assert [(row.id, row.evaluation_key, row.version, row.kind) for row in rows] == [
        ("1048577-1", 1048577, 3, "DECISION_TABLE"),
        ("1048577-2", 1048577, 3, "LITERAL_EXPRESSION"),
        ("1048578-1", 1048578, -1, "DECISION_TABLE"),
    ]
    for row in rows:
        assert (row.state, row.failure, row.warnings) == ("EVALUATED", None, [])
        assert row.root_decision_definition_key == row.decision_definition_key
    first = rows[0]
    assert (first.process_instance_key, first.decision_id, first.output) == (1048576, "d", Decimal("0.30"))
    assert first.inputs == [{"id": "i", "name": "x", "value": Decimal("0.1")}]
    assert first.matched == [{"rule_id": "r", "index": 1, "outputs": []}]


PROCESS = """INSERT INTO process_definition (process_id, xml, key, deployment_key, version, name, resource_name, hash)
VALUES ('p', {blob}, 7, 5242880, 1, 'P', 'p.bpmn', 'h')"""
INSTANCE = """INSERT INTO process_instance (key, process_definition_key, process_id, state, revision, hash, started, depth,
root_process_instance_key, snapshot, suspended) SELECT 1048576, key, process_id, 'ACTIVE', 0, 'h', '2026-03-02 01:00:00.000000',
0, 1048576, {blob}, NULL FROM process_definition"""
CLOCK = """INSERT INTO deadline (key, process_instance_key, element_instance_key, element_id, stage, unit, number, started, due,
provisional, rungs, next_level, next_at, paused) VALUES (1048577, 1048576, 1048577, 'a', '处置', 'urgent_hour', '10',
'2026-03-02 01:00:00.000000', '2026-03-02 13:00:00.000000', {no},
'[{{"level": 0, "at": 0.5, "role": "handler", "channel": "inbox", "label": "x", "due": "2026-03-02T06:00:00+00:00"}},
{{"level": 1, "at": 1, "role": "grid-lead", "channel": "", "label": "y", "due": "2026-03-02T13:00:00+00:00"}}]',
1, '2026-03-02 13:00:00.000000', '2')"""
RUNG = """INSERT INTO escalation (key, deadline_key, process_instance_key, stage, level, role, recipient, channel, label, at,
fired) VALUES (5, 1048577, 1048576, '处置', 0, 'handler', 'handler@fire', 'inbox', 'x', '2026-03-02 06:00:00.000000',
'2026-03-02 06:00:00.000000')"""


def with_a_clock(url: str) -> None:
    """A database as it was when a clock kept only how long it had been paused: of 10 hours one rung fired, 2 paused."""
    migrate(url, "0006")
    database = connect(url)
    blob, no = ("x'00'", "0") if database.engine.dialect.name == "sqlite" else ("'\\x00'::bytea", "false")
    with database.engine.begin() as connection:
        for statement in (
            "INSERT INTO deployment VALUES (5242880, 'designer', '2026-03-02 01:00:00.000000')",
            PROCESS.format(blob=blob),
            INSTANCE.format(blob=blob),
            CLOCK.format(no=no),
            RUNG,
        ):
            connection.exec_driver_sql(statement)
    database.engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_clocks_that_run_go_on_as_they_were(kind: str, tmp_path: Path) -> None:
    with contextlib.nullcontext(f"sqlite:///{tmp_path}/old.db") if kind == "sqlite" else postgres_schema() as url:
        with_a_clock(url)
        migrate(url)
        with opened(url) as database, read(database) as session:
            [row] = session.scalars(select(Deadline)).all()
            [rung] = session.scalars(select(Escalation)).all()
    assert counted(clock_of(row, CHINA), row.rungs, row.fired_level) | {"yellow_at": 0, "purple_at": 0} == {
        "due": row.due, "provisional": False, "rungs": row.rungs, "next_level": row.next_level, "next_at": row.next_at,
        "yellow_at": 0, "purple_at": 0,
    }  # fmt: skip
    assert (row.due, row.next_level, row.fired_level) == (datetime(2026, 3, 2, 13, tzinfo=UTC), 1, 0)
    assert row.started < row.yellow_at < row.due < row.purple_at
    assert [one["channels"] for one in row.rungs] == [["inbox"], []]
    assert (rung.channels, rung.vacant, rung.powers) == (["inbox"], False, [])


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/both.db"
    program = "import sys; from workflows.store import migrate; migrate(sys.argv[1])"
    started = [subprocess.Popen([sys.executable, "-c", program, url], cwd=ROOT) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]


@pytest.mark.slow
def test_the_wheel_carries_the_migrations_and_the_console(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode and "hatchling" in built.stderr + built.stdout:
        pytest.skip("hatchling is not installed here")
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"workflows/store/migrations/env.py", "workflows/store/migrations/versions/0001_first.py"} <= set(names)
    console = {"templates/base.html", "static/console.css", "static/bpmn-viewer.min.js", "catalogues/zh/console.json"}
    assert {f"api/console/{name}" for name in console} <= set(names)
