"""Registers of entries: which there are, looking something up, changing it, and what was there before."""

from __future__ import annotations

from api.registers import changing, reading, violations

routers = [reading.router, changing.router, violations.router]
