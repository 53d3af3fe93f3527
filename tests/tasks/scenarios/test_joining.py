"""A scenario played with what was started elsewhere: as the shipped packs and their scenarios have it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tasks.scenarios import CannotPlay, Scenario, Stage, join, read_scenario
from tasks.scenarios.joining import shifted
from workflows import runtime
from workflows.governance import cases
from workflows.store import read, transaction
from workflows.store.tables import Case, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.store import Database

PACKS = Path(__file__).parents[3] / "bpmn"
STORY = PACKS / "penalty-exemption" / "scenarios" / "first-offence.yaml"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with Stage.set_up(PACKS) as stage, stage._opened(stage.made / "set.db") as database:
        yield database


@pytest.fixture
def story() -> Scenario:
    return read_scenario(STORY)


def begun(database: Database, story: Scenario) -> str:
    with transaction(database) as session:
        case = cases.report(session, story.given["case"], now=runtime.now(session))
        runtime.start_process(
            session,
            process_id=story.process,
            variables={"case": cases.variables(case)},
            business_id=case.number,
            case_id=case.key,
            actor="tests",
        )
        return case.number


def test_the_organisation_does_what_the_scenario_says_with_what_was_begun(
    database: Database, story: Scenario, tmp_path: Path
) -> None:
    number = begun(database, story)
    told: list[str] = []
    happened, problems = join(database, story, number, tmp_path, told.append)
    assert problems == []
    assert (happened.path, happened.end) == (story.expect["path"], story.expect["end"])
    assert [name for name, _ in happened.documents] == [f"娄城管不罚决〔{datetime.now(UTC):%Y}〕第1号"]
    assert "已公布  exemption-list" in told[0], "no list was in force"
    assert "送达决定书" in told[-1]
    with read(database) as session:
        clocked = runtime.now(session)
    assert abs(clocked - datetime.now(UTC)) < timedelta(minutes=1), "the clock runs again"


def test_what_stops_it_is_told_and_the_clock_runs_again(database: Database, story: Scenario, tmp_path: Path) -> None:
    number = begun(database, story)
    story.steps[1] = {"task": "no-such-task"}
    _, problems = join(database, story, number, tmp_path, str)
    (problem,) = problems
    assert problem.startswith("第 2 步 task no-such-task:没有待办任务")
    with read(database) as session:
        assert abs(runtime.now(session) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("matter", ["2026-999999", "1"])
def test_a_matter_that_nobody_has_begun_is_named(
    database: Database, story: Scenario, tmp_path: Path, matter: str
) -> None:
    with read(database) as session:
        before = len(session.scalars(select(ProcessInstance.key)).all()), len(session.scalars(select(Case.key)).all())
    with pytest.raises(CannotPlay, match=f"没有关于 {matter} 的 penalty-exemption"):
        join(database, story, matter, tmp_path, str)
    with read(database) as session:
        assert before == (
            len(session.scalars(select(ProcessInstance.key)).all()),
            len(session.scalars(select(Case.key)).all()),
        )


def test_moments_move_and_nothing_else() -> None:
    week = timedelta(days=7)
    given = {"at": "2026-03-02T08:30:00+08:00", "text": "3月2日 2026-03-02", "list": [1, "2026-03-02T08:30+08:00"]}
    assert shifted(given, week) == {
        "at": "2026-03-09T08:30:00+08:00",
        "text": "3月2日 2026-03-02",
        "list": [1, "2026-03-09T08:30:00+08:00"],
    }
