"""How often someone without credentials may ask: counted in this process, per address and minute."""

from __future__ import annotations

import time
from collections import Counter
from typing import Annotated

from fastapi import Depends, Request

from api.auth import Caller, recognise
from api.problems import Problem

WINDOW = 60


class Counts:
    """Requests of this minute by address. Forgotten when the minute is over, so it cannot grow for long."""

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def count(self, address: str) -> None:
        """Problem 429 when the address has asked too often."""
        now = time.time()
        minute = int(now // WINDOW)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        self._counts[address] += 1
        if self._counts[address] > self._allowed:
            wait = WINDOW - int(now % WINDOW)
            policy = f'"public";q={self._allowed};w={WINDOW}'
            headers = {"Retry-After": str(wait), "RateLimit-Policy": policy, "RateLimit": f'"public";r=0;t={wait}'}
            raise Problem(429, f"请求太频繁,请 {wait} 秒后再试", headers=headers)


async def visitor(request: Request) -> Caller | None:
    """Who calls a route for everyone; whoever comes without credentials is counted."""
    caller = await recognise(request)
    if caller is None:
        request.app.state.counts.count(request.client.host if request.client else "")
    return caller


Visitor = Annotated[Caller | None, Depends(visitor)]
