"""Cases: report, look up, list; joint operations about them; whether a violation is punished."""

from __future__ import annotations

from api.cases import exemptions, joint, reading, reporting

routers = [reporting.router, reading.router, joint.router, exemptions.router]
