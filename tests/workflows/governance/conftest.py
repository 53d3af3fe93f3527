from __future__ import annotations

from tests.support.city import city, database, session

__all__ = ["city", "database", "session"]
