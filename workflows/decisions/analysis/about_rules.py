"""Findings about rules: overlapping, duplicate, never firing."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from workflows.decisions.analysis import texts
from workflows.decisions.analysis.findings import OUTPUTS_COUNT, Finding, Kind, Rule, Severity, severity
from workflows.decisions.analysis.masks import bits
from workflows.decisions.analysis.overlaps import outputs_differ, overlap, overlaps
from workflows.decisions.analysis.reach import covered_rows
from workflows.decisions.analysis.space import column_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workflows.decisions.analysis.overlaps import Overlap
    from workflows.decisions.analysis.reach import Reach
    from workflows.decisions.analysis.search import Budget
    from workflows.decisions.analysis.space import Dimension, Space

LISTED = 50  # overlaps in one table, and rules that never fire

_CONSEQUENCE: dict[str, texts.Both] = {
    "UNIQUE": texts.Both("，会同时命中", " and match together"),
    "FIRST": texts.Both("，只有最前的会命中", ", so that only the first of them fires"),
    "PRIORITY": texts.Both("，只有最优先的会命中", ", so that only the one of highest priority fires"),
}
_IF_WHOLE = texts.Both("；若只取整数，可忽略", "; ignore this if it is always whole")
_AND_OUTPUTS = texts.Both("和结果", " and outputs")
_WITH_DIFFERENT_OUTPUTS = texts.Both("，而结果不同", ", with different outputs")


def duplicates(space: Space) -> list[int]:
    """Sets of rows with the same conditions; where outputs count, also with the same outputs."""
    groups: dict[object, int] = {}
    outputs_count = space.grid.hit_policy in OUTPUTS_COUNT
    for place, row in enumerate(space.grid.rows):
        if not space.dead >> place & 1:
            cells = (space.cell(each, place) for each in space.dimensions)
            key = (
                tuple(cell.mask.may if cell.mask.plain else cell.texts for cell in cells),
                row.outputs if outputs_count else None,
            )
            groups[key] = groups.get(key, 0) | 1 << place
    return [rows for rows in groups.values() if rows.bit_count() > 1]


def duplicate_findings(space: Space, groups: Iterable[int]) -> Iterator[Finding]:
    policy = space.grid.hit_policy
    for rows in groups:
        places = list(bits(rows))
        meeting = overlap(space, *places[:2])
        how = severity(Kind.DUPLICATE, space.grid, certain=meeting.certain and meeting.likely)
        if how is not None:
            named = space.rules(places)
            who, then = texts.rules(named), _CONSEQUENCE.get(policy, texts.NOTHING)
            what = _AND_OUTPUTS if policy in OUTPUTS_COUNT else texts.NOTHING
            text = f"{who.zh} 的条件{what.zh}完全相同{then.zh} ({who.en} have the same conditions{what.en}{then.en})"
            involved = [each for each in space.dimensions if not space.cell(each, places[0]).free]
            yield Finding(
                Kind.DUPLICATE,
                how,
                meeting.certain,
                named,
                column_ids(involved),
                texts.example(space, meeting.places),
                text,
            )


def overlap_findings(space: Space, groups: Iterable[int]) -> tuple[list[Finding], bool]:
    """The first of them, and whether there are more."""
    if severity(Kind.OVERLAP, space.grid, certain=True) is None:
        return [], False
    ignored = _ignored(space, groups)
    catching = _catch_alls(space, ignored) if space.grid.hit_policy == "UNIQUE" else ()
    found = list(islice(chain(catching, _overlap_findings(space, ignored)), LISTED + 1))
    return found[:LISTED], len(found) > LISTED


def _catch_alls(space: Space, ignored: list[int]) -> Iterator[Finding]:
    """A rule without conditions overlaps all others: said once, and then ignored. A second is its duplicate."""
    for row in islice(bits(space.unconditional), 1):
        pairs = (overlap(space, row, other) for other in bits(space.living & ~ignored[row] & ~(1 << row)))
        met = [each for each in pairs if each.certain and each.likely and not each.fraction]
        if len(met) > 1:
            for each in met:
                ignored[row] |= 1 << each.other
                ignored[each.other] |= 1 << row
            named = space.rules((row, *(each.other for each in met)))
            yield Finding(
                Kind.OVERLAP,
                Severity.ERROR,
                certain=True,
                rules=named,
                columns=(),
                example=texts.example(space, met[0].places),
                text=_catch_all_text(named, _where(space, met[0])),
            )


def _catch_all_text(named: tuple[Rule, ...], where: texts.Both) -> str:
    one, others = texts.rules(named[:1]), texts.rules(named[1:])
    return (
        f"{one.zh} 没有条件，与{others.zh} 都会同时命中，例如在 {where.zh} 时；"
        "要它兜底，请把命中策略改为 FIRST，或改用默认输出 "
        f"({one.en} has no conditions and matches together with {others.en}, for example when {where.en}; "
        "to catch the rest, use hit policy FIRST or a default output)"
    )


def _overlap_findings(space: Space, ignored: list[int]) -> Iterator[Finding]:
    rows = space.grid.rows
    for each in overlaps(space, ignored):
        certain = each.certain
        if space.grid.hit_policy == "ANY":
            differ = outputs_differ(rows[each.one].outputs, rows[each.other].outputs)
            if differ is False:
                continue
            certain = certain and differ is True
        how = severity(Kind.OVERLAP, space.grid, certain=certain and each.likely and not each.fraction)
        if how is not None:
            involved = _involved(space, each)
            yield Finding(
                Kind.OVERLAP,
                how,
                certain,
                space.rules((each.one, each.other)),
                column_ids(involved),
                texts.example(space, each.places),
                _overlap_text(space, each, involved, certain=certain),
            )


def _overlap_text(space: Space, found: Overlap, involved: list[Dimension], *, certain: bool) -> str:
    one, other = (space.grid.rows[place].index for place in (found.one, found.other))
    where = _where(space, found)
    open_names = [
        each.name
        for each, place in zip(space.dimensions, found.places, strict=True)
        if place is None and each in involved
    ]
    zh = [f" {where.zh} "] if where.zh else []
    en = [where.en] if where.en else []
    if open_names:
        zh.append(f"{'、'.join(f'“{name}”' for name in open_names)}取某些值")
        en.append(f"for some values of {', '.join(open_names)}")
    when = (
        texts.Both("在" + "且".join(zh) + "时", " when " + " and ".join(en))
        if zh
        else texts.Both("对任何输入都", " always")
    )
    different = _WITH_DIFFERENT_OUTPUTS if space.grid.hit_policy == "ANY" else texts.NOTHING
    may = texts.NOTHING if certain else texts.Both("可能", "may ")
    hint = _IF_WHOLE if found.fraction else texts.NOTHING
    return (
        f"规则 {one} 与规则 {other} {when.zh}{may.zh}同时命中{different.zh}{hint.zh} "
        f"(rules {one} and {other} {may.en}both match{when.en}{different.en}{hint.en})"
    )


def reach_findings(space: Space, groups: Iterable[int], budget: Budget) -> tuple[list[Finding], Reach]:
    reach = covered_rows(space, groups, budget)
    findings = []
    for row, by in reach.found:
        how = severity(Kind.UNREACHABLE, space.grid, certain=True)
        if how is not None:
            named = space.rules((row, *by))
            one, others = texts.rules(named[:1]), texts.rules(named[1:])
            text = (
                f"{one.zh} 永远不会命中：它的情形已全部由优先于它的{others.zh} 涵盖 "
                f"({one.en} never fires: all its inputs are covered by {others.en})"
            )
            findings.append(
                Finding(Kind.UNREACHABLE, how, certain=True, rules=named, columns=(), example={}, text=text)
            )
    return findings, reach


def _ignored(space: Space, groups: Iterable[int]) -> list[int]:
    rows = space.grid.rows
    ignored = [0] * len(rows)
    for group in groups:
        for place in bits(group):
            ignored[place] |= group
    if space.grid.hit_policy == "ANY":
        same: dict[tuple[str, ...], int] = {}
        for place, row in enumerate(rows):
            same[row.outputs] = same.get(row.outputs, 0) | 1 << place
        ignored = [found | same[row.outputs] for found, row in zip(ignored, rows, strict=True)]
    return ignored


def _where(space: Space, found: Overlap) -> texts.Both:
    """The example, as far as it matters."""
    involved = _involved(space, found)
    places = zip(space.dimensions, found.places, strict=True)
    return texts.point((each, place) for each, place in places if each in involved)


def _involved(space: Space, found: Overlap) -> list[Dimension]:
    rows = (found.one, found.other)
    return [each for each in space.dimensions if not all(space.cell(each, row).free for row in rows)]
