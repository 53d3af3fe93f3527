"""What every page of the console carries, and whose forms are taken: those of our own pages only."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Diagrams set the place of what they draw by style attributes; nothing else is relaxed for them.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    # With no referrer at all browsers send the origin of a form as null.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), payment=()",
}
READING = {"GET", "HEAD"}


class Guard:
    """Refuses what another site sends (CSRF), and adds the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        if scope["method"] not in READING and not is_ours(Headers(scope=scope)):
            answer = PlainTextResponse("这个请求不是从本系统的页面发出的", 403)
            await answer(scope, receive, with_headers)
            return
        await self.app(scope, receive, with_headers)


def is_ours(headers: Headers) -> bool:
    """Where a browser says it (https, localhost) by Sec-Fetch-Site, elsewhere by Origin; who says nothing is not."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host")
