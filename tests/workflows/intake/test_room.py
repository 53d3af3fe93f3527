"""Whatever becomes of the child that reads files, there is an answer in time, and nothing of it is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from tests.support.diagrams import bpmn, end, start, user
from workflows.intake.files import Readings, Resource
from workflows.intake.room import ReadingFailed, ReadingTooLong, Room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
ANY: TypeAdapter[Any] = TypeAdapter(Any)
READINGS = TypeAdapter(Readings)
SMALL = Resource("a.bpmn", bpmn(start(), user("a"), end(), flows="start>a;a>end"))


@pytest.fixture(scope="module")
def shared() -> Iterator[Room]:
    room = Room(module="tests.support.odd_child")
    yield room
    room.close()


@pytest.fixture
def room(shared: Room) -> Iterator[Room]:
    """Warm: the time of a job is not that of starting a child."""
    shared.seconds = 30
    pid_of(shared)
    yield shared
    shared.seconds = 30


def pid_of(room: Room) -> int:
    pid: int = room.ask("who", [], ANY)["pid"]
    return pid


def gone(pid: int, within: float = 5.0) -> bool:
    """No such process, not even as a zombie."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_files_are_read_and_the_child_stays(room: Room) -> None:
    first = pid_of(room)
    (process,) = room.ask("read", [SMALL], READINGS).processes
    assert (process.id, [node.id for node in process.starts()]) == ("p", ["start"])
    assert pid_of(room) == first


def test_threads_that_come_at_once_are_all_answered(room: Room) -> None:
    files = [
        Resource(f"{n}.bpmn", bpmn(start(), user("a"), end(), flows="start>a;a>end", process_id=f"p{n}"))
        for n in range(20)
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda file: room.ask("read", [file], READINGS), files))
    assert [answer.processes[0].id for answer in answers] == [f"p{n}" for n in range(20)]


def test_the_child_knows_no_settings(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/name")
    room.close()
    assert room.ask("who", [], ANY)["settings"] == 0


def test_a_job_that_takes_too_long_is_ended_with_the_name_of_the_file(room: Room, tmp_path: Path) -> None:
    running = tmp_path / "running"
    room.seconds = 0.5
    started = time.monotonic()
    with pytest.raises(ReadingTooLong) as caught:
        room.ask("hang", [Resource("endless.dmn", str(running).encode())], ANY)
    assert caught.value.name == "endless.dmn"
    assert time.monotonic() - started < 3
    assert gone(int(running.read_text()))
    room.seconds = 30
    assert room.ask("read", [SMALL], READINGS).findings == []


def test_a_child_that_died_between_two_jobs_is_not_noticed(room: Room) -> None:
    before = pid_of(room)
    os.kill(before, signal.SIGKILL)
    assert room.ask("read", [SMALL], READINGS).findings == []
    assert pid_of(room) != before
    assert gone(before)


def test_a_child_that_dies_in_a_job_gets_a_second_chance(room: Room, tmp_path: Path) -> None:
    before = pid_of(room)
    assert room.ask("die_once", [Resource("a.dmn", str(tmp_path / "died").encode())], ANY)["pid"] != before


def test_what_kills_the_child_every_time_is_said_with_the_name_of_the_file(room: Room) -> None:
    with pytest.raises(ReadingFailed) as caught:
        room.ask("die", [Resource("deadly.dmn", b"")], ANY)
    assert (caught.type, caught.value.name) == (ReadingFailed, "deadly.dmn")
    assert room.ask("read", [SMALL], READINGS).findings == []


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited where /proc says how much there is")
def test_memory_has_an_end(room: Room) -> None:
    with pytest.raises(ReadingFailed):
        room.ask("eat", [], ANY)


@pytest.mark.parametrize("job", ["babble", "boast", "nothing of that name"])
def test_what_is_no_answer_is_not_believed(room: Room, job: str) -> None:
    with pytest.raises(ReadingFailed):
        room.ask(job, [], READINGS)


def test_closing_ends_the_child_and_does_not_wait_longer_than_it_is_told(room: Room, tmp_path: Path) -> None:
    before = pid_of(room)
    room.close()
    assert gone(before)
    pid_of(room)
    room.seconds = 2
    running = tmp_path / "running"
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(room.ask, "hang", [Resource("a.dmn", str(running).encode())], ANY)
        while not running.exists():
            time.sleep(0.01)
        started = time.monotonic()
        room.close(0.1)
        assert time.monotonic() - started < 1
        assert isinstance(job.exception(), ReadingTooLong)


PROLOGUE = """
import os, sys, time
from pydantic import TypeAdapter
from workflows.intake.files import Resource
from workflows.intake.room import ROOM as room
room.module, room.seconds = "tests.support.odd_child", 1
ANY = TypeAdapter(object)
def who():
    return room.ask("who", [], ANY)["pid"]
room.seconds = 30
print(who(), flush=True)
"""


@pytest.fixture
def script() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Runs a program in a session of its own."""
    started: list[subprocess.Popen[str]] = []

    def run(text: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", PROLOGUE + text],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_nothing_is_left_when_the_server_ends(script: Callable[[str], subprocess.Popen[str]]) -> None:
    process = script("")
    child = int(line(process))
    assert process.wait(10) == 0
    assert gone(child)


def test_an_idle_child_ends_with_a_server_that_is_killed(script: Callable[[str], subprocess.Popen[str]]) -> None:
    process = script("time.sleep(60)")
    child = int(line(process))
    process.kill()
    assert gone(child)


def test_a_busy_child_of_a_server_that_is_killed_ends_in_time(
    script: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    running = tmp_path / "running"
    process = script(
        f"""
room.close()
room.seconds = 2
who()
room.ask("hang", [Resource("a", b"{running}")], ANY)
"""
    )
    line(process)
    while not running.exists():
        time.sleep(0.02)
    process.kill()
    assert gone(int(running.read_text()))


def test_ctrl_c_ends_what_is_being_read(script: Callable[[str], subprocess.Popen[str]], tmp_path: Path) -> None:
    running = tmp_path / "running"
    process = script(
        f"""
try:
    room.ask("hang", [Resource("a", b"{running}")], ANY)
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(room.ask("who", [], ANY)["pid"] > 0, flush=True)
"""
    )
    child = int(line(process))
    while not running.exists():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    assert line(process) == "interrupted"
    assert gone(child)
    assert line(process) == "True"
    assert process.wait(10) == 0


def test_after_a_fork_each_process_has_its_own_child(script: Callable[[str], subprocess.Popen[str]]) -> None:
    process = script(
        """
forked = os.fork()
if forked == 0:
    print(who(), flush=True)
    room.close()
    os._exit(0)
os.waitpid(forked, 0)
print(who(), flush=True)
"""
    )
    first, of_the_fork, again = (int(line(process)) for _ in range(3))
    assert first == again != of_the_fork
    assert process.wait(10) == 0
    assert gone(first)
    assert gone(of_the_fork)


def test_a_fork_in_the_midst_of_a_job_disturbs_nothing(script: Callable[[str], subprocess.Popen[str]]) -> None:
    process = script(
        """
from threading import Thread
answers = []
thread = Thread(target=lambda: answers.extend(room.ask("doze", [Resource("x", bytes(5_000_000))], ANY) for _ in range(10)))
thread.start()
for _ in range(10):
    time.sleep(0.02)
    if (forked := os.fork()) == 0:
        os._exit(0)
    os.waitpid(forked, 0)
thread.join()
print(len(answers), flush=True)
"""
    )
    line(process)
    assert line(process) == "10"
    assert process.wait(10) == 0
