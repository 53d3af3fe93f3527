"""What can go wrong with a diagram or a call on a running instance."""

from __future__ import annotations

MAX_MESSAGE = 2_000  # characters of an incident's message, which may quote a value of any size


class DiagramError(ValueError):
    """The file is not a BPMN diagram that can be read."""


class NoProcess(DiagramError):
    """The file holds no executable process."""


class NotWaiting(LookupError):
    """The instance does not wait for this (any more)."""


class NotModifiable(ValueError):
    """An instruction to modify an instance cannot be carried out; ``element_id`` is empty where none is named."""

    def __init__(self, element_id: str, reason: str) -> None:
        super().__init__(f"「{element_id}」:{reason}" if element_id else reason)
        self.element_id = element_id
        self.reason = reason


class Failure(Exception):
    """Something inside an advance failed: becomes an incident on the element, with Camunda 8's error type."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}…"
