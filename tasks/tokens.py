"""The API clients of the demonstration: made once, their secrets kept in a file that only its owner can read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import orjson

from workflows.runtime.access import ClientExists, create_api_client, renew_secret
from workflows.store import Database, transaction

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = {"admin": "管理员(演示)", "desk": "业务系统(演示)", "viewer": "只读(演示)"}  # each has the role of its name


def ensure_clients(database: Database, file: Path) -> dict[str, str]:
    """Returns the secrets that are new. A client whose secret was lost gets another one."""
    known = load(file)
    new = {}
    for id, name in CLIENTS.items():
        if id not in known:
            with transaction(database) as session:
                try:
                    new[id] = create_api_client(session, id, name=name, roles=[id])
                except ClientExists:
                    new[id] = renew_secret(session, id)
    if new:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            target.write(orjson.dumps(known | new, option=orjson.OPT_INDENT_2))
    return new


def load(file: Path) -> dict[str, str]:
    secrets: dict[str, str] = orjson.loads(file.read_bytes()) if file.exists() else {}
    return secrets
