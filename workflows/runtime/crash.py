"""Named points at which a test can kill this process."""

from __future__ import annotations

import os

VARIABLE = "BIHUAN_CRASH_AT"
AFTER_CLAIM = "after_claim"
AFTER_ESCALATION = "after_escalation"
BETWEEN_ITEMS = "between_items"
WITHIN_ITEMS = "within_items"
BEFORE_COMMIT = "before_commit"
BEFORE_ANNOUNCING = "before_announcing"
AFTER_ANNOUNCING = "after_announcing"
BEFORE_HAND_OVER = "before_hand_over"
AFTER_HAND_OVER = "after_hand_over"
AFTER_SENDING = "after_sending"


def crash_point(name: str) -> None:
    """Die here, as by ``kill -9``, when the environment says so."""
    if os.environ.get(VARIABLE) == name:
        os._exit(137)
