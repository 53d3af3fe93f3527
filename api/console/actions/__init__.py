"""Actions on a case: each with a reason, by one command; what cannot be undone shows first what it will do."""

from __future__ import annotations

from api.console.actions.routes import router, verbs_of
from api.console.actions.verbs import offers, passes

__all__ = ["offers", "passes", "router", "verbs_of"]
