"""The engine: diagrams, decisions, deadlines and their records. Knows no HTTP and no Prefect."""

from __future__ import annotations

# What FEEL says of working time is known to whoever reads an expression, whichever part of the engine does.
import workflows.calendar.feel  # noqa: F401
