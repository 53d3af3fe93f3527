"""Why nobody was signed in: a closed list, each with a page in plain words."""

from __future__ import annotations

import re

#: Reason → status. The words of each stand in the catalogues.
REASONS = {
    "away": 503,  # the provider does not answer, or not as one
    "state": 400,  # begun elsewhere, long ago, or answered before
    "declined": 403,  # the provider says no, or the person did
    "code": 400,  # spent, or of another request
    "client": 502,  # the provider does not know this console
    "clock": 502,  # over, or not yet valid
    "token": 502,  # forged, or made for someone else
    "claim": 502,  # names no account
    "unknown": 403,
    "disabled": 403,
    "locked": 403,
}


class Refused(Exception):
    """``reason`` is one of REASONS; ``detail`` tells whoever runs the server more, in a word or two."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        # Some of it is of whoever calls, and stands in the log: nothing that could look like a line of its own.
        self.detail = re.sub(r"[^A-Za-z0-9_.,-]+", "", detail)[:60]
