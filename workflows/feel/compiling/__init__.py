"""Trees to closures: each node becomes one Python function of the scope it is evaluated in."""

from __future__ import annotations

from workflows.feel.compiling import arithmetic, calls, collections, control, logic, names, tests
from workflows.feel.compiling.core import Compiled, Holds, Level, compile_node

__all__ = [
    "Compiled",
    "Holds",
    "Level",
    "arithmetic",
    "calls",
    "collections",
    "compile_node",
    "control",
    "logic",
    "names",
    "tests",
]
