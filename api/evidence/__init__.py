"""Evidence: brought, looked at, audited, verified, excluded."""

from __future__ import annotations

from api.evidence import bringing, judging, reading

routers = [bringing.router, reading.router, judging.router]
