"""How much of the diagrams the scenarios went through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workflows.engine import parse_processes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tasks.scenarios.playing import Played


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one process: how many elements and flows it has, and which of them nobody came to."""

    process_id: str
    elements: int
    flows: int
    missed_elements: list[str] = field(default_factory=list)
    missed_flows: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.missed_elements and not self.missed_flows

    def __str__(self) -> str:
        parts = (("元素", self.elements, self.missed_elements), ("连线", self.flows, self.missed_flows))
        shown = [f"{name} {total - len(missed)}/{total}" for name, total, missed in parts]
        missed = [*self.missed_elements, *self.missed_flows]
        return f"{self.process_id}: {', '.join(shown)}" + (f",没走到 {', '.join(missed)}" if missed else "")


def covered(pack: Path, played: Iterable[Played]) -> list[Coverage]:
    """The coverage of each process of a pack by these plays."""
    plays = list(played)
    found = []
    for file in sorted(pack.glob("*.bpmn")):
        for process in parse_processes(file.read_bytes()):
            elements = {name for play in plays for name in play.happened.elements.get(process.id, ())}
            flows = {name for play in plays for name in play.happened.flows.get(process.id, ())}
            found.append(
                Coverage(
                    process.id,
                    len(process.nodes),
                    len(process.flows),
                    [name for name in process.nodes if name not in elements],
                    [name for name in process.flows if name not in flows],
                )
            )
    return found
