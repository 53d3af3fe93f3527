"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [path for package in ("workflows", "tasks", "api") for path in sorted((ROOT / package).rglob("*.py"))]
ENDS_TRANSACTIONS = {"commit", "rollback"}
RUNS_TEXT = {"eval", "exec", "compile"}


def calls(source: str) -> list[tuple[int, str, bool]]:
    """Line, name and whether it is a method, of every call."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found.append((node.lineno, node.func.attr, True))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.append((node.lineno, node.func.id, False))
    return found


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [path for path in FILES if "workflows/store" not in path.as_posix()], ids=name)
def test_only_the_store_ends_transactions(path: Path) -> None:
    assert [line for line, called, _ in calls(path.read_text()) if called in ENDS_TRANSACTIONS] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_text_is_run_as_python(path: Path) -> None:
    assert [line for line, called, method in calls(path.read_text()) if called in RUNS_TEXT and not method] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_file_says_what_it_is_for_and_stays_small(path: Path) -> None:
    source = path.read_text()
    assert not source.strip() or ast.get_docstring(ast.parse(source))
    if "migrations/versions" not in path.as_posix():
        assert len(source.splitlines()) <= 400


def test_the_rules_see_what_they_forbid() -> None:
    assert calls("session.commit()\neval(text)") == [(1, "commit", True), (2, "eval", False)]
