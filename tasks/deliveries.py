"""One round of letters: what is due leaves by its channel, each outside any transaction and none twice."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from tasks.channels import NotDelivered
from tasks.channels.configured import senders as configured
from tasks.settings import Settings
from workflows.runtime import deliveries as commands
from workflows.runtime.crash import AFTER_SENDING, crash_point
from workflows.runtime.deliveries import CREATED, FAILED, RETRIES, UNCERTAIN, Overtaken
from workflows.store import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasks.channels import Sender
    from workflows.runtime import Letter
    from workflows.store import Database

logger = logging.getLogger(__name__)

LIMIT = 200
SECONDS = 60.0
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
SPREAD = 0.25  # of a pause, to either side
RECORDING = 3  # attempts to record what is known, each as long as the database lets a writer wait


@dataclass(slots=True)
class Delivered:
    """What became of the letters of one round."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0
    uncertain: int = 0

    def __bool__(self) -> bool:
        return any((self.sent, self.postponed, self.failed, self.uncertain))


def deliver_due(database: Database) -> Delivered:
    """Send what is due by the channels that are set up here. For a flow, a command or a loop to call."""
    return deliver(database, configured(Settings()))


def deliver(
    database: Database, senders: Mapping[str, Sender], limit: int = LIMIT, *, seconds: float = SECONDS
) -> Delivered:
    """Send up to ``limit`` letters, beginning none after ``seconds``.

    A place that does not answer, or has no time, gets no further letter in this round: it costs one wait, not one for
    each. Errors of the database are raised; a letter that was not handed over by then is sent after its lease.
    """
    until = monotonic() + seconds
    counts = Delivered()
    down: set[tuple[str, int]] = set()
    for _ in range(limit):
        if monotonic() >= until or (letter := commands.next_letter(database, besides=down)) is None:
            break
        attempt = _Attempt(database, letter, counts)
        try:
            attempt.make(senders.get(letter.channel))
        except Overtaken:
            logger.warning("delivery %s is in other hands", letter.key)
        if attempt.down:
            down.add(letter.destination)
    return counts


def backoff(retries: int) -> timedelta:
    """How long a letter with so many attempts left rests: four times as long each time, and never all together."""
    pause: timedelta = min(FIRST_PAUSE * 4 ** (RETRIES - retries), LONGEST_PAUSE)
    return pause * (1 + SPREAD * secrets.SystemRandom().uniform(-1, 1))


@dataclass(slots=True)
class _Attempt:
    """One attempt at one letter. ``down``: its destination is better left alone for now."""

    database: Database
    letter: Letter
    counts: Delivered
    down: bool = False
    handed_over: bool = False
    stopped: Exception | None = None  # what kept it from being handed over, on our side

    def make(self, sender: Sender | None) -> None:
        letter = self.letter
        if letter.interrupted and not (sender and sender.repeatable and letter.retries):
            self._recorded(commands.leave_uncertain)
            self.counts.uncertain += 1
            return
        if letter.interrupted:
            commands.take_up(self.database, letter)
        if sender is None:
            self._fail(NotDelivered(f"没有配置 {letter.channel} 渠道 (the channel is not set up)", permanent=True))
            return
        try:
            sender.send(letter, self._hand_over)
        except NotDelivered as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whatever a channel does wrong is this letter's failure
            if self.stopped is not None:
                raise self.stopped from None
            self._lost(error, repeatable=sender.repeatable)
        else:
            crash_point(AFTER_SENDING)
            self._recorded(commands.record_sent)
            self.counts.sent += 1

    def _hand_over(self) -> None:
        try:
            commands.hand_over(self.database, self.letter)
        except Exception as error:
            self.stopped = error
            raise
        self.handed_over = True

    def _fail(self, error: NotDelivered) -> None:
        """The other side said no."""
        self.down = error.down
        if error.permanent or self.letter.retries <= 1:
            self._end(FAILED, str(error), gone=error.gone)
        else:
            self._postpone(str(error), error.retry_after)

    def _lost(self, error: Exception, *, repeatable: bool) -> None:
        """Nobody said anything."""
        self.down = True
        said = f"{type(error).__name__}: {error}"
        logger.warning("delivery %s: %s", self.letter.key, said)
        if self.handed_over and not repeatable:
            self._end(UNCERTAIN, said)
        elif self.letter.retries <= 1:
            self._end(FAILED, said)
        else:
            self._postpone(said)

    def _end(self, state: str, said: str, *, gone: bool = False) -> None:
        self._recorded(
            commands.record_failure, error=said, handed_over=self.handed_over, state=state, pause=None, gone=gone
        )
        if state == FAILED:
            self.counts.failed += 1
        else:
            self.counts.uncertain += 1

    def _postpone(self, said: str, at_least: timedelta | None = None) -> None:
        pause = max(backoff(self.letter.retries), at_least or timedelta())
        self._recorded(commands.record_failure, error=said, handed_over=self.handed_over, state=CREATED, pause=pause)
        self.counts.postponed += 1

    def _recorded(self, command: Callable[..., None], **values: object) -> None:
        """What is known of a letter is worth waiting for the database more than once."""
        for number in range(1, RECORDING + 1):
            try:
                command(self.database, self.letter, **values)
            except (Busy, OperationalError):
                if number == RECORDING:
                    raise
                logger.warning("delivery %s: the database is busy", self.letter.key)
            else:
                return
