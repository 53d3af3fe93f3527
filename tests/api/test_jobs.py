"""Handing out jobs: to one worker at a time, with what it asked for, waiting when there are none."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tests.api.conftest import Server, open_tasks, start
from tests.api.test_bad_input import refused

if TYPE_CHECKING:
    import httpx


def activate(client: httpx.Client, **more: Any) -> list[dict[str, Any]]:
    asked = {"type": "test/send", "worker": "w", "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1}
    answer = client.post("/v2/jobs/activation", json=asked | more)
    assert answer.status_code == 200, answer.text
    return answer.json()["jobs"]


def test_a_job_belongs_to_one_worker_until_its_time_is_up(admin: httpx.Client):
    start(admin, "job", a=1, b={"c": 0.5})
    (job,) = activate(admin, fetchVariable=["b", "ghost"], timeout=300)
    assert (job["variables"], job["kind"], job["jobLeaseToken"]) == ({"b": {"c": 0.5}}, "BPMN_ELEMENT", None)
    assert activate(admin) == []
    time.sleep(0.35)
    (again,) = activate(admin)
    assert again["jobKey"] == job["jobKey"]
    assert again["variables"] == {"a": 1, "b": {"c": 0.5}}
    admin.post(f"/v2/jobs/{job['jobKey']}/completion", json={"variables": {"sent": True}}).raise_for_status()
    assert refused(admin.post(f"/v2/jobs/{job['jobKey']}/completion"), 409)["code"]


def test_twenty_workers_get_twenty_different_jobs(server: Server, admin: httpx.Client):
    instances = {start(admin, "job") for _ in range(20)}

    def take(_: int) -> list[str]:
        with server.client("worker") as worker:
            return [job["processInstanceKey"] for job in activate(worker, maxJobsToActivate=1)]

    with ThreadPoolExecutor(20) as threads:
        taken = [key for keys in threads.map(take, range(20)) for key in keys]
    assert sorted(taken) == sorted(instances)


def test_a_worker_waits_for_work(server: Server, admin: httpx.Client):
    with server.client("worker") as worker, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(activate, worker, requestTimeout=10_000)
        time.sleep(0.3)
        assert not waiting.done()
        instance = start(admin, "job")
        (job,) = waiting.result(timeout=5)
    assert job["processInstanceKey"] == instance


def test_a_failed_job_waits_for_its_turn_and_keeps_what_the_worker_found(admin: httpx.Client):
    instance = start(admin, "job")
    (job,) = activate(admin)
    failure = {"retries": 2, "errorMessage": "稍后", "retryBackOff": 300, "variables": {"found": 1}}
    admin.post(f"/v2/jobs/{job['jobKey']}/failure", json=failure).raise_for_status()
    assert activate(admin) == []
    time.sleep(0.35)
    (again,) = activate(admin)
    assert (again["retries"], again["variables"]) == (2, {"found": 1})
    admin.post(f"/v2/jobs/{job['jobKey']}/completion").raise_for_status()
    assert [task["elementId"] for task in open_tasks(admin, instance)] == ["read"]


def test_leases_are_refused_and_not_ignored(admin: httpx.Client):
    asked = {"type": "x", "timeout": 1, "maxJobsToActivate": 1, "withLease": True}
    assert refused(admin.post("/v2/jobs/activation", json=asked), 400)["code"] == "NO_LEASES"
