"""What is wrong with a decision table, before it decides anything: overlaps, gaps, rules that never fire."""

from __future__ import annotations

from workflows.decisions.analysis.about_cells import cell_findings, opaque_note
from workflows.decisions.analysis.about_inputs import gap_findings, missing_inputs
from workflows.decisions.analysis.about_rules import (
    LISTED,
    duplicate_findings,
    duplicates,
    overlap_findings,
    reach_findings,
)
from workflows.decisions.analysis.findings import Analysis, Finding, Kind, Rule, Severity, Value
from workflows.decisions.analysis.gaps import LARGEST
from workflows.decisions.analysis.grid import Column, Grid, Row
from workflows.decisions.analysis.search import Budget
from workflows.decisions.analysis.space import build

__all__ = ["STEPS", "Analysis", "Column", "Finding", "Grid", "Kind", "Row", "Rule", "Severity", "Value", "analyse"]

STEPS = 4_000_000
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def analyse(grid: Grid, *, steps: int = STEPS) -> Analysis:
    """What a lawyer would want to know of a table before it is used, the serious first.

    Cells mean what FEEL makes of them, hit policies what DMN 1.5, 8.2.8 says. ``steps`` bound the search for gaps and
    that for rules that never fire, each (a million take a fraction of a second); where they are too few, what was found
    until then is told and ``complete`` is False. Never raises.
    """
    if not grid.rows or not grid.columns:
        return Analysis((), complete=True)
    space = build(grid)
    groups = duplicates(space)
    overlapping, more_overlaps = overlap_findings(space, groups)
    unreached, reach = reach_findings(space, groups, Budget(steps))
    uncovered, gaps = gap_findings(space, Budget(steps))
    findings = [
        *duplicate_findings(space, groups),
        *overlapping,
        *unreached[:LISTED],
        *cell_findings(space),
        *uncovered,
        *missing_inputs(space),
    ]
    notes = [*opaque_note(space)]
    if more_overlaps:
        notes.append(f"只列出前 {LISTED} 处重叠 (only the first {LISTED} overlaps are listed)")
    if len(unreached) > LISTED:
        notes.append(f"只列出前 {LISTED} 条永不命中的规则 (only the first {LISTED} rules that never fire are listed)")
    if not reach.complete:
        notes.append("规则太多，未能查完哪些规则永不命中 (too many rules to look at all that may never fire)")
    if not gaps.complete:
        notes.append("组合太多，未能查完所有空缺 (too many combinations to look for all gaps)")
    elif gaps.more:
        notes.append(f"只列出 {LARGEST} 处空缺，还有更多 (only {LARGEST} gaps are listed, there are more)")
    findings.sort(key=lambda finding: _ORDER[finding.severity])
    return Analysis(tuple(findings), reach.complete and gaps.complete, tuple(notes))
