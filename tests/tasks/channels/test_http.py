"""A request costs little whatever the other side does, and goes nowhere but where it was let."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING

import httpcore
import pytest

from tasks.channels import NotDelivered
from tasks.channels.guard import Allowed
from tasks.channels.http import MOST_READ, Answer, Unclear, Web, judge, post
from tests.support.receivers import http_receiver
from tests.tasks.channels.conftest import QUICK, Gate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.receivers import HttpReceiver


def ask(web: Web, url: str, gate: Gate | None = None) -> Answer:
    return post(web, url, {"X-Mine": "1"}, "信".encode(), gate or Gate())


def test_a_request_arrives_whole_and_its_answer_comes_back(receiver: HttpReceiver, web: Web) -> None:
    assert ask(web, receiver.url("/a/b?c=%20d")) == Answer(200, None, b"ok")
    [asked] = receiver.asked
    assert (asked.path, asked.body.decode(), asked.headers["x-mine"]) == ("/a/b?c=%20d", "信", "1")
    assert asked.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_it_is_handed_over_once_connected_and_before_anything_is_written(receiver: HttpReceiver, web: Web) -> None:
    gate = Gate(lambda: len(receiver.asked))
    ask(web, receiver.url(), gate)
    assert gate.passed == [0]
    gate = Gate()
    with socket.socket() as closed:  # bound, and not listening
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(httpcore.ConnectError):
            ask(web, f"http://127.0.0.1:{closed.getsockname()[1]}", gate)
    assert gate.passed == []


def test_what_stops_the_handing_over_stops_the_request(receiver: HttpReceiver, web: Web) -> None:
    def stop() -> None:
        raise KeyError("stop")

    with pytest.raises(KeyError):
        ask(web, receiver.url(), Gate(stop))
    assert receiver.asked == []


@pytest.mark.parametrize("path", ["/hang", "/drip"])
def test_who_hangs_or_drips_is_left_after_a_moment(receiver: HttpReceiver, web: Web, path: str) -> None:
    begun = monotonic()
    with pytest.raises(httpcore.ReadTimeout):
        ask(web, receiver.url(path))
    assert monotonic() - begun < 2


def test_many_addresses_that_do_not_answer_cost_no_more_than_one(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full, ExitStack() as waiting:  # whoever comes now waits until someone leaves
        full.bind(("", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting.enter_context(socket.create_connection(("127.0.0.1", port)))
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", port)) for number in range(1, 6)]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *args, **more: found if host == "x.example" else real(host, *args, **more),
        )
        begun = monotonic()
        with pytest.raises(httpcore.TimeoutException):
            ask(Web(Allowed.of("x.example"), web.patience), f"http://x.example:{port}/")
        assert monotonic() - begun < 2


def test_a_body_without_end_is_not_read_to_its_end(receiver: HttpReceiver, web: Web) -> None:
    answer = ask(web, receiver.url("/huge"))
    assert (answer.status, len(answer.body)) == (200, MOST_READ)


def test_a_redirect_is_an_answer_and_not_followed(receiver: HttpReceiver, web: Web) -> None:
    assert ask(web, receiver.url("/redirect")).status == 307
    assert [asked.path for asked in receiver.asked] == ["/redirect"]


def test_an_address_inside_is_refused_before_anything_connects(receiver: HttpReceiver) -> None:
    gate = Gate()
    with pytest.raises(NotDelivered):
        ask(Web(Allowed(), QUICK), receiver.url(), gate)
    assert (receiver.asked, gate.passed) == ([], [])


def test_a_name_that_changes_its_meaning_is_asked_for_once(
    receiver: HttpReceiver, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer passes the guard, the next ones would lead to another machine inside."""
    real, asked = socket.getaddrinfo, []

    def rebinding(host: str, *args: object, **more: object) -> object:
        if host != "rebinding.example":
            return real(host, *args, **more)  # type: ignore[arg-type]
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with http_receiver("127.0.0.2", port=receiver.port) as inside:
        assert ask(web, f"http://rebinding.example:{receiver.port}/").status == 200
        assert (len(asked), len(receiver.asked), inside.asked) == (1, 1, [])
        with pytest.raises(NotDelivered):
            ask(web, f"http://rebinding.example:{receiver.port}/")
        assert inside.asked == []


def test_no_proxy_of_the_environment_is_used(receiver: HttpReceiver, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(web, receiver.url()).status == 200


def test_a_certificate_must_be_known_and_of_that_host(
    certificate: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_receiver(certificate=certificate) as secure:
        url = secure.url().replace("http:", "https:")
        gate = Gate()
        with pytest.raises(httpcore.ConnectError, match=r"(?i)certificate"):
            ask(web, url, gate)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert ask(web, url, gate).status == 200
        other = Web(Allowed.of("other.example"), QUICK)
        real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *args, **more: real("127.0.0.1", *args, **more))
        with pytest.raises(httpcore.ConnectError, match=r"(?i)hostname"):
            ask(other, url.replace("127.0.0.1", "other.example"), gate)
        assert len(gate.passed) == len(secure.asked) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [(200, None), (204, None), (307, "permanent"), (400, "permanent"), (401, "permanent"), (404, "permanent"),
     (410, "gone"), (408, "later"), (429, "later"), (500, "later"), (502, "later"), (503, "later")],
)  # fmt: skip
def test_what_an_answer_means_where_a_repetition_does_no_harm(status: int, said: str | None) -> None:
    if said is None:
        judge(Answer(status, None, b""), repeatable=True)
        return
    with pytest.raises(NotDelivered, match=str(status)) as refused:
        judge(Answer(status, None, b""), repeatable=True)
    error = refused.value
    assert (error.gone, error.permanent, error.down) == (said == "gone", said != "later", said == "later")


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_that_failed_may_have_sent_it_nevertheless(status: int) -> None:
    with pytest.raises(Unclear):
        judge(Answer(status, None, b""), repeatable=False)


@pytest.mark.parametrize(("value", "seconds"), [("120", 120), ("999999999", 86_400), ("soon", None), ("-1", None)])
def test_how_long_to_wait_is_believed_up_to_a_day(
    receiver: HttpReceiver, web: Web, value: str, seconds: int | None
) -> None:
    receiver.headers = {"Retry-After": value}
    wait = ask(web, receiver.url("/503")).retry_after
    assert (wait and wait.total_seconds()) == seconds
