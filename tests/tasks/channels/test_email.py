"""E-mail against a real SMTP server: what arrives, what is refused, when it is handed over."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, Any

import pytest

from tasks.channels import NotDelivered
from tasks.channels.email import Email, Relay
from tests.support.receivers import smtp_receiver
from tests.tasks.channels.conftest import Gate, letter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.receivers import Mailbox

FROM = "娄底闭环 <bihuan@loudi.invalid>"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_receiver() as mailbox:
        yield mailbox


def email(mailbox: Mailbox, **more: Any) -> Email:
    said: dict[str, Any] = {"host": "127.0.0.1", "sender": FROM, "security": "none", "timeout": 5}
    return Email(Relay(port=mailbox.port, **said | more))


def test_a_chinese_letter_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    subject = "督办:" + "案件 2026-000123 处置超期,请于当日答复。" * 6
    body = "一\n.\n..二\nFrom 三\n" + "长" * 3_000
    email(mailbox).send(letter(subject=subject, text=body), Gate())
    [(to, message)] = mailbox.letters
    assert to == "p-0101@loudi.invalid"
    assert message["subject"] == subject
    assert message["to"].addresses[0].display_name == "样例-07格牵头"
    assert message["from"].addresses[0].display_name == "娄底闭环"
    assert message.get_content().replace("\r\n", "\n") == body + "\n\n案件 2026-000123\n"
    assert message["message-id"] == "<msg_7@loudi.invalid>"
    assert message["auto-submitted"] == "auto-generated"
    assert not message.defects


@pytest.mark.parametrize("name", ["样例, 张三", 'a" <b@c.invalid>', "x" * 100, "欧阳样例-指挥调度中心", ""])
def test_a_name_is_a_name_and_never_another_recipient(mailbox: Mailbox, name: str) -> None:
    email(mailbox).send(letter(name=name), Gate())
    [(to, message)] = mailbox.letters
    assert (to, message["to"].addresses[0].addr_spec) == ("p-0101@loudi.invalid",) * 2
    assert message["to"].addresses[0].display_name == name


@pytest.mark.parametrize(
    "address",
    ["", "x", "a@b.invalid\r\nBcc: c@d.invalid", "a@b.invalid\n", "a@b.invalid, c@d.invalid", "a b@c.invalid",
     "<a@b.invalid>", "a@b.invalid> SIZE=1", "样例@loudi.invalid", "a@b.invalid\0"],
)  # fmt: skip
def test_what_is_no_address_reaches_no_command_and_no_header(mailbox: Mailbox, address: str) -> None:
    gate = Gate()
    with pytest.raises(NotDelivered) as refused:
        email(mailbox).send(letter(address=address), gate)
    assert refused.value.permanent
    assert (mailbox.commands, mailbox.letters, gate.passed) == ([], [], [])


def test_it_is_handed_over_after_the_recipient_was_accepted_and_before_the_letter(mailbox: Mailbox) -> None:
    gate = Gate(lambda: list(mailbox.commands))
    email(mailbox).send(letter(), gate)
    assert gate.passed == [["MAIL", "RCPT"]]
    assert mailbox.commands == ["MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize(
    ("command", "reply", "permanent", "down"),
    [("RCPT", "550 no such user", True, False), ("RCPT", "451 come back later", False, False),
     ("RCPT", "421 closing", False, True), ("MAIL", "550 not you", False, True), ("DATA", "554 spam", True, False),
     ("DATA", "452 full", False, False)],
)  # fmt: skip
def test_what_the_server_refuses(mailbox: Mailbox, command: str, reply: str, permanent: bool, down: bool) -> None:
    mailbox.replies[command] = reply
    gate = Gate()
    with pytest.raises(NotDelivered, match=reply) as refused:
        email(mailbox).send(letter(), gate)
    assert (refused.value.permanent, refused.value.down) == (permanent, down)
    assert len(gate.passed) == (command == "DATA")
    assert mailbox.letters == []


def test_what_stops_the_handing_over_stops_the_letter(mailbox: Mailbox) -> None:
    def stop() -> None:
        raise KeyError("stop")

    with pytest.raises(KeyError):
        email(mailbox).send(letter(), Gate(stop))
    assert mailbox.letters == []


def test_starttls_and_login_are_used_and_never_left_out(
    certificate: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(smtplib.SMTPNotSupportedError):
        email(mailbox, security="starttls").send(letter(), Gate())
    with smtp_receiver(certificate, login=("bihuan", "geheim")) as secure:
        with pytest.raises(OSError, match=r"(?i)certificate"):
            email(secure, security="starttls").send(letter(), Gate())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            email(secure, security="starttls", user="bihuan", password="x").send(letter(), Gate())  # noqa: S106
        with pytest.raises(NotDelivered, match="530"):
            email(secure, security="starttls").send(letter(), Gate())
        email(secure, security="starttls", user="bihuan", password="geheim").send(letter(), Gate())  # noqa: S106
        assert len(secure.letters) == 1
    assert mailbox.letters == []
