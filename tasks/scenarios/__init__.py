"""Scenarios: what a pack promises, played on the real engine, compared, and counted against the diagram."""

from tasks.scenarios.coverage import Coverage, covered
from tasks.scenarios.joining import join
from tasks.scenarios.playing import CannotPlay, Played, Stage
from tasks.scenarios.reading import Scenario, ScenarioInvalid, read_scenario, read_scenarios
from tasks.scenarios.showing import play

__all__ = [
    "CannotPlay",
    "Coverage",
    "Played",
    "Scenario",
    "ScenarioInvalid",
    "Stage",
    "covered",
    "join",
    "play",
    "read_scenario",
    "read_scenarios",
]
