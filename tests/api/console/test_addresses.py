"""Addresses that no page wrote: each is answered, and none by an error of the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from sqlalchemy import select

from api.console import AREAS
from api.console.filters import FIELDS
from workflows.store import read
from workflows.store.tables import ProcessDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server
    from tests.api.console.conftest import Browser

STREAMS = {"/live", "/wall/live"}
#: What pages read by hand.
MORE = {"/cases": set(FIELDS), "/reports": {"month"}, "/processes/{key}": {"from", "to", "show"}}
#: A number too large for any column behind zeros that hide it, a day whose midnight was before the year 1 in
#: Greenwich, and a digit that is none.
ODD = ("0" * 20 + "9" * 30, "0001-01-01", "٣")


def asked(odd: str, process: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Every page with an odd value in its address, and with one for each name behind it."""
    for area in AREAS:
        for route in area.router.routes:
            if "GET" in route.methods and route.path not in STREAMS:
                names = {one.alias for one in route.dependant.query_params} | MORE.get(route.path, set())
                yield re.sub(r"\{\w+\}", quote(odd, safe=""), route.path), {}
                yield from ((re.sub(r"\{\w+\}", str(process), route.path), {name: odd}) for name in sorted(names))


@pytest.mark.parametrize("odd", ODD)
def test_no_odd_value_in_an_address_is_an_error_of_the_server(server: Server, lead: Browser, odd: str):
    with read(server.database) as session:
        process = session.scalars(select(ProcessDefinition.key)).first()
    lead.http.headers["connection"] = "close"
    given = list(asked(odd, process))
    answers = [(*one, lead.http.get(f"/console{one[0]}", params=one[1]).status_code) for one in given]
    assert [answer for answer in answers if answer[2] >= 500] == []


@pytest.mark.parametrize("path", ["/messages/read", "/incidents/retry", "/cases/bulk"])
@pytest.mark.parametrize("odd", ODD)
def test_no_odd_key_in_a_form_is_an_error_of_the_server(lead: Browser, path: str, odd: str):
    answer = lead.post(path, key=odd, reason="理由", verb="migrate", target=odd, all="true")
    assert answer.status_code < 500, answer.text
