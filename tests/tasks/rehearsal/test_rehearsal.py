"""A rehearsal over real HTTP: a server in a process of its own, the first reports of the sample, worked to the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import orjson
import pytest

from tasks.packs import deploy_pack, packs
from tasks.rehearsal import Rehearsal, Server, table
from tasks.rehearsal.server import photo
from tests.support.databases import database_url
from workflows import runtime
from workflows.runtime.access import create_api_client
from workflows.store import read, transaction

SAMPLES = Path("bpmn/case-handling/samples/reports.jsonl")
SERVE = ("-m", "uvicorn", "api.app:create_app", "--factory", "--no-access-log", "--log-level", "warning", "--port")


@pytest.fixture
def url(tmp_path):
    with database_url("sqlite", tmp_path) as url:
        yield url


@pytest.fixture
def city(database):
    for pack in packs(Path("bpmn")):
        deploy_pack(database, pack, actor="test")
    return database


@pytest.fixture
def server(city, url, tmp_path):
    with transaction(city) as session:
        secret = create_api_client(session, "rehearsal", name="", roles=["admin"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "BIHUAN_DATA": str(tmp_path),
        "BIHUAN_CLOCK_CONTROL": "true",
    }
    with subprocess.Popen([sys.executable, *SERVE, str(port)], env=environment) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz")
            server = Server(f"http://127.0.0.1:{port}", secret)
            yield server
            server.close()
        finally:
            process.terminate()


def wait_for(url):
    end = time.monotonic() + 30
    while True:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            return


@pytest.mark.slow
def test_reports_are_worked_to_the_end_and_the_record_is_whole(city, server):
    reports = [orjson.loads(line) for line in SAMPLES.read_bytes().splitlines()[:25]]
    reports.append({"id": "r-bad", "at": "2026-03-03T08:00:00+08:00", "photos": 0, "report": {"channel": "qr"}})
    matters = Rehearsal(server, city, lambda _: None).run(reports)
    cases = [server.case(matter.number) for matter in matters if matter.number]
    assert len(cases) == 25
    assert all(case["ended"] for case in cases)
    assert {case["state"] for case in cases} <= {"closed", "refused", "merged"}
    assert sum(case["state"] == "closed" for case in cases) > 10
    assert [bool(matter.refusal) for matter in matters] == [False] * 25 + [True]
    with read(city) as session:
        assert runtime.verify(session) == []

    told = table(matters, cases, {0: 3, 1: 2})
    assert "   26  上报 reported" in told
    assert "    1    未收下 turned away" in told
    assert "    0  未结 still open" in told
    assert "    2  督办第 1 级 escalated, level 1" in told


def test_photos_differ():
    assert len({photo(number) for number in range(9)}) == 9
