"""The files that pages load: read and compressed once, kept by browsers for ever under the hash of all of them.

Nothing else that the server sends is compressed: beside a secret, what a page repeats of a request would tell the
secret by the answer's length (BREACH). These files hold no secret and repeat nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.responses import Response

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

READING = {"GET", "HEAD"}
FOR_EVER, AN_HOUR = "public, max-age=31536000, immutable", "public, max-age=3600"
SMALL = 500  # bytes: of less nothing is won


@dataclass(frozen=True, slots=True)
class File:
    """As it lies there, and compressed where that is worth it; the tags are of what is sent (RFC 9110, 8.8.3)."""

    media_type: str
    plain: bytes
    packed: bytes | None
    tag: str


class Files:
    """Serves the files of one folder; ``build`` is the hash of them all, for which pages ask."""

    def __init__(self, folder: Path) -> None:
        self._files = {file.name: _read(file) for file in sorted(folder.iterdir()) if file.is_file()}
        self.build = hashlib.sha256(b"".join(file.plain for file in self._files.values())).hexdigest()[:12]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in READING:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        file = self._files.get(scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/"))
        if file is None:
            raise HTTPException(404)
        kept = FOR_EVER if scope["query_string"] == self.build.encode() else AN_HOUR
        await _answer(file, Headers(scope=scope), kept)(scope, receive, send)


def _read(file: Path) -> File:
    plain = file.read_bytes()
    packed = gzip.compress(plain, mtime=0) if len(plain) >= SMALL else plain
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    worth_it = packed if len(packed) < len(plain) else None
    return File(media_type, plain, worth_it, hashlib.sha256(plain).hexdigest()[:32])


def _answer(file: File, asked: Headers, kept: str) -> Response:
    packed = file.packed if takes_gzip(asked.get("accept-encoding", "")) else None
    tag = f'"{file.tag}"' if packed is None else f'"{file.tag}-gzip"'
    headers = {"ETag": tag, "Cache-Control": kept}
    if file.packed is not None:
        headers["Vary"] = "Accept-Encoding"
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    known = {one.strip().removeprefix("W/") for one in asked.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers={name: headers[name] for name in headers if name[:7] != "Content"})
    return Response(file.plain if packed is None else packed, media_type=file.media_type, headers=headers)


def takes_gzip(accepted: str) -> bool:
    """What Accept-Encoding says of gzip (RFC 9110, 12.5.3); who says nothing gets what is plain."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        name, _, parameters = part.partition(";")
        key, _, weight = parameters.partition("=")
        try:
            weights[name.strip().lower()] = float(weight) if key.strip().lower() == "q" else 1.0
        except ValueError:
            weights[name.strip().lower()] = 0.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0
