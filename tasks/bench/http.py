"""Lifecycles over HTTP: one server process, clients in another, each request as an integrator sends it."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from tasks.bench.diagrams import ANSWER, TASKS
from workflows.runtime.access import create_api_client
from workflows.store import Database, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENTS = 4
START_SECONDS = 30.0


def lifecycles_per_second(database: Database, folder: Path, number: int, port: int) -> float:
    """Create an instance, and for each task: find it, complete it."""
    with transaction(database) as session:
        secret = create_api_client(session, "bench", name="bench", roles=["admin"])
    with _server(database, folder, port) as url:
        clients = multiprocessing.get_context("spawn").Pool(1)
        with clients:
            clients.apply(_clients, (url, secret, CLIENTS))  # imports and connections are not measured
            seconds: float = clients.apply(_clients, (url, secret, number))
    return number / seconds


def _clients(url: str, secret: str, number: int) -> float:
    """Run in a process of its own: that many lifecycles on a few connections; returns the seconds it took."""
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client, ThreadPoolExecutor(CLIENTS) as threads:
        begin = time.perf_counter()
        for done in [threads.submit(_lifecycle, client) for _ in range(number)]:
            done.result()
        return time.perf_counter() - begin


def _lifecycle(client: httpx.Client) -> None:
    created = _post(client, "/v2/process-instances", {"processDefinitionId": "bench-lifecycle", "variables": {"a": 1}})
    wanted = {"filter": {"processInstanceKey": created["processInstanceKey"], "state": "CREATED"}}
    for _ in TASKS:
        (task,) = _post(client, "/v2/user-tasks/search", wanted)["items"]
        path = f"/v2/user-tasks/{task['userTaskKey']}/completion"
        client.post(path, json={"variables": ANSWER}).raise_for_status()


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, json=body).raise_for_status().json()


@contextmanager
def _server(database: Database, folder: Path, port: int) -> Iterator[str]:
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "BIHUAN_DATA": str(folder),
    }
    uvicorn = (sys.executable, "-m", "uvicorn", "api.app:create_app", "--factory", "--port", str(port))
    quiet = ("--log-level", "warning", "--no-access-log")
    with subprocess.Popen((*uvicorn, *quiet), env=environment) as process:  # noqa: S603
        try:
            _until_ready(url)
            yield url
        finally:
            process.terminate()


def _until_ready(url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(f"{url}/readyz").raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
