"""One request, one transaction: committed before the answer, rolled back with an error, never two at once."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI, Response
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from api import problems
from api.permissions import Permission, needs
from api.routing import new_router
from api.sessions import READERS, WriteSession, writers
from tests.api.conftest import Server, open_tasks, running, serve, start
from workflows.runtime.verify import verify
from workflows.store import read
from workflows.store.tables import Clock

if TYPE_CHECKING:
    import pytest


def test_no_success_is_answered_before_the_commit(server: Server, admin: httpx.Client):
    instance = start(admin, "two-tasks")
    (task,) = open_tasks(admin, instance)

    def fail(_session: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(server.database.writers, "before_commit", fail)
    try:
        answer = admin.post(f"/v2/user-tasks/{task['userTaskKey']}/completion")
    finally:
        event.remove(server.database.writers, "before_commit", fail)
    assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_BUSY")
    assert open_tasks(admin, instance) == [task]
    assert admin.post(f"/v2/user-tasks/{task['userTaskKey']}/completion").status_code == 204


def test_what_a_route_wrote_is_gone_when_it_fails(server: Server):
    router = new_router("Test")

    @router.post("/boom", dependencies=[needs(Permission.CLUSTER_READ)])
    def boom(session: WriteSession) -> Response:
        session.get(Clock, 1).pinned_at = datetime(2030, 1, 1, tzinfo=UTC)
        session.flush()
        raise ZeroDivisionError("secret inside")

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.__dict__["_state"].update(server.app.state._state)
    app.state.writers = writers(server.database)
    app.router.routes.extend(router.routes)
    problems.install(app)
    with running(app) as url, server.client() as client:
        answer = client.post(f"{url}/boom")
    assert answer.status_code == 500
    assert answer.json()["code"] == "INTERNAL_ERROR"
    assert "secret" not in answer.text
    with read(server.database) as session:
        assert session.get(Clock, 1).pinned_at is None


def test_twenty_who_complete_one_task_are_one_success(server: Server, admin: httpx.Client):
    instance = start(admin, "two-tasks")
    (task,) = open_tasks(admin, instance)
    together = threading.Barrier(20)

    def complete(_: int) -> int:
        together.wait()
        with server.client() as client:
            return client.post(f"/v2/user-tasks/{task['userTaskKey']}/completion").status_code

    with ThreadPoolExecutor(20) as threads:
        assert Counter(threads.map(complete, range(20))) == {204: 1, 409: 19}
    assert [one["elementId"] for one in open_tasks(admin, instance)] == ["second"]


def test_more_writers_than_threads_all_get_their_turn(server: Server):
    def begin(_: int) -> int:
        with server.client() as client:
            return client.post("/v2/process-instances", json={"processDefinitionId": "two-tasks"}).status_code

    with ThreadPoolExecutor(80) as threads:
        assert Counter(threads.map(begin, range(80))) == {200: 80}


def test_more_readers_than_connections_all_get_their_turn(server: Server):
    secret = {"authorization": f"Bearer {server.secrets['admin']}"}

    async def ask() -> Counter[int]:
        everyone = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=server.url, headers=secret, timeout=20, limits=everyone) as client:
            answers = (client.post("/v2/process-instances/search") for _ in range(200))
            return Counter(answer.status_code for answer in await asyncio.gather(*answers))

    assert asyncio.run(ask()) == {200: 200}


def test_who_sends_slowly_holds_nobody_up(server: Server, admin: httpx.Client):
    head = (
        "POST /v2/user-tasks/search HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n"
        f"authorization: Bearer {server.secrets['admin']}\r\n\r\n"
    )
    with ExitStack() as slow:
        for _ in range(READERS + 1):
            sender = slow.enter_context(socket.create_connection(("127.0.0.1", httpx.URL(server.url).port)))
            sender.sendall(head.encode())
        assert admin.post("/v2/user-tasks/search", json={}, timeout=5).status_code == 200


def test_who_waits_too_long_is_told_to_come_again(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("api.sessions.QUEUE_SECONDS", 0.2)
    message = {"name": "nobody-waits"}
    with (
        serve(tmp_path) as server,
        server.client() as client,
        ThreadPoolExecutor(1) as threads,
        server.database.writers.begin() as other,
    ):
        other.get(Clock, 1)  # another process holds the database
        first = threads.submit(client.post, "/v2/messages/publication", json=message)
        while not server.app.state.writers.full:
            time.sleep(0.01)
        second = client.post("/v2/messages/publication", json=message)
        other.rollback()
        assert (second.status_code, second.json()["title"]) == (503, "RESOURCE_EXHAUSTED")
        assert second.headers["retry-after"] == "1"
        assert first.result().status_code == 200


def test_the_database_is_sound_after_all_this(server: Server):
    with read(server.database) as session:
        assert verify(session) == []
