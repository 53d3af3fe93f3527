from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tasks.channels.guard import Allowed
from tasks.channels.http import Patience, Web
from tests.support.receivers import http_receiver, make_certificate
from workflows.runtime import Letter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.receivers import HttpReceiver

QUICK = Patience(connect=1, read=0.5, total=0.8)
LOCAL = Allowed.of("127.0.0.1")


def letter(**changes: Any) -> Letter:
    said: dict[str, Any] = {
        "key": 7, "notification_key": 6, "attempts": 0, "retries": 8, "interrupted": False, "channel": "email",
        "endpoint_key": None, "address": "p-0101@loudi.invalid", "name": "样例-07格牵头", "recipient": "grid-lead@G07",
        "kind": "escalation", "subject": "督办:案件 2026-000123 处置超期", "text": "请当日答复。",
        "process_instance_key": 1048576, "case_number": "2026-000123", "at": datetime(2026, 3, 2, 1, tzinfo=UTC),
        "secret": None,
    }  # fmt: skip
    return Letter(**said | changes)


class Gate:
    """Remembers when letters were handed over, and how much the receiver had by then."""

    def __init__(self, look: Any = lambda: None) -> None:
        self.look = look
        self.passed: list[Any] = []

    def __call__(self) -> None:
        self.passed.append(self.look())


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def web() -> Web:
    return Web(LOCAL, QUICK)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))
