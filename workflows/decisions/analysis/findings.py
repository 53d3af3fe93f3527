"""What the analysis says about a table, and how serious that is under which hit policy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.decisions.analysis.grid import Grid


class Kind(StrEnum):
    OVERLAP = "OVERLAP"
    DUPLICATE = "DUPLICATE"
    UNREACHABLE = "UNREACHABLE"
    GAP = "GAP"
    FRACTIONS = "FRACTIONS"  # a gap only between neighbouring whole numbers
    MISSING_VALUE = "MISSING_VALUE"  # an allowed value that no rule covers
    MISSING_INPUT = "MISSING_INPUT"  # null matches no rule, though rules ask for null elsewhere
    EMPTY_TEST = "EMPTY_TEST"  # a cell that no value satisfies
    BROKEN_TEST = "BROKEN_TEST"  # a cell that compares with what has no value, as date("2024-02-30")
    NOT_ALLOWED = "NOT_ALLOWED"  # a value listed in a cell that is not an allowed one
    TYPE_MISMATCH = "TYPE_MISMATCH"  # cells written for another type than declared


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as findings name it; ``index`` counts from 1."""

    id: str
    index: int


class Value(NamedTuple):
    """A FEEL value and the text of the literal that means it."""

    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """``certain``: it happens for ``example``, else it may happen. ``columns`` are ids; ``example`` is by column name.

    An input that the example does not name may have any value.
    """

    kind: Kind
    severity: Severity
    certain: bool
    rules: tuple[Rule, ...]
    columns: tuple[str, ...]
    example: Mapping[str, Value]
    text: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """``complete``: the step budget sufficed. ``notes`` say what was not looked at or not listed."""

    findings: tuple[Finding, ...]
    complete: bool
    notes: tuple[str, ...] = ()


_SINGLE = ("UNIQUE", "ANY", "FIRST", "PRIORITY")
_SEVERAL = ("RULE ORDER", "OUTPUT ORDER", "COLLECT")
_POLICIES = (*_SINGLE, *_SEVERAL)
_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

# By hit policy: how serious it is when certain, and when only possible. What is not here is not reported.
SEVERITIES: dict[Kind, dict[str, tuple[Severity, Severity]]] = {
    Kind.OVERLAP: dict.fromkeys(("UNIQUE", "ANY"), (_E, _W)),
    Kind.DUPLICATE: {**dict.fromkeys(_POLICIES, (_W, _W)), "UNIQUE": (_E, _W)},
    Kind.UNREACHABLE: dict.fromkeys(_POLICIES, (_W, _W)),
    Kind.GAP: dict.fromkeys(_SINGLE, (_W, _W)),
    Kind.FRACTIONS: dict.fromkeys(_SINGLE, (_I, _I)),
    Kind.MISSING_VALUE: {**dict.fromkeys(_SINGLE, (_W, _W)), **dict.fromkeys(_SEVERAL, (_I, _I))},
    Kind.MISSING_INPUT: dict.fromkeys(_SINGLE, (_I, _I)),
    Kind.EMPTY_TEST: dict.fromkeys(_POLICIES, (_W, _W)),
    Kind.BROKEN_TEST: dict.fromkeys(_POLICIES, (_W, _W)),
    Kind.NOT_ALLOWED: dict.fromkeys(_POLICIES, (_W, _W)),
    Kind.TYPE_MISMATCH: dict.fromkeys(_POLICIES, (_W, _W)),
}
# What a default output answers.
ANSWERED_BY_DEFAULT = frozenset({Kind.GAP, Kind.FRACTIONS, Kind.MISSING_VALUE, Kind.MISSING_INPUT})
# Two rules with the same conditions are no duplicates here unless their outputs are the same too.
OUTPUTS_COUNT = frozenset({"ANY", *_SEVERAL})


def severity(kind: Kind, grid: Grid, *, certain: bool) -> Severity | None:
    """None: not worth a word in a table of this hit policy, or answered by its default outputs."""
    if grid.has_default and kind in ANSWERED_BY_DEFAULT:
        return None
    found = SEVERITIES[kind].get(grid.hit_policy)
    return None if found is None else found[0 if certain else 1]
