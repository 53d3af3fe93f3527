"""Live pages: told of what happens, for as long as their reader may read; nothing stays when they are left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import httpx
from sqlalchemy import select, update

from api.console import live
from tests.api.conftest import start
from tests.api.console.conftest import PASSWORD, SUPERVISOR, Browser
from tests.support import diagrams as d
from tests.support.databases import database_url
from workflows.runtime import staff
from workflows.store import connect, read, transaction
from workflows.store.tables import Person, StaffSession

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tests.api.conftest import Server

PLAIN = d.bpmn(d.start(), d.user("wait"), d.end(), flows="start>wait; wait>end", process_id="plain")


@contextmanager
def events(browser: Browser, path: str = "/live") -> Iterator[Iterator[str]]:
    with browser.http.stream("GET", f"/console{path}") as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines).startswith("retry: ")
        yield lines


def until(lines: Iterator[str], wanted: str) -> None:
    """Ends with StopIteration where the stream ends before, with a timeout of the client where nothing comes."""
    while next(lines) != wanted:
        pass


def settled(server: Server, number: int) -> bool:
    """Whether so many streams are open, after a while at most."""
    for _ in range(100):
        if server.app.state.changes.open == number:
            return True
        time.sleep(0.1)
    return False


def test_a_page_is_told_when_something_has_happened(server: Server, lead: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "PASSING_SECONDS", 1_000)
    with server.client() as admin:
        admin.post("/v2/deployments", files=[("resources", ("plain.bpmn", PLAIN))]).raise_for_status()
        with events(lead) as lines:
            start(admin, "plain")
            until(lines, "event: change")
    assert settled(server, 0)


def test_it_is_told_now_and_then_although_nothing_has_happened(
    server: Server, lead: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "PASSING_SECONDS", 0)
    with events(lead) as lines:
        until(lines, "event: change")
        until(lines, "event: change")


def test_silence_is_broken_by_comments(lead: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    with events(lead) as lines:
        until(lines, ": still here")


def test_a_session_that_ended_ends_its_stream(server: Server, lead: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    with events(lead) as lines:
        lead.post("/logout")
        until(lines, "event: over")
        assert [line for line in lines if line not in ("data:", "")] == []
    assert settled(server, 0)


def test_who_is_signed_out_gets_no_stream(browser: Browser):
    answer = browser.http.get("/console/live", follow_redirects=False)
    assert answer.headers["location"] == "/console/login?next=/live"


def test_a_session_has_few_streams_and_those_left_make_room(server: Server, lead: Browser):
    with Browser(server) as other:
        other.http.cookies = lead.http.cookies
        opened = [events(other) for _ in range(live.MOST_STREAMS)]
        for one in opened:
            one.__enter__()
        refused = lead.get("/live")
        assert refused.status_code == 429
        opened.pop().__exit__(None, None, None)
        assert settled(server, live.MOST_STREAMS - 1)
        with events(lead):
            assert server.app.state.changes.open == live.MOST_STREAMS
        for one in opened:
            one.__exit__(None, None, None)
    assert settled(server, 0)
    assert server.app.state.changes._looking is None, "nobody waits, nobody looks"


def test_a_page_that_reads_itself_keeps_no_session_alive(server: Server, lead: Browser):
    def seen() -> datetime:
        with read(server.database) as session:
            return session.scalars(select(StaffSession.seen).order_by(StaffSession.begun.desc())).first()

    before = datetime.now(UTC) - timedelta(minutes=10)
    with transaction(server.database) as session:
        session.execute(update(StaffSession).values(seen=before))
    with events(lead):
        assert lead.http.get("/console/monitor", headers={"x-live": "1"}).status_code == 200
    assert seen() == before
    lead.get("/monitor")
    assert seen() > before


def test_a_server_that_is_asked_to_end_does_not_wait_for_open_pages(tmp_path: Path):
    with database_url("sqlite", tmp_path) as url, apart(url, tmp_path) as (address, process):
        database = connect(url)
        with transaction(database) as session:
            session.add(Person(id=SUPERVISOR, name="样例"))
            session.flush()
            staff.create_account(session, "lead", PASSWORD, person=SUPERVISOR, roles=["supervisor"], actor="tests")
        database.engine.dispose()
        with Browser(SimpleNamespace(url=address)) as browser:  # type: ignore[arg-type]
            browser.sign_in("lead")
            with events(browser) as lines:
                process.send_signal(signal.SIGTERM)
                assert "event: over" not in list(lines)
        process.wait(timeout=30)


@contextmanager
def apart(url: str, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = ("-m", "uvicorn", "api.app:create_app", "--factory", "--log-level", "critical", "--port", str(port))
    environment = {**os.environ, "DATABASE_URL": url, "BIHUAN_DATA": str(folder)}
    with subprocess.Popen([sys.executable, *serve], env=environment) as process:
        try:
            for _ in range(300):
                with suppress(httpx.HTTPError):
                    httpx.get(f"http://127.0.0.1:{port}/readyz").raise_for_status()
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()
