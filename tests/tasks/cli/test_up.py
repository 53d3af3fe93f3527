"""`bihuan up` as a user runs it: real processes, real ports, a worker that is killed, a polite end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from sqlalchemy import func, select

from workflows.store import connect, read
from workflows.store.tables import Event, ProcessDefinition

UP = "from tasks.cli import app; app(['up'])"
REPORT = {"channel": "web", "conditionCode": "C0302-01", "text": "果皮箱满溢", "lon": 111.9945, "lat": 27.7281}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def environment(tmp_path):
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": "",
        "BIHUAN_DATA": str(tmp_path / "data"),
        "BIHUAN_PORT": str(free_port()),
        "BIHUAN_PREFECT_PORT": str(free_port()),
        "BIHUAN_SWEEP_SECONDS": "5",
    }


class Up:
    """A running `bihuan up` and what it has said so far."""

    def __init__(self, environment, tmp_path):
        self.output = tmp_path / "up.out"
        with self.output.open("w") as target:
            # As a shell starts it with &: interrupts are ignored until it asks for them.
            deaf = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]
            self.process = subprocess.Popen(
                [*deaf, sys.executable, "-c", UP], env=environment, stdout=target, stderr=subprocess.STDOUT
            )

    def says(self, text, seconds=300.0):
        end = time.monotonic() + seconds
        while text not in (said := self.output.read_text()):
            assert self.process.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.2)
        return said

    def children(self):
        """Process ids by the module or program they run."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        ).stdout
        return {
            line.split(" -m ")[1].split()[0]: int(line.split()[0]) for line in listed.splitlines() if " -m " in line
        }

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.mark.prefect
@pytest.mark.slow
def test_up_serves_survives_a_killed_worker_and_stops_cleanly(environment, tmp_path):
    up = Up(environment | {"BIHUAN_PUBLIC_URL": "https://city.example/"}, tmp_path)
    try:
        said = up.says("Ctrl-C stops everything.")
        assert "Public   https://city.example        Links lead there" in said
        assert "case-handling v1" in said
        assert "Nobody can sign in yet" in said
        assert (tmp_path / "data" / "setup.code").read_text() in said
        url = f"http://127.0.0.1:{environment['BIHUAN_PORT']}"
        key = {"Idempotency-Key": "a-test-of-bihuan-up"}
        case = httpx.post(f"{url}/cases", json=REPORT, headers=key).raise_for_status().json()
        progress = f"{url}/cases/{case['number']}/progress"
        assert httpx.get(progress, headers={"Query-Code": case["queryCode"]}).json()["step"] == "平台受理"

        tokens = tmp_path / "data" / "tokens.json"
        assert tokens.stat().st_mode & 0o777 == 0o600
        admin = json.loads(tokens.read_text())["admin"]
        assert admin in said
        cases = httpx.get(f"{url}/cases", headers={"Authorization": f"Bearer {admin}"}).json()
        assert [one["number"] for one in cases["items"]] == [case["number"]]

        children = up.children()
        assert set(children) == {"uvicorn", "prefect", "tasks.jobs", "tasks.fallback", "tasks.serve"}
        os.kill(children["tasks.jobs"], signal.SIGKILL)
        up.says("jobs restarted")
        assert up.children()["tasks.jobs"] != children["tasks.jobs"]
    finally:
        code = up.stop()
    assert code == 0
    assert up.children() == {}
    assert "stopped; the data stay in" in up.output.read_text()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/readyz")


@pytest.mark.prefect
@pytest.mark.slow
def test_a_second_start_goes_on_with_the_same_data(environment, tmp_path):
    for _ in range(2):
        up = Up(environment, tmp_path)
        try:
            up.says("api      ready")
        finally:
            code = up.stop(signal.SIGINT)
        assert code == 0
    database = connect(f"sqlite:///{tmp_path}/data/bihuan.db")
    with read(database) as session:
        assert session.scalar(select(func.max(ProcessDefinition.version))) == 1, "deployed again, it is the same"
        assert session.scalar(select(func.count()).where(Event.tag == "deployment:create")) >= 1
    database.engine.dispose()
    assert "Tokens, shown once" not in up.output.read_text()


def run_up(environment):
    return subprocess.run(
        [sys.executable, "-c", UP], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.slow
def test_a_port_in_use_is_said_plainly(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["BIHUAN_PREFECT_PORT"])))
        other.listen()
        ended = run_up(environment)
    assert ended.returncode == 1
    assert f"port {environment['BIHUAN_PREFECT_PORT']} on 127.0.0.1 is in use" in ended.stderr
    assert "BIHUAN_PREFECT_PORT" in ended.stderr
