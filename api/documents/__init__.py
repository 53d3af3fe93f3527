"""Documents: those of a case or of a process, each as data, as a page and to print; shown in full, withdrawn."""

from __future__ import annotations

from api.documents import changing, reading

routers = [reading.router, changing.router]
