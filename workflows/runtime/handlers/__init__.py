"""The inline handlers of the city: thin functions between a service task and ``workflows.governance``."""

from workflows.runtime.handlers import (
    cases,
    deadlines,
    evidence,
    joint,
    messages,
    notices,
    publications,
    registers,
    supervision,
    units,
    violations,
)

__all__ = [
    "cases",
    "deadlines",
    "evidence",
    "joint",
    "messages",
    "notices",
    "publications",
    "registers",
    "supervision",
    "units",
    "violations",
]
