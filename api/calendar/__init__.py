"""The calendar: what is known of which year, and importing the holiday notice of the next."""

from __future__ import annotations

from api.calendar import notices, reading

routers = [reading.router, notices.router]
