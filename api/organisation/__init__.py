"""The organisation: which units are reorganised, and handing over their work."""

from __future__ import annotations

from api.organisation import successions

routers = [successions.router]
