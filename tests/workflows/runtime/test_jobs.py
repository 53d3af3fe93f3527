from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from tests.support import diagrams as d
from tests.support.world import MONDAY, World
from workflows import runtime
from workflows.runtime.errors import AlreadyClosed, Invalid

MINUTE = timedelta(minutes=1)


def one_job(world: World, retries: str = "3", **variables: object) -> int:
    task = d.element("serviceTask", "send", d.z("taskDefinition", type="sms/send", retries=retries))
    world.process(
        d.start(), task, d.boundary("caught", "send", d.on_error("e-BARRED")), d.user("manual"), d.end(),
        flows="start>send; send>end; caught>manual; manual>end", more=d.error("BARRED"),
    )  # fmt: skip
    world.pin(MONDAY)
    return world.start(**variables)


def activate(world: World, worker: str = "w1", limit: int = 10) -> list[dict]:
    return world.run(runtime.activate_jobs, "sms/send", worker, MINUTE, limit, actor=None)


def state(world: World) -> list[tuple]:
    return [tuple(row) for row in world.rows("SELECT state, retries, worker FROM job")]


def test_a_job_is_handed_out_once_until_its_timeout(world: World) -> None:
    instance = one_job(world, text="您好")
    [job] = activate(world)
    assert (job["type"], job["worker"], job["retries"], job["variables"]) == ("sms/send", "w1", 3, {"text": "您好"})
    assert (job["process_instance_key"], job["process_id"], job["version"]) == (instance, "p", 1)
    assert job["available_at"] == MONDAY + MINUTE
    assert activate(world, "w2") == []
    world.move(MINUTE)
    assert [job["worker"] for job in activate(world, "w2")] == ["w2"]


def test_completing_a_job_goes_on(world: World) -> None:
    instance = one_job(world)
    [job] = activate(world)
    world.run(runtime.complete_job, job["key"], {"sent": True})
    assert world.state(instance) == "COMPLETED"
    assert [row[0] for row in state(world)] == ["COMPLETED"]
    with pytest.raises(AlreadyClosed):
        world.run(runtime.complete_job, job["key"], {})


def test_a_failed_job_rests_and_is_handed_out_again(world: World) -> None:
    one_job(world)
    [job] = activate(world)
    world.run(runtime.fail_job, job["key"], retries=2, backoff=MINUTE, message="no line")
    assert activate(world) == []
    world.move(MINUTE)
    assert [job["retries"] for job in activate(world)] == [2]
    assert world.incidents() == []


def test_a_job_without_retries_is_an_incident_until_that_is_resolved(world: World) -> None:
    instance = one_job(world)
    [job] = activate(world)
    world.run(runtime.fail_job, job["key"], retries=0, backoff=timedelta(), message="no line")
    [incident] = world.incidents()
    assert (incident.element_id, incident.error_type, incident.message) == ("send", "JOB_NO_RETRIES", "no line")
    assert state(world) == [("FAILED", 0, None)]
    assert activate(world) == []
    world.run(runtime.resolve_incident, incident.key)
    assert world.incidents() == []
    [job] = activate(world)
    assert job["retries"] == 1
    world.run(runtime.complete_job, job["key"], {})
    assert world.state(instance) == "COMPLETED"
    assert [event.tag for event in world.events(instance)][1:] == ["job:fail", "incident:resolve", "job:complete"]


def test_new_retries_wait_for_the_incident_to_be_resolved(world: World) -> None:
    one_job(world)
    [job] = activate(world)
    world.run(runtime.fail_job, job["key"], retries=0, backoff=timedelta(), message="no line")
    world.run(runtime.update_job, job["key"], retries=5)
    assert activate(world) == []
    world.run(runtime.resolve_incident, world.incidents()[0].key)
    assert [job["retries"] for job in activate(world)] == [5]


def test_a_business_error_goes_to_the_event_that_catches_it(world: World) -> None:
    one_job(world)
    [job] = activate(world)
    world.run(runtime.throw_job_error, job["key"], "BARRED", "number barred", {"reason": "barred"})
    assert world.tasks() == ["manual"]
    assert [row[0] for row in state(world)] == ["ERROR_THROWN"]


def test_a_business_error_nobody_catches_is_an_incident(world: World) -> None:
    one_job(world)
    [job] = activate(world)
    world.run(runtime.throw_job_error, job["key"], "OTHER", "what?", {})
    [incident] = world.incidents()
    assert incident.error_type == "UNHANDLED_ERROR_EVENT"
    assert activate(world) == []


def test_a_business_error_in_a_called_process_goes_to_the_caller(world: World) -> None:
    child = d.bpmn(d.start(), d.service("send", "sms/send"), d.end(), flows="start>send; send>end", process_id="child")
    parent = d.bpmn(
        d.start(), d.call("call", "child"), d.boundary("caught", "call", d.on_error()), d.user("repair"), d.end(),
        flows="start>call; call>end; caught>repair; repair>end", process_id="parent",
    )  # fmt: skip
    world.deploy(child, parent)
    world.start("parent")
    [job] = activate(world)
    world.run(runtime.throw_job_error, job["key"], "BARRED", "", {})
    assert world.tasks() == ["repair"]
    assert world.incidents() == []


def test_two_workers_never_get_the_same_job(world: World) -> None:
    one_job(world)
    for _ in range(19):
        world.start()
    barrier, got = Barrier(4), []

    def take(name: str) -> None:
        barrier.wait()
        for _ in range(5):
            got.extend(job["key"] for job in activate(world, name, 3))

    threads = [Thread(target=take, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 20


@pytest.mark.parametrize("retries", [-1, 2**31, 10**40])
def test_retries_no_job_can_have_are_refused(world: World, retries: int) -> None:
    one_job(world)
    with pytest.raises(Invalid):
        world.run(runtime.fail_job, world.jobs()[0], retries=retries, backoff=timedelta(), message="")
    with pytest.raises(Invalid):
        world.run(runtime.update_job, world.jobs()[0], retries=min(retries, 0) or retries)


@pytest.mark.parametrize("bad", ["nul\0", "\ud800"])
def test_a_worker_asks_in_words_a_database_can_hold(world: World, bad: str) -> None:
    for words in ((bad, "w1"), ("sms/send", bad)):
        with pytest.raises(Invalid):
            world.run(runtime.activate_jobs, *words, MINUTE, 1, actor=None)
