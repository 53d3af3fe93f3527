"""Packs: the folders in bpmn/ that process designers own, as resources to deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows import runtime
from workflows.intake.files import DEPLOYED
from workflows.runtime import Resource
from workflows.runtime.errors import Invalid
from workflows.store import Database, transaction

if TYPE_CHECKING:
    from pathlib import Path

    from workflows.runtime import DeploymentResult

FIRST = ("loudi", "enforcement", "clocks")  # what the others name: seats, registers, processes that rungs start


class NoPacks(Invalid):
    """没有业务包文件夹;请在项目文件夹里运行,或者用 BIHUAN_PACKS 指明。"""

    code = "PACKS_MISSING"


def resources(path: Path) -> list[Resource]:
    """What is deployed of a pack, named ``<pack>/<path in it>``; or the one file that ``path`` is."""
    if path.is_file():
        return [Resource(path.name, path.read_bytes())]
    files = sorted(file for pattern in DEPLOYED for file in path.glob(pattern))
    return [Resource(f"{path.name}/{file.relative_to(path).as_posix()}", file.read_bytes()) for file in files]


def packs(folder: Path) -> list[Path]:
    """The packs in a folder, those that others refer to first, the rest by name. NoPacks when it is not there."""
    if not folder.is_dir():
        raise NoPacks(f"{NoPacks.__doc__} ({folder})")
    found = sorted(pack for pack in folder.iterdir() if pack.is_dir() and resources(pack))
    return sorted(found, key=lambda pack: FIRST.index(pack.name) if pack.name in FIRST else len(FIRST))


def deploy_pack(database: Database, path: Path, *, actor: str) -> DeploymentResult:
    """A pack, or the one file that ``path`` is; with its organisation and its registers, where they are new."""
    with transaction(database) as session:
        return runtime.deploy(session, resources(path), actor=actor)
