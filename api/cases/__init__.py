"""Cases: report, look up, list."""

from __future__ import annotations

from api.cases import reading, reporting

routers = [reporting.router, reading.router]
