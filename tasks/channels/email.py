"""E-mail by the city's SMTP server: one connection and one recipient per letter."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, parseaddr
from typing import TYPE_CHECKING, Literal

from tasks.channels import NotDelivered

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.runtime import Letter

Security = Literal["starttls", "tls", "none"]
OK = 250
FORWARDED = 251
CLOSING = 421
PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Relay:
    """The SMTP server. ``starttls``: never without encryption. ``user`` empty: no login. ``timeout`` in seconds."""

    host: str
    port: int
    sender: str  # 闭环 <bihuan@city.example>
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    timeout: float = 15


class Email:
    """Sends e-mail. Whether a letter that was cut off arrived nobody can ask, so it is not repeated."""

    repeatable = False

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._from = Address(*_name_first(relay.sender))

    def send(self, letter: Letter, hand_over: Callable[[], None]) -> None:
        content = self._message(letter).as_bytes()
        server = self._connect()
        try:
            server.ehlo_or_helo_if_needed()
            self._offer(server, letter.address)
            hand_over()
            _accepted(*server.data(content))
            with suppress(OSError):
                server.putcmd("quit")  # its answer is not waited for: the letter has been taken
        except smtplib.SMTPDataError as error:
            _accepted(error.smtp_code, error.smtp_error)
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        relay = self._relay
        if relay.security == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=relay.timeout, context=context)
        else:
            server = smtplib.SMTP(relay.host, relay.port, timeout=relay.timeout)
        try:
            if relay.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if relay.user:
                server.login(relay.user, relay.password)
        except BaseException:
            server.close()
            raise
        return server

    def _offer(self, server: smtplib.SMTP, address: str) -> None:
        code, reply = server.mail(self._from.addr_spec)
        if code != OK:  # whoever it is for: it is the sender that is refused
            raise NotDelivered(_said(code, reply), down=True)
        code, reply = server.rcpt(address)
        if code not in {OK, FORWARDED}:
            raise NotDelivered(_said(code, reply), permanent=code >= PERMANENT, down=code == CLOSING)

    def _message(self, letter: Letter) -> EmailMessage:
        """NotDelivered for an address that is none: nothing but an address gets into a header or a command."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self._from
        try:
            letter.address.encode("ascii")
            message["To"] = Address(letter.name, addr_spec=letter.address)
        except (ValueError, MessageError, IndexError) as error:
            raise NotDelivered("不是电子邮箱地址 (not an e-mail address)", permanent=True) from error
        message["Subject"] = letter.subject
        message["Date"] = localtime()
        message["Message-ID"] = f"<{letter.id}@{self._from.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
        about = f"\n\n案件 {letter.case_number}" if letter.case_number else ""
        message.set_content(f"{letter.text}{about}\n", cte="base64")
        return message


def _name_first(sender: str) -> tuple[str, str, str]:
    """Display name, local part, domain."""
    name, address = parseaddr(sender)
    user, _, domain = address.rpartition("@")
    return name, user, domain


def _accepted(code: int, reply: bytes | str) -> None:
    if code != OK:
        raise NotDelivered(_said(code, reply), permanent=code >= PERMANENT, down=code == CLOSING)


def _said(code: int, reply: bytes | str) -> str:
    return f"SMTP {code} {reply if isinstance(reply, str) else reply.decode('utf-8', 'replace')}"
