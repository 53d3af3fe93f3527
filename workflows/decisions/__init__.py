"""DMN decisions: parsed strictly, evaluated by FEEL, with a record of which rules fired."""

from __future__ import annotations

from workflows.decisions.errors import DecisionError, DmnError, Problem, Violation
from workflows.decisions.model import Decision, DecisionModel
from workflows.decisions.outcome import Evaluated, MatchedRule, Outcome
from workflows.decisions.reader import parse_decisions, read_decisions

__all__ = [
    "Decision",
    "DecisionError",
    "DecisionModel",
    "DmnError",
    "Evaluated",
    "MatchedRule",
    "Outcome",
    "Problem",
    "Violation",
    "parse_decisions",
    "read_decisions",
]
