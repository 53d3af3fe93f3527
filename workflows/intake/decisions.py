"""DMN files before they are deployed: read together with those they import, their tables looked through."""

from __future__ import annotations

from hashlib import sha256
from time import process_time
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions import DmnError, Problem, read_decisions
from workflows.decisions.examining import examine
from workflows.engine import Finding
from workflows.intake.rules import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workflows.decisions import DecisionModel
    from workflows.decisions.examining import Examined
    from workflows.intake.files import Resource

# Steps of the search for gaps and for rules that never fire, for all tables together: a few seconds at most.
ANALYSIS_STEPS = 4_000_000
_SERIOUS = {"error", "warning"}


class CheckedFile(NamedTuple):
    """A DMN file: its model if it is one, what would not run, and what was found in its tables."""

    resource: Resource
    model: DecisionModel | None
    problems: tuple[Problem, ...]
    tables: tuple[Examined, ...]
    seconds: float = 0.0  # of processor time, to read it

    @property
    def refused(self) -> bool:
        """Would a deployment refuse it."""
        findings = (found for each in self.tables for found in each.analysis.findings)
        return bool(self.problems) or any(found.severity == "error" for found in findings)

    def to_json(self) -> dict[str, Any]:
        return {
            "resourceName": self.resource.name,
            "refused": self.refused,
            "problems": [{"elementId": each.element_id, "message": each.text} for each in self.problems],
            "tables": [_table(each) for each in self.tables],
        }


def check_decisions(
    resources: Sequence[Resource], begin: Callable[[Resource], object] = lambda _: None
) -> list[CheckedFile]:
    """What is wrong or doubtful with each DMN file. One may import another of them. ``begin`` is told of each first."""
    read: list[CheckedFile] = []
    for resource in resources:
        begin(resource)
        others = [each.content for each in resources if each is not resource]
        started = process_time()
        try:
            model = read_decisions(resource.content, others)
        except DmnError as error:
            read.append(CheckedFile(resource, None, error.problems, ()))
        else:
            read.append(CheckedFile(resource, model, model.problems, (), process_time() - started))
    # A table whose cells do not parse is not looked through: what it means is not known.
    sound = [each.model for each in read if each.model and not each.problems]
    steps = ANALYSIS_STEPS // max(1, sum(len(model.tables) for model in sound))
    return [_looked_through(each, steps, begin) for each in read]


def _looked_through(read: CheckedFile, steps: int, begin: Callable[[Resource], object]) -> CheckedFile:
    if read.model is None or read.problems:
        return read
    begin(read.resource)
    return read._replace(tables=tuple(examine(read.model, steps)))


def unread(resource: Resource, why: Finding) -> dict[str, Any]:
    """A file of which nothing is known, as ``CheckedFile.to_json`` shows it."""
    return CheckedFile(resource, None, (Problem("", why.message),), ()).to_json()


def findings(checked: CheckedFile) -> list[Finding]:
    """What a deployment says of a file."""
    found = [finding("decision-invalid", each.element_id, what=each.text) for each in checked.problems]
    return [*found, *(each for table in checked.tables for each in _serious(table))]


def hash_of(content: bytes, imported: Sequence[bytes]) -> str:
    """Of the file and of what it imports: another library makes another version."""
    return sha256(b"".join([content, *sorted(imported)])).hexdigest()


def _serious(examined: Examined) -> Iterator[Finding]:
    table, analysis = examined
    for found in analysis.findings:
        if found.severity in _SERIOUS:
            rule = f"decision-{found.kind.lower().replace('_', '-')}"
            element_id = found.rules[-1].id if found.rules else table.at.element_id
            text = f"决策表「{table.name}」:{found.text}"
            yield Finding(element_id, table.name, rule, found.severity.value, text, text, "")


def _table(examined: Examined) -> dict[str, Any]:
    table, analysis = examined
    return {
        "elementId": table.at.element_id,
        "name": table.name,
        "hitPolicy": table.hit_policy,
        "rules": len(table.rules),
        "complete": analysis.complete,
        "notes": list(analysis.notes),
        "findings": [
            {
                "kind": found.kind.value,
                "severity": found.severity.value,
                "certain": found.certain,
                "rules": [{"ruleId": rule.id, "ruleIndex": rule.index} for rule in found.rules],
                "inputIds": list(found.columns),
                "example": {name: value.text for name, value in found.example.items()},
                "message": found.text,
            }
            for found in analysis.findings
        ],
    }
