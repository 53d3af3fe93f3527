"""The child process: reads one job after the other from its standard input, within limits, until that is closed."""

from __future__ import annotations

import os
import resource
import signal
import sys
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from workflows.intake.decisions import check_decisions
from workflows.intake.files import Readings
from workflows.intake.frames import Kind, receive_job, send
from workflows.intake.printing import print_pdf
from workflows.intake.reading import read
from workflows.intake.rendering import Unprintable, render
from workflows.store.json import loads

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from workflows.intake.files import Resource
    from workflows.intake.reading import Begin

MORE_BYTES = 1 << 30  # of address space than what is imported takes
STRAY_SECONDS = 10  # a job of a server that was killed in the midst of it ends this much later than its time


_READINGS: TypeAdapter[Readings] = TypeAdapter(Readings)
_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def _read(files: list[Resource], begin: Begin) -> bytes:
    return _READINGS.dump_json(read(files, begin))


def _check_decisions(files: list[Resource], begin: Begin) -> bytes:
    return _JSON.dump_json([checked.to_json() for checked in check_decisions(files, begin)])


def _render(files: list[Resource], _begin: Begin) -> bytes:
    template, data = files
    try:
        return _JSON.dump_json({"made": render(template.content.decode(), loads(data.content))})
    except Unprintable as problem:
        return _JSON.dump_json({"problem": str(problem)})


def _print(files: list[Resource], _begin: Begin) -> bytes:
    page, *font = files
    try:
        made = print_pdf(page.content.decode(), font[0].content.decode() if font else None)
        return _JSON.dump_json({"made": b64encode(made).decode()})
    except Unprintable as problem:
        return _JSON.dump_json({"problem": str(problem)})


JOBS: dict[str, Callable[[list[Resource], Begin], bytes]] = {
    "read": _read,
    "check-decisions": _check_decisions,
    "render": _render,
    "print": _print,
}


def serve(requests: BinaryIO, answers: BinaryIO, seconds: float) -> None:
    """Do jobs until the other side closes its end. Whatever a job raises ends the process, and says so by that."""

    def begin(file: Resource) -> None:
        send(answers, Kind.BEGIN, file.name.encode())
        answers.flush()

    while True:
        try:
            job, files = receive_job(requests)
        except EOFError:
            return
        signal.alarm(int(seconds) + STRAY_SECONDS)  # its default action ends the process, whatever it does
        send(answers, Kind.ANSWER, JOBS[job](files, begin))
        answers.flush()
        signal.alarm(0)


def limit() -> None:
    """No more memory than what is there now and MORE_BYTES, no core files."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sizes = Path("/proc/self/statm")
    if sizes.exists():  # elsewhere address space is not limited; time still is
        most = int(sizes.read_text().split()[0]) * resource.getpagesize() + MORE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main() -> None:
    """What is printed goes to standard error: standard output carries the answers alone."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit()
    try:
        send(answers, Kind.BEGIN, b"")  # it is there
        answers.flush()
        serve(requests, answers, float(sys.argv[1]))
    except BrokenPipeError:  # nobody is there to be answered
        os._exit(0)


if __name__ == "__main__":
    main()
