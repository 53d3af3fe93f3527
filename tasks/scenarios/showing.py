"""Scenarios told to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.scenarios.coverage import covered
from tasks.scenarios.playing import Stage
from tasks.scenarios.reading import read_scenarios
from workflows.calendar import CHINA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tasks.scenarios.playing import Played


def play(pack: Path, say: Callable[[str], object] = print) -> bool:
    """Play every scenario of a pack on the packs beside it; whether all went as expected and nothing was left out."""
    plays = []
    with Stage.set_up(pack.parent) as stage:
        for scenario in read_scenarios(pack):
            plays.append(stage.play(scenario))
            say("\n".join(told(plays[-1])))
    failed = [played for played in plays if played.differences]
    coverage = covered(pack, plays)
    say(f"\n{len(plays)} 个场景,{len(failed)} 个不符")
    for each in coverage:
        say(str(each))
    return bool(plays) and not failed and all(each.complete for each in coverage)


def told(played: Played) -> Iterator[str]:
    """One scenario as a paragraph: what was done, when, by whom; the clocks; how it ended; what was not as expected."""
    happened = played.happened
    yield f"\n{'✗' if played.differences else '✓'} {played.scenario.name} ({played.scenario.file.name})"
    yield from (f"  {line}" for line in played.lines)
    for clock in happened.deadlines:
        kept = {True: "按时", False: "超期", None: "在办"}[clock["met"]]
        yield f"  时限  {clock['stage']} {clock['due'].astimezone(CHINA.zone):%m-%d %H:%M} {kept}"
    yield f"  结束  {happened.end or happened.state}"
    yield from (f"  ✗ {difference}" for difference in played.differences)
