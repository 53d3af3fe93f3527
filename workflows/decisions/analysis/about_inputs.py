"""Findings about inputs: those that no rule covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.decisions.analysis import texts
from workflows.decisions.analysis.findings import Finding, Kind, severity
from workflows.decisions.analysis.gaps import Gap, Gaps, gaps, regions_of
from workflows.decisions.analysis.masks import bits, lowest
from workflows.decisions.analysis.space import column_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions.analysis.search import Budget
    from workflows.decisions.analysis.space import Space

_HINT = {
    Kind.FRACTIONS: texts.Both("；若只取整数，可忽略", "; ignore this if it is always whole"),
    Kind.GAP: texts.Both("；请声明允许值，或加一条“-”的规则", '; declare the allowed values or add a rule with "-"'),
}


def gap_findings(space: Space, budget: Budget) -> tuple[list[Finding], Gaps]:
    if all(severity(kind, space.grid, certain=True) is None for kind in (Kind.GAP, Kind.MISSING_VALUE)):
        return [], Gaps((), more=False, complete=True)
    found = gaps(space, budget)
    return [finding for gap in found.found for finding in _gap_finding(space, gap)], found


def missing_inputs(space: Space) -> Iterator[Finding]:
    """Inputs without which no rule matches, in a table whose rules ask elsewhere whether an input is missing."""
    how = severity(Kind.MISSING_INPUT, space.grid, certain=True)
    asked = [each.name for each in space.dimensions if each.names_null]
    missing = [each for each in space.dimensions if not each.may[lowest(each.domain.null)] and not each.names_null]
    if how is None or not asked or not missing:
        return
    names = "、".join(f"“{each.name}”" for each in missing)
    yield Finding(
        Kind.MISSING_INPUT,
        how,
        certain=True,
        rules=(),
        columns=column_ids(missing),
        example={each.name: texts.value(None) for each in missing[:1]},
        text=f"{names} 缺失 (null) 时没有规则命中，而“{asked[0]}”缺失时有规则 "
        f"(no rule matches when {names} is missing, though one asks for a missing {asked[0]})",
    )


def _gap_finding(space: Space, gap: Gap) -> Iterator[Finding]:
    if any(space.fires(row, gap.places) for row in space.grid.rows):
        return
    kind = _kind(space, gap)
    limiting = [space.dimensions[number] for number in gap.limiting]
    certain = space.independent(limiting)
    how = severity(kind, space.grid, certain=certain)
    if how is not None:
        yield Finding(
            kind,
            how,
            certain,
            (),
            column_ids(limiting),
            texts.example(space, gap.places),
            _text(space, gap, kind, certain=certain),
        )


def _kind(space: Space, gap: Gap) -> Kind:
    if gap.aside is not None:
        each = space.dimensions[gap.aside]
        return Kind.FRACTIONS if gap.region[gap.aside] & each.domain.fractions else Kind.GAP
    if len(gap.limiting) == 1:
        each, mask = next(regions_of(space, gap))
        listed = all(each.domain.segments[place].point for place in bits(each.allowed.may & each.domain.usual))
        if each.limited and listed and mask & each.domain.usual:
            return Kind.MISSING_VALUE
    return Kind.GAP


def _text(space: Space, gap: Gap, kind: Kind, *, certain: bool) -> str:
    may = texts.NOTHING if certain else texts.Both("可能", "perhaps ")
    if not gap.limiting:
        return f"{may.zh}没有规则命中任何输入 ({may.en}no rule matches any input)"
    where = texts.region(regions_of(space, gap))
    hint = _HINT[kind] if gap.aside is not None else texts.NOTHING
    if kind is Kind.MISSING_VALUE:
        return f"没有规则涉及允许值 {where.zh} (no rule covers the allowed value {where.en})"
    given = texts.point((space.dimensions[number], gap.places[number]) for number in gap.limiting)
    example = texts.NOTHING if given == where else texts.Both(f"，例如 {given.zh}", f", for example {given.en}")
    return (
        f"{may.zh}没有规则涵盖 {where.zh} 的情形{example.zh}{hint.zh} "
        f"({may.en}no rule covers {where.en}{example.en}{hint.en})"
    )
