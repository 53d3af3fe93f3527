"""Channels that letters leave by, one file each. A city's own is a class like these and a line in configured.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from workflows.runtime import Letter


class NotDelivered(Exception):
    """The other side has said no, so it has certainly not arrived."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        down: bool = False,
        gone: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        """``permanent``: asking again would be answered alike. ``down``: others to the same place would be refused too.

        ``gone``: it wants no more letters at all.
        """
        super().__init__(message)
        self.permanent = permanent
        self.down = down
        self.gone = gone
        self.retry_after = retry_after


class Sender(Protocol):
    """Hands letters over to one channel."""

    @property
    def repeatable(self) -> bool:
        """Whether the other side recognises a repetition by the letter's ``id``."""

    def send(self, letter: Letter, hand_over: Callable[[], None]) -> None:
        """Send one letter, returning when the other side has accepted it; nothing may take longer than a minute.

        ``hand_over`` is called once, right before the first byte after which the letter may arrive. NotDelivered when
        the other side refuses; any other exception means, after ``hand_over``, that nobody knows.
        """
