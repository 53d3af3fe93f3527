"""The inline handlers of the city: thin functions between a service task and ``workflows.governance``."""

from workflows.runtime.handlers import (
    cases,
    deadlines,
    documents,
    evidence,
    joint,
    messages,
    notices,
    publications,
    ratings,
    registers,
    supervision,
    units,
    violations,
)

__all__ = [
    "cases",
    "deadlines",
    "documents",
    "evidence",
    "joint",
    "messages",
    "notices",
    "publications",
    "ratings",
    "registers",
    "supervision",
    "units",
    "violations",
]
