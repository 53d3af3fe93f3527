"""One HTTP request to an address that others have chosen: checked, bounded in time and size, never led elsewhere."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpcore

from tasks.channels import NotDelivered
from tasks.channels.guard import Allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MOST_READ = 4_096  # bytes of an answer's body
LATER = {408, 425, 429, 503}  # not taken, and worth another attempt
LONGEST_WAIT = timedelta(days=1)


class Unclear(Exception):
    """The answer does not say whether the letter was taken."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds."""

    connect: float = 5
    read: float = 10  # for the next bytes of the answer
    total: float = 15


@dataclass(frozen=True, slots=True)
class Web:
    """How requests are made: whom they may reach besides public addresses, and how long they may take."""

    allowed: Allowed = field(default_factory=Allowed)
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: timedelta | None
    body: bytes  # the beginning of it


def post(web: Web, url: str, headers: Mapping[str, str], body: bytes, hand_over: Callable[[], None]) -> Answer:
    """The answer, whatever it is: no redirect is followed. NotDelivered for a forbidden address; httpcore's errors."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": parts.netloc, "User-Agent": "bihuan", "Connection": "close", **headers}
    patience = web.patience
    with (
        httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context() if parts.scheme == "https" else None,
            network_backend=_Backend(web, hand_over),
        ) as pool,
        pool.stream(
            "POST",
            httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target),
            headers=list(sent.items()),
            content=body,
            extensions={"timeout": {"connect": patience.connect, "read": patience.read, "write": patience.connect}},
        ) as response,
    ):
        return Answer(response.status, _retry_after(response.headers), _beginning(response.iter_stream()))


def judge(answer: Answer, *, repeatable: bool) -> None:
    """Returns when the answer is yes. NotDelivered, or Unclear where asking again could mean a second letter."""
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
        return
    said = f"HTTP {status}"
    if status in LATER:
        raise NotDelivered(said, down=True, retry_after=answer.retry_after)
    if status >= 500:  # noqa: PLR2004 - what HTTP calls the server's fault
        if repeatable:
            raise NotDelivered(said, down=True, retry_after=answer.retry_after)
        raise Unclear(said)
    raise NotDelivered(said, permanent=True, gone=status == 410)  # noqa: PLR2004 - Gone


def _beginning(chunks: Iterable[bytes]) -> bytes:
    """As much as is wanted of a body; one that breaks off or drips counts as far as it came."""
    body = b""
    with suppress(httpcore.NetworkError, httpcore.TimeoutException, httpcore.RemoteProtocolError):
        for chunk in chunks:
            body += chunk
            if len(body) >= MOST_READ:
                break
    return body[:MOST_READ]


def _retry_after(headers: list[tuple[bytes, bytes]]) -> timedelta | None:
    """In seconds; the other form, a date, is not used by those who are too busy."""
    value = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT) if value[:9].isdigit() else None


class _Backend(httpcore.NetworkBackend):
    """Connects to an address that was checked, not to a name that may mean another one by then."""

    def __init__(self, web: Web, hand_over: Callable[[], None]) -> None:
        self._web = web
        self._hand_over = hand_over
        self._until = monotonic() + web.patience.total

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._web.allowed.resolve(host, port)
        except socket.gaierror as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        for number, address in enumerate(addresses, 1):
            try:
                inner = httpcore.SyncBackend().connect_tcp(
                    address, port, _left(self._until, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _Stream(inner, self._until, self._hand_over)
        raise httpcore.ConnectError(host)


class _Stream(httpcore.NetworkStream):
    """A connection with an end in time, however slowly it drips, and a word before the first byte of the request."""

    def __init__(self, inner: httpcore.NetworkStream, until: float, hand_over: Callable[[], None] | None) -> None:
        self._inner = inner
        self._until = until
        self._hand_over = hand_over

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        hand_over, self._hand_over = self._hand_over, None
        if hand_over is not None:
            hand_over()
        self._inner.write(buffer, _left(self._until, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._until, timeout))
        return _Stream(inner, self._until, self._hand_over)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(until: float, timeout: float | None) -> float:
    left = until - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("too slow")
    return left if timeout is None else min(timeout, left)
