"""The built-in functions of DMN 1.5, chapter 10.3.4, by group, and Camunda's additions."""

from __future__ import annotations

from workflows.feel.builtins import boolean, camunda, context, conversion, lists, numeric, ranges, strings, temporal
from workflows.feel.builtins.registry import BUILTINS

__all__ = [
    "BUILTINS",
    "boolean",
    "camunda",
    "context",
    "conversion",
    "lists",
    "numeric",
    "ranges",
    "strings",
    "temporal",
]
