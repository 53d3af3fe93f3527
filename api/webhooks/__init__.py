"""Webhooks: endpoints of other systems that want to be told."""

from __future__ import annotations

from api.webhooks import endpoints

routers = [endpoints.router]
