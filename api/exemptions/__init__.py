"""Many minor violations at once: thousands of records decided one by one, by the same tables."""

from __future__ import annotations

from api.exemptions import intake, progress

routers = [intake.router, progress.router]
