"""Cases: report, look up, list; joint operations about them."""

from __future__ import annotations

from api.cases import joint, reading, reporting

routers = [reporting.router, reading.router, joint.router]
