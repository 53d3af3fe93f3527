"""DMN files before they are deployed: read together with those they import, their tables looked through."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions import DmnError, read_decisions
from workflows.decisions.examining import examine
from workflows.engine import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workflows.decisions import DecisionModel
    from workflows.decisions import Problem as Refusal
    from workflows.decisions.examining import Examined
    from workflows.runtime.errors import Findings
    from workflows.runtime.resources import Resource

# Steps of the search for gaps and for rules that never fire, for all tables together: a few seconds at most.
ANALYSIS_STEPS = 4_000_000
_SERIOUS = {"error", "warning"}


class CheckedFile(NamedTuple):
    """A DMN file: its model if it is one, what would not run, and what was found in its tables."""

    resource: Resource
    model: DecisionModel | None
    problems: tuple[Refusal, ...]
    tables: tuple[Examined, ...]

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


def check_decisions(resources: Sequence[Resource]) -> list[CheckedFile]:
    """What is wrong or doubtful with each DMN file. One may import another of them."""
    read: list[tuple[Resource, DecisionModel | None, tuple[Refusal, ...]]] = []
    for resource in resources:
        others = [each.content for each in resources if each is not resource]
        try:
            model = read_decisions(resource.content, others)
        except DmnError as error:
            read.append((resource, None, error.problems))
        else:
            read.append((resource, model, model.problems))
    # A table whose cells do not parse is not looked through: what it means is not known.
    sound = [model for _, model, problems in read if model and not problems]
    steps = ANALYSIS_STEPS // max(1, sum(len(model.tables) for model in sound))
    return [
        CheckedFile(resource, model, problems, tuple(examine(model, steps)) if model and not problems else ())
        for resource, model, problems in read
    ]


def findings(checked: CheckedFile) -> Findings:
    """What a deployment says of a file."""
    found = [
        Finding(each.element_id, "", "decision-invalid", "error", each.text, each.text, "") for each in checked.problems
    ]
    found += (finding for each in checked.tables for finding in _serious(each))
    return [(checked.resource.name, finding) for finding in found]


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
