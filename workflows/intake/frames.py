"""How the server and the child that reads for it speak: frames of a kind, a length and that many bytes."""

from __future__ import annotations

import struct
from enum import Enum
from typing import TYPE_CHECKING

from workflows.intake.files import Resource

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_BYTES = 256_000_000
_HEAD = struct.Struct("!cI")


class Kind(Enum):
    """What a frame holds, UTF-8 where it is text."""

    JOB = b"j"  # what is to be done, with the number of files that follow
    FILE = b"f"  # the name of a file, then its content in a frame of its own
    CONTENT = b"c"
    BEGIN = b"b"  # the name of the file that is read now
    ANSWER = b"a"  # JSON


def send(stream: BinaryIO, kind: Kind, content: bytes) -> None:
    stream.write(_HEAD.pack(kind.value, len(content)))
    stream.write(content)


def receive(stream: BinaryIO) -> tuple[Kind, bytes]:
    """The next frame. EOFError when there is none or it is not whole, ValueError when it is no frame."""
    kind, length = _HEAD.unpack(_exactly(stream, _HEAD.size))
    if length > MAX_BYTES:
        raise ValueError(f"a frame of {length} bytes")
    return Kind(kind), _exactly(stream, length)


def send_job(stream: BinaryIO, job: str, files: list[Resource]) -> None:
    send(stream, Kind.JOB, f"{job} {len(files)}".encode())
    for file in files:
        send(stream, Kind.FILE, file.name.encode())
        send(stream, Kind.CONTENT, file.content)
    stream.flush()


def receive_job(stream: BinaryIO) -> tuple[str, list[Resource]]:
    """The next job and its files; EOFError when the other side has gone."""
    _, head = receive(stream)
    job, _, count = head.decode().partition(" ")
    return job, [Resource(receive(stream)[1].decode(), receive(stream)[1]) for _ in range(int(count))]


def _exactly(stream: BinaryIO, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content
