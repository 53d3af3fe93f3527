"""Processes: what is deployed and runs, and what the runs that ended tell."""

from api.console.processes import (
    analysing,
    comparing,
    deciding,
    deploying,
    files,
    finding,
    listing,
    migrating,
    repeating,
)
from api.routing import new_router

router = new_router("Console")
for area in (listing, deploying, files, analysing, repeating, comparing, deciding, migrating, finding):
    router.routes.extend(area.router.routes)

__all__ = ["router"]
