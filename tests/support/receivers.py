"""Receivers of letters, real ones on this machine: an SMTP server and an HTTP server that misbehave as told."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

HOST = "127.0.0.1"


@dataclass
class Asked:
    """One request an HTTP receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpReceiver:
    """Answers by path: ``/500``, ``/hang``, ``/drip``, ``/huge``, ``/redirect``, ``/json/…``, else 200."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # statuses of the next answers, before anything else
    headers: dict[str, str] = field(default_factory=dict)
    said: bytes = b"ok"
    then: Callable[[], None] = lambda: None  # before an answer is given
    ended: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/") -> str:
        return f"http://{HOST}:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        receiver: HttpReceiver = self.server.receiver
        body = self.rfile.read(int(self.headers["content-length"]))
        receiver.asked.append(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        receiver.then()
        with suppress(OSError):
            self._answer(receiver)

    def _answer(self, receiver: HttpReceiver) -> None:
        match self.path.strip("/").split("/"):
            case _ if receiver.answers:
                self._say(receiver.answers.pop(0), receiver.said)
            case ["hang"]:
                receiver.ended.wait(30)
            case ["drip"]:
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100:
                    self.wfile.write(bytes([byte]))
                    if receiver.ended.wait(0.1):
                        return
            case ["huge"]:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while not receiver.ended.is_set():
                    self.wfile.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            case ["redirect"]:
                self.send_response(307)
                self.send_header("Location", receiver.url("/secret"))
                self.end_headers()
            case [status] if status.isdigit():
                self._say(int(status), receiver.said)
            case _:
                self._say(200, receiver.said)

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        for name, value in self.server.receiver.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined at the end, so that no thread outlives its test

    def handle_error(self, *_: Any) -> None:
        """Who asked has gone away."""


@contextmanager
def http_receiver(host: str = HOST, certificate: Path | None = None, port: int = 0) -> Iterator[HttpReceiver]:
    with _Server((host, port), _Handler) as server:
        if certificate is not None:
            server.socket = _server_context(certificate).wrap_socket(server.socket, server_side=True)
        server.receiver = receiver = HttpReceiver(server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.ended.set()
            server.shutdown()
            thread.join()


@dataclass
class Mailbox:
    """What an SMTP receiver accepted, and how it answers: replies by command, before the usual."""

    port: int = 0
    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    then: Callable[[str], None] = lambda _command: None

    def _reply(self, command: str, usual: str) -> str:
        self.commands.append(command)
        self.then(command)
        return self.replies.get(command, usual)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return self._reply("MAIL", "250 OK")

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        reply = self._reply("RCPT", "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        reply = self.replies.get("DATA", "250 OK")
        if reply.startswith("250"):
            message = message_from_bytes(envelope.content, policy=default)
            self.letters.append((envelope.rcpt_tos[0], message))
        return self._reply("DATA", reply)


@contextmanager
def smtp_receiver(certificate: Path | None = None, login: tuple[str, str] | None = None) -> Iterator[Mailbox]:
    """Without encryption, or with STARTTLS and, if given, a login."""
    mailbox = Mailbox()
    options: dict[str, Any] = {}
    if certificate is not None:
        options |= {"tls_context": _server_context(certificate), "require_starttls": True}
    if login is not None:
        wanted = tuple(part.encode() for part in login)

        def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
            return AuthResult(success=(data.login, data.password) == wanted, handled=False)

        options |= {"authenticator": authenticate, "auth_required": True}
    with socket.socket() as free:
        free.bind((HOST, 0))
        mailbox.port = free.getsockname()[1]
    controller = Controller(mailbox, hostname=HOST, port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def make_certificate(folder: Path) -> Path:
    """A certificate of this machine, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address(HOST))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(pem) + private)
    return path


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
