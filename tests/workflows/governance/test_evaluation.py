from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.support.city import NOW, REPORT
from workflows.governance import cases, evaluation
from workflows.store.keys import next_keys
from workflows.store.tables import Deadline, Deployment, ProcessDefinition, ProcessInstance

HOUR = timedelta(hours=1)


@pytest.fixture
def case(session):
    return cases.report(session, REPORT, now=NOW)


@pytest.fixture
def clock(session, case):
    """Adds a clock to an instance of the case."""
    deployment, definition, instance = next_keys(session, 3)
    session.execute(insert(Deployment).values(key=deployment, actor="tests", at=NOW))
    session.execute(
        insert(ProcessDefinition).values(
            key=definition,
            deployment_key=deployment,
            version=1,
            name="p",
            resource_name="p.bpmn",
            hash="",
            process_id="p",
            xml=b"",
        )
    )
    session.execute(
        insert(ProcessInstance).values(
            key=instance,
            process_definition_key=definition,
            process_id="p",
            root_process_instance_key=instance,
            depth=0,
            case_id=case.key,
            state="ACTIVE",
            revision=1,
            hash="",
            started=NOW,
            snapshot=b"",
        )
    )

    def add(stage, due, *, ended=None, met=None):
        session.execute(
            insert(Deadline).values(
                key=next_keys(session)[0],
                process_instance_key=instance,
                element_instance_key=instance + 1,
                element_id="handling",
                stage=stage,
                unit="urgent_hour",
                number="2",
                started=NOW,
                due=due,
                provisional=False,
                rungs=[],
                ended=ended,
                met=met,
            )
        )

    return add


@pytest.mark.parametrize(
    ("reworks", "satisfaction", "stars"),
    [
        (0, "满意", 5),
        (1, "满意", 4),
        (2, "满意", 3),
        (9, "满意", 3),
        (0, "不满意", 2),
        (2, "不满意", 1),
        (0, None, 5),
        (1, "拒绝", 4),
    ],
)
def test_stars_follow_satisfaction_less_one_for_each_of_two_reworks(session, case, reworks, satisfaction, stars):
    result = evaluation.evaluate(session, case.key, reworks=reworks, satisfaction=satisfaction, now=NOW)
    assert result.as_variables() == {
        "onTime": True,
        "reworks": reworks,
        "satisfaction": satisfaction,
        "stars": stars,
    }


def test_being_late_costs_a_star(session, case, clock):
    clock("处置", NOW + HOUR, ended=NOW + 2 * HOUR, met=False)
    result = evaluation.evaluate(session, case.key, reworks=0, satisfaction="满意", now=NOW + 3 * HOUR)
    assert (result.on_time, result.stars) == (False, 4)


def test_one_late_round_makes_the_case_late(session, case, clock):
    clock("处置", NOW + HOUR, ended=NOW, met=True)
    assert evaluation.handled_in_time(session, case.key, NOW)
    clock("处置", NOW + HOUR, ended=NOW + 2 * HOUR, met=False)
    assert not evaluation.handled_in_time(session, case.key, NOW)


def test_a_clock_that_still_runs_is_late_when_it_is_over(session, case, clock):
    clock("处置", NOW + HOUR)
    assert evaluation.handled_in_time(session, case.key, NOW + HOUR)
    assert not evaluation.handled_in_time(session, case.key, NOW + HOUR + timedelta(seconds=1))


def test_the_centres_own_clocks_do_not_count(session, case, clock):
    clock("回访", NOW + HOUR, ended=NOW + 2 * HOUR, met=False)
    assert evaluation.handled_in_time(session, case.key, NOW)


def test_clocks_of_other_cases_do_not_count(session, case, clock):
    clock("处置", NOW, ended=NOW + HOUR, met=False)
    other = cases.report(session, REPORT, now=NOW)
    assert evaluation.handled_in_time(session, other.key, NOW)
