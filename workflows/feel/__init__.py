"""FEEL, the expression language of DMN 1.5: text to compiled function, without eval, exec or host objects."""

from __future__ import annotations

from workflows.feel.errors import FeelBudgetExceeded, FeelSyntaxError, FeelWarning, Position
from workflows.feel.expression import Expression, Result, UnaryTests, parse_expression, parse_unary_tests
from workflows.feel.run import Env, Run
from workflows.feel.values.json import to_json

__all__ = [
    "Env",
    "Expression",
    "FeelBudgetExceeded",
    "FeelSyntaxError",
    "FeelWarning",
    "Position",
    "Result",
    "Run",
    "UnaryTests",
    "parse_expression",
    "parse_unary_tests",
    "to_json",
]
