"""Children are real processes here: small Python programs that live, die or refuse to stop."""

from __future__ import annotations

import os
import sys
import time

import pytest

from tasks.children import Children, Failed, NotReady, Part

SLEEPS = "import time; print('awake', flush=True); time.sleep(60)"
DIES = "print('could not open the door'); raise SystemExit(3)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
HAS_A_CHILD = (
    "import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(c.pid, flush=True); time.sleep(60)"
)


def part(code, name="one", missing=None, patience=10.0):
    return Part(name, (sys.executable, "-c", code), {}, missing or (lambda _: ""), patience)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)
    return result


@pytest.fixture
def said():
    return []


def pids(children):
    return [child.process.pid for child in children._children.values()]


def test_children_are_stopped_when_the_block_ends(tmp_path, said):
    with Children(tmp_path, said.append) as children:
        children.start(part(SLEEPS))
        children.wait(["one"])
        (pid,) = pids(children)
        assert alive(pid)
    assert not alive(pid)


def test_children_are_stopped_when_the_block_fails(tmp_path, said):
    started = []

    def interrupted():
        with Children(tmp_path, said.append) as children:
            children.start(part(SLEEPS))
            started.extend(pids(children))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (pid,) = started
    assert not alive(pid)


def test_a_child_has_a_process_group_of_its_own(tmp_path, said):
    with Children(tmp_path, said.append) as children:
        children.start(part(SLEEPS))
        (pid,) = pids(children)
        assert os.getpgid(pid) == pid != os.getpgid(0)


def test_what_a_child_started_ends_with_it(tmp_path, said):
    with Children(tmp_path, said.append) as children:
        children.start(part(HAS_A_CHILD))
        grandchild = int(until((tmp_path / "one.log").read_text))
        assert alive(grandchild)
    until(lambda: not alive(grandchild))


def test_a_child_that_ignores_the_request_is_killed(tmp_path, said, monkeypatch):
    monkeypatch.setattr("tasks.children.GRACE_SECONDS", 0.3)
    with Children(tmp_path, said.append) as children:
        children.start(part(STUBBORN))
        until(lambda: "deaf" in (tmp_path / "one.log").read_text())
        (pid,) = pids(children)
    assert not alive(pid)
    assert "one did not stop by itself" in said


def test_a_child_that_dies_at_the_start_is_reported_with_its_last_words(tmp_path, said):
    with Children(tmp_path, said.append) as children:
        children.start(part(DIES, missing=lambda _: "no answer"))
        with pytest.raises(NotReady, match="one ended with 3") as failure:
            children.wait(["one"])
    assert "one | could not open the door" in str(failure.value)


def test_waiting_ends_when_patience_does(tmp_path, said):
    with Children(tmp_path, said.append) as children:
        children.start(part(SLEEPS, missing=lambda _: "no answer", patience=0.3))
        with pytest.raises(NotReady, match="not ready after 0 s: no answer"):
            children.wait(["one"])


def test_a_child_that_dies_is_restarted(tmp_path, said):
    with Children(tmp_path, said.append) as children:
        children.start(part(SLEEPS))
        (first,) = pids(children)
        os.kill(first, 9)
        children.watch(lambda: "one restarted" in said, every=0.05)
        (second,) = pids(children)
        assert second != first
        assert alive(second)
    assert not alive(second)


def test_a_child_that_stays_unhealthy_is_restarted(tmp_path, said):
    with Children(tmp_path, said.append) as children:
        children.start(part(SLEEPS, missing=lambda _: "no scheduled sweep lately", patience=0.2))
        children.watch(lambda: "one restarted" in said, every=0.05)
    assert "no scheduled sweep lately" in said[0]


def test_a_child_that_keeps_dying_is_given_up(tmp_path, said):
    with Children(tmp_path, said.append) as children:
        children.start(part(DIES))
        with pytest.raises(Failed, match="restarted 5 times"):
            children.watch(every=0.05)
    assert said.count("one restarted") == 5


def test_a_long_log_is_put_aside(tmp_path, said, monkeypatch):
    monkeypatch.setattr("tasks.children.LOG_LIMIT", 10)
    (tmp_path / "one.log").write_text("something long from before\n")
    with Children(tmp_path, said.append) as children:
        children.start(part(SLEEPS))
        until(lambda: (tmp_path / "one.log").read_text() == "awake\n")
    assert (tmp_path / "one.1.log").read_text() == "something long from before\n"
