"""Scenarios: what a pack promises, played on the real engine, compared, and counted against the diagram."""

from tasks.scenarios.coverage import Coverage, covered
from tasks.scenarios.playing import Played, Stage
from tasks.scenarios.reading import Scenario, ScenarioInvalid, read_scenarios
from tasks.scenarios.showing import play

__all__ = [
    "Coverage",
    "Played",
    "Scenario",
    "ScenarioInvalid",
    "Stage",
    "covered",
    "play",
    "read_scenarios",
]
