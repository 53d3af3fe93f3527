"""Whoever ends, by himself or told to, leaves no folder and no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DATABASES = """
import time
from pathlib import Path
from tests.support.databases import database_url

def test_databases(tmp_path):
    for kind in ("sqlite", "postgresql"):
        with database_url(kind, tmp_path):
            pass
    Path("ready").touch()
    time.sleep({seconds})
"""
RUN = ("-m", "pytest", "-q", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "test_databases.py")
BENCH = "import time; from pathlib import Path; from tasks.cli.stopping import folder_meanwhile\nwith folder_meanwhile('bench'): Path('ready').touch(); time.sleep(60)"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Of a short name: a socket of PostgreSQL lies in it."""
    with TemporaryDirectory() as made:
        yield Path(made)


def begun(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    environment |= {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, *command], cwd=folder, env=environment, stdout=subprocess.DEVNULL)


def left(folder: Path) -> list[str]:
    """Folders, and processes in whose command they stand."""
    running = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in said:
            running.append(said)
    return running + [str(found) for found in folder.glob("bihuan-*")]


def told_to_end(folder: Path, process: subprocess.Popen[bytes]) -> None:
    while not (folder / "ready").exists():
        assert process.poll() is None
        time.sleep(0.01)
    assert left(folder)
    process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("told", [False, True])
def test_a_run_of_the_tests_takes_its_databases_with_it(folder: Path, told: bool):
    (folder / "test_databases.py").write_text(DATABASES.format(seconds=60 * told))
    with begun(folder, *RUN) as process:
        if told:
            told_to_end(folder, process)
    assert process.returncode == (128 + signal.SIGTERM if told else 0)
    assert left(folder) == []


def test_a_benchmark_that_is_told_to_end_takes_its_folder_with_it(folder: Path):
    with begun(folder, "-c", BENCH) as process:
        told_to_end(folder, process)
    assert left(folder) == []
