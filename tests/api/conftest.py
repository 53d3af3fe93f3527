"""A real server: uvicorn on a free port, a database of its own, a client for every role."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher

from api.app import create_app
from api.permissions import Role
from api.settings import Settings
from tests.support import diagrams as d
from tests.support.databases import database_url
from workflows.runtime import staff
from workflows.runtime.access import create_api_client
from workflows.store import Database, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from tests.support.databases import Fill

TWO_TASKS = d.bpmn(
    d.start(),
    d.user("first", d.z("assignmentDefinition", candidateGroups="desk@centre, inspection-desk@centre")),
    d.user("second"),
    d.end(),
    flows="start>first; first>second; second>end",
    process_id="two-tasks",
)
NO_WAIT = d.bpmn(d.start(), d.script("add", "a + 1", "b"), d.end(), flows="start>add; add>end", process_id="no-wait")
JOB = d.bpmn(
    d.start(),
    d.service("send", "test/send", d.z("taskHeaders")),
    d.user("read"),
    d.end(),
    d.boundary("refused", "send", d.on_error("e-REFUSED")),
    d.end("returned"),
    flows="start>send; send>read; read>end; refused>returned",
    process_id="job",
    more=d.error("REFUSED"),
)
MESSAGE = d.bpmn(
    d.start(),
    d.catch("wait", d.on_message("m-replied")),
    d.end(),
    flows="start>wait; wait>end",
    process_id="message",
    more=d.message("replied", "=id"),
)
FAILING = d.bpmn(
    d.start(),
    d.xor("choose"),
    d.user("yes"),
    d.end(),
    flows="start>choose; choose>yes[answer = 42]; yes>end",
    process_id="failing",
)

#: Of this machine, read once: each client would read them again, though nothing here speaks TLS.
CERTIFICATES = httpx.create_ssl_context()


@dataclass
class Server:
    """Where the server listens and who may call it."""

    url: str
    app: FastAPI
    secrets: dict[str, str]

    @property
    def database(self) -> Database:
        return self.app.state.database

    def client(self, role: str | None = "admin", **headers: str) -> httpx.Client:
        if role is not None:
            headers["authorization"] = f"Bearer {self.secrets[role]}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=CERTIFICATES)


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The app on a free port, in a thread with a loop of its own."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=5))
    # Named as TCP, or asyncio does not switch Nagle off and every answer takes 40 ms.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serve(folder: Path, kind: str = "sqlite", fill: Fill | None = None, **settings: Any) -> Iterator[Server]:
    """A server with a new database of this kind."""
    with database_url(kind, folder, fill) as url:
        chosen = {"address": url, "data": folder, "clock_control": True, "public_per_minute": 1000}
        app = create_app(Settings.model_validate(chosen | settings))
        with transaction(app.state.database) as session:
            secrets = {role: create_api_client(session, role, name=role, roles=[role]) for role in Role}
        with running(app) as address:
            yield Server(address, app, secrets)


def deploy_processes(server: Server) -> None:
    files = {"two-tasks": TWO_TASKS, "no-wait": NO_WAIT, "job": JOB, "message": MESSAGE, "failing": FAILING}
    parts = [("resources", (f"{name}.bpmn", content)) for name, content in files.items()]
    with server.client() as admin:
        response = admin.post("/v2/deployments", files=parts)
        assert response.status_code == 200, response.text


@pytest.fixture(scope="session", autouse=True)
def _passwords_at_little_cost() -> Iterator[None]:
    """As argon2id as in service, but a sign-in is no fifth of a second: hundreds of tests begin with one."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(staff, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a module; each test starts processes of its own."""
    with serve(tmp_path_factory.mktemp("server")) as started:
        deploy_processes(started)
        yield started


@pytest.fixture
def admin(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def start(client: httpx.Client, process_id: str, **variables: Any) -> str:
    """Start an instance; returns its key."""
    response = client.post("/v2/process-instances", json={"processDefinitionId": process_id, "variables": variables})
    assert response.status_code == 200, response.text
    return response.json()["processInstanceKey"]


def open_tasks(client: httpx.Client, instance: str) -> list[dict[str, Any]]:
    wanted = {"filter": {"processInstanceKey": instance, "state": "CREATED"}}
    return client.post("/v2/user-tasks/search", json=wanted).json()["items"]
