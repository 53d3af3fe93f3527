"""Notifications as people read them, and the letters that carry them."""

from __future__ import annotations

from api.notifications import deliveries, inbox

routers = [inbox.router, deliveries.router]
