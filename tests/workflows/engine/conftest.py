from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from workflows.engine import Definition, Environment, Execution, check, parse_processes

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 9 o'clock in 娄底


class Case:
    """An execution as the runtime drives it: dumped and loaded between commands, with a clock that tests move."""

    def __init__(self, source: bytes, variables: dict[str, Any], **environment: Any) -> None:
        models = parse_processes(source)
        self.findings = [finding for finding in check(models) if finding.severity == "error"]
        refused = {finding.rule for finding in self.findings}
        assert refused <= {"never-ends", "join-never"}, (
            refused
        )  # what they refuse runs, and shows what would come of it
        self.definition = Definition(models[0])
        self.now = NOW
        self.environment = environment
        self.path: list[str] = []
        self.flows: list[str] = []
        self.ex = Execution.start(self.definition, key=1 << 20, variables=variables, env=self.env())
        self._note()

    def env(self) -> Environment:
        return Environment(self.now, **self.environment)

    def _note(self) -> None:
        self.path += [r.element_id for r in self.ex.records() if r.state == "COMPLETED" and r.type != "PROCESS"]
        self.flows += self.ex.flows

    def reload(self) -> None:
        self.ex = Execution.load(self.definition, self.ex.dump(), self.env())

    def do(self, command: Callable[[Execution], Any]) -> Any:
        self.reload()
        result = command(self.ex)
        self._note()
        return result

    def open(self, kind: str = "") -> list[Any]:
        return [w for w in self.ex.waits() if type(w).__name__.startswith(kind)]

    def ids(self, kind: str = "") -> list[str]:
        return [w.element_id for w in self.open(kind)]

    def one(self, element_id: str, kind: str = "") -> Any:
        found = [w for w in self.open(kind) if w.element_id == element_id]
        assert len(found) == 1, (element_id, self.open())
        return found[0]

    def complete(self, element_id: str, /, **variables: Any) -> None:
        wait = next(
            w for w in self.open() if w.element_id == element_id and type(w).__name__[:3] in {"Use", "Job", "Cal"}
        )
        self.do(lambda ex: ex.complete(wait.key, variables))

    def move(self, **delta: float) -> None:
        """Let time pass and fire what has become due, each in its turn."""
        self.now += timedelta(**delta)
        while due := sorted((w for w in self.open("Timer") if w.due <= self.now), key=lambda w: w.due):
            self.do(lambda ex, key=due[0].key: ex.fire(key))

    def correlate(self, name: str, key: str, **variables: Any) -> None:
        wait = next(w for w in self.open("Message") if (w.name, w.correlation_key) == (name, key))
        self.do(lambda ex: ex.correlate(wait.key, variables))

    @property
    def variables(self) -> dict[str, Any]:
        return self.ex.variables()


@pytest.fixture
def run() -> Callable[..., Case]:
    """``run(source, **variables)`` starts a case."""
    return lambda source, environment=None, /, **variables: Case(source, variables, **(environment or {}))
