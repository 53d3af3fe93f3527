"""Deadlines: which clocks run, under which light, what they are made of, and which rungs have fired."""

from __future__ import annotations

from api.deadlines import details, escalations, lights, listing, requests

# ``/deadlines/lights`` before ``/deadlines/{deadlineKey}``.
routers = [listing.router, lights.router, details.router, escalations.router, requests.router]
