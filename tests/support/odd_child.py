"""The child that reads files, with jobs for tests: they hang, die, take memory, or say what is no answer."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workflows.intake import child

if TYPE_CHECKING:
    from workflows.intake.files import Resource
    from workflows.intake.reading import Begin


def who(_files: list[Resource], _begin: Begin) -> bytes:
    return b'{"pid": %d, "settings": %d}' % (
        os.getpid(),
        sum(name.startswith(("BIHUAN", "DATABASE")) for name in os.environ),
    )


def hang(files: list[Resource], begin: Begin) -> bytes:
    begin(files[0])
    Path(files[0].content.decode()).write_text(str(os.getpid()))
    while True:
        pass


def die(files: list[Resource], begin: Begin) -> bytes:
    begin(files[0])
    os._exit(3)


def die_once(files: list[Resource], begin: Begin) -> bytes:
    """The content is the path of a file that says that it has died."""
    died = Path(files[0].content.decode())
    if died.exists():
        return who(files, begin)
    died.touch()
    os._exit(3)


def eat(_files: list[Resource], _begin: Begin) -> bytes:
    return b"%d" % len(bytearray(2 << 30))


def babble(_files: list[Resource], _begin: Begin) -> bytes:
    os.write(1, b"this is no answer, and goes to standard error\n")
    return b"neither is {this"


def boast(_files: list[Resource], _begin: Begin) -> bytes:
    return b'{"processes": [{"file": "../../etc/passwd"}]}'


def doze(_files: list[Resource], _begin: Begin) -> bytes:
    time.sleep(0.05)
    return b"{}"


child.STRAY_SECONDS = 0
child.JOBS |= {each.__name__: each for each in (who, hang, die, die_once, eat, babble, boast, doze)}

if __name__ == "__main__":
    sys.exit(child.main())
