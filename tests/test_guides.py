"""The guide to supervision, done by a stranger who copies its commands: they work, and say what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.app import create_app
from api.settings import Settings
from tasks import tokens
from tasks.packs import deploy_pack, packs
from tests.api.conftest import running
from tests.support.databases import database_url

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "--- end of the command ---"
#: What needs a Prefect server that can be stopped.
NOT_HERE = ("pkill", "tail")


def steps(page: str) -> list[tuple[str, list[str]]]:
    """Each command and the lines it is said to print; ``…`` stands for anything."""
    found: list[tuple[str, list[str]]] = []
    continued = False
    for block in BLOCK.findall((ROOT / "docs" / "guides" / page).read_text("utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif continued:
                found[-1] = (f"{found[-1][0]}\n{line}", [])
            else:
                found[-1][1].append(line)
            continued = (found[-1][0].count("'") - found[-1][0].count("\\'")) % 2 == 1
    return found


@pytest.fixture
def city(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What `bihuan up` makes, without Prefect: packs, organisation, tokens, API; the environment of a shell there."""
    with database_url("sqlite", tmp_path) as url:
        data = tmp_path / ".data"
        data.mkdir()
        app = create_app(Settings(address=url, data=data, clock_control=True))
        database = app.state.database
        for pack in packs(ROOT / "bpmn"):
            deploy_pack(database, pack, actor="test")
        tokens.ensure_clients(database, data / "tokens.json")
        with running(app) as address:
            yield {
                **os.environ,
                "DATABASE_URL": url,
                "BIHUAN_DATA": str(data),
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "HERE": address,
                "FOLDER": str(tmp_path),
            }


@pytest.mark.slow
def test_every_command_of_the_guide_to_supervision_does_what_the_page_says(city: dict[str, str]) -> None:
    told = steps("supervise.md")
    run = [step for step in told if not step[0].startswith(NOT_HERE)]
    script = "\n".join(
        f"{command.replace('http://127.0.0.1:8080', city['HERE'])}\necho; echo '{END}'" for command, _ in run
    )
    done = subprocess.run(
        ["bash", "-u"],
        input=script,
        env=city,
        cwd=city["FOLDER"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.stderr == ""
    said = [text.strip("\n") for text in done.stdout.split(END)][:-1]
    assert len(said) == len(run)
    for (command, expected), printed in zip(run, said, strict=True):
        pattern = ".*".join(re.escape(part) for part in "\n".join(expected).split("…"))
        assert re.fullmatch(pattern, printed, re.DOTALL), (
            f"$ {command}\n{printed}\n--- not as the page says:\n{expected}"
        )


def test_the_page_is_read_as_a_shell_reads_it() -> None:
    commands = [command for command, _ in steps("supervise.md")]
    assert len(commands) > 40
    assert sum("\n" in command for command in commands) == 1, "one goes over two lines"
