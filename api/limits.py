"""How often someone without credentials may ask: counted in this process, per address and minute."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import Counter
from typing import Annotated

from fastapi import Depends, Request

from api.auth import Caller, recognise
from api.problems import Problem

WINDOW = 60


class Counts:
    """Requests of this minute by address. Forgotten when the minute is over, so it cannot grow for long.

    Addresses are personal: they are counted under a hash whose salt is forgotten with them.
    """

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._minute = 0
        self._salt = b""
        self._counts: Counter[bytes] = Counter()

    def count(self, address: str) -> None:
        """Problem 429 when the address has asked too often."""
        self._counts[self._name(address)] += 1
        self.check(address, spare=0)

    def check(self, address: str, spare: int = 1) -> None:
        """The same Problem where the address has no more than ``spare`` left, without counting."""
        if self._counts[self._name(address)] + spare > self._allowed:
            wait = WINDOW - int(time.time() % WINDOW)
            policy = f'"public";q={self._allowed};w={WINDOW}'
            headers = {"Retry-After": str(wait), "RateLimit-Policy": policy, "RateLimit": f'"public";r=0;t={wait}'}
            raise Problem(429, f"请求太频繁,请 {wait} 秒后再试", headers=headers)

    def _name(self, address: str) -> bytes:
        minute = int(time.time() // WINDOW)
        if minute != self._minute:
            self._minute, self._salt, self._counts = minute, secrets.token_bytes(16), Counter()
        return hashlib.blake2b(address.encode(), key=self._salt, digest_size=16).digest()


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


async def visitor(request: Request) -> Caller | None:
    """Who calls a route for everyone; whoever comes without credentials is counted."""
    caller = await recognise(request)
    if caller is None:
        request.app.state.counts.count(address_of(request))
    return caller


Visitor = Annotated[Caller | None, Depends(visitor)]
