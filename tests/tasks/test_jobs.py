from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tasks.handlers import HANDLERS, Registration, handler
from tasks.jobs import LONGEST_BACKOFF, backoff, load_handlers, work
from workflows import runtime
from workflows.runtime import journal
from workflows.runtime.errors import BpmnError
from workflows.runtime.inline import HANDLERS as INLINE
from workflows.store import read, transaction
from workflows.store.queries.variables import variables
from workflows.store.tables import ElementInstance, Incident, Job, ProcessInstance


def registered(function):
    return {"test/work": Registration(function, timedelta(minutes=1))}


def state(database, instance):
    with read(database) as session:
        return session.get(ProcessInstance, instance).state


def ended_at(database, instance):
    with read(database) as session:
        ends = select(ElementInstance.element_id).where(
            ElementInstance.process_instance_key == instance, ElementInstance.type == "END_EVENT"
        )
        return session.execute(ends).scalar_one()


def test_a_job_is_done_with_what_its_handler_returns(database, start):
    instance = start("working", colour="红")
    seen = []

    def paint(job):
        seen.append(job)
        return {"painted": job.variables["colour"]}

    assert work(database, registered(paint), "w") == 1
    assert state(database, instance) == "COMPLETED"
    assert (seen[0].type, seen[0].element_id, seen[0].process_instance_key) == ("test/work", "work", instance)
    with read(database) as session:
        found = {one.name: one.value for one in variables(session, instance)}
    assert found["painted"] == "红"


def test_there_is_nothing_to_do_twice(database, start):
    start("working")
    assert work(database, registered(lambda _: None), "w") == 1
    assert work(database, registered(lambda _: None), "w") == 0


def test_a_business_error_goes_to_the_event_that_catches_it(database, start):
    instance = start("working")

    def refuse(_job):
        raise BpmnError("REFUSED", "不办")

    work(database, registered(refuse), "w")
    assert ended_at(database, instance) == "end-refused"


def test_a_failure_is_tried_again_after_a_pause_and_ends_as_an_incident(database, start, move):
    start("working")
    attempts = []

    def fail(job):
        attempts.append(job.retries)
        raise ConnectionError("no line")

    for hours in range(6):
        move(hours)
        work(database, registered(fail), "w")
        assert work(database, registered(fail), "w") == 0, "a failed job rests"
    assert attempts == [3, 2, 1]
    with read(database) as session:
        incident = session.execute(select(Incident)).scalar_one()
        assert incident.error_type == "JOB_NO_RETRIES"
        assert "ConnectionError: no line" in incident.message


def test_a_result_that_comes_too_late_changes_nothing(database, start):
    instance = start("working")

    def overtaken(job):
        with transaction(database) as session:
            runtime.cancel_process_instance(session, instance, actor="test")
        return {"late": job.key}

    assert work(database, registered(overtaken), "w") == 1
    assert state(database, instance) == "TERMINATED"
    with read(database) as session:
        assert session.execute(select(Job.state)).scalar_one() == "CANCELED"


def test_the_pause_doubles_and_ends():
    assert [backoff(retries).total_seconds() for retries in (5, 4, 3)] == [5, 10, 20]
    assert max(backoff(retries) for retries in range(100)) <= LONGEST_BACKOFF


def test_handlers_are_found_by_themselves():
    assert "outbox/write" in load_handlers()


def test_a_type_has_one_handler():
    load_handlers()
    with pytest.raises(ValueError, match="outbox/write has a handler already"):
        handler("outbox/write")(lambda _job: None)
    assert len(HANDLERS) == len(set(HANDLERS))


def test_the_handlers_of_workers_and_those_inside_a_step_keep_apart():
    """A type in the namespace of an inline handler that is none is refused at deployment."""
    inside = {type.partition("/")[0] for type in INLINE}
    assert inside & {type.partition("/")[0] for type in load_handlers()} == set()


def test_a_result_that_is_too_large_is_an_incident_and_not_done_again_and_again(database, start, monkeypatch):
    monkeypatch.setattr(journal, "MAX_STATE", 5_000)
    start("working")
    assert work(database, registered(lambda _: {"more": "x" * 6_000}), "w") == 1
    with read(database) as session:
        (incident,) = session.scalars(select(Incident).where(Incident.state == "ACTIVE"))
    assert "5000" in incident.message
    assert work(database, registered(lambda _: None), "w") == 0
