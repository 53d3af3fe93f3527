"""The server with the registers of enforcement."""

from __future__ import annotations

from tests.api.registers.conftest import server

__all__ = ["server"]
