"""Where there are no packs, that is said, and nothing has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.demo.month import Month, load
from tasks.packs import NoPacks, packs
from tasks.settings import Settings
from workflows.runtime.demo import is_empty
from workflows.store import read

if TYPE_CHECKING:
    from pathlib import Path

    from workflows.store import Database


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoPacks, match=f"BIHUAN_PACKS.*{tmp_path / 'bpmn'}"):
        packs(tmp_path / "bpmn")


def test_a_sample_month_without_packs_is_not_begun(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NoPacks):
        load(database, Settings(data=tmp_path, packs=tmp_path / "bpmn"), Month(), "password", str)
    with read(database) as session:
        assert is_empty(session)
