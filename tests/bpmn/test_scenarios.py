"""Every scenario of every pack runs as expected on the real engine, and together they leave nothing out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tasks.scenarios import Played, Scenario, Stage, covered, read_scenarios
from workflows.runtime.inline import HANDLERS, READING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.runtime.inline import Handler, InlineCall

BPMN = Path(__file__).parents[2] / "bpmn"
PACKS = sorted({file.parent for file in BPMN.glob("*/*.bpmn")})
SCENARIOS = [scenario for pack in PACKS for scenario in read_scenarios(pack)]


@pytest.fixture(scope="module", autouse=True)
def _readers_write_nothing() -> Iterator[None]:
    """Nothing of a handler that says it only reads is undone when it fails: one that writes a row breaks here."""

    def watched(type: str, handler: Handler) -> Handler:
        def watch(call: InlineCall) -> dict[str, Any] | None:
            driver = call.session.connection().connection.dbapi_connection
            assert driver is not None
            before = driver.total_changes
            given = handler(call)
            assert driver.total_changes == before, f"{type} says it only reads"
            return given

        return watch

    with pytest.MonkeyPatch.context() as patch:
        for type in READING:
            patch.setitem(HANDLERS, type, watched(type, HANDLERS[type]))
        yield


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage.set_up(BPMN) as stage:
        yield stage


@pytest.fixture(scope="module")
def played() -> dict[Path, Played]:
    return {}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.process}: {scenario.name}")
def test_scenario(scenario: Scenario, stage: Stage, played: dict[Path, Played]) -> None:
    played[scenario.file] = stage.play(scenario)
    assert played[scenario.file].differences == [], "\n".join(played[scenario.file].lines)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_scenarios_go_through_every_element_and_every_flow(
    pack: Path, stage: Stage, played: dict[Path, Played]
) -> None:
    scenarios = read_scenarios(pack)
    plays = [played.get(scenario.file) or stage.play(scenario) for scenario in scenarios]
    coverage = covered(pack, plays)
    assert coverage
    assert [str(each) for each in coverage if not each.complete] == []
