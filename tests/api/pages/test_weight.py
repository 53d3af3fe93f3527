"""What a page weighs on its way, with everything that it loads before anybody touches it: pages plain, files packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from lxml import html

from tests.api.console.conftest import Browser
from tests.support.pages import ALL, GRID, NOBODY, PAGES, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Server

pytestmark = pytest.mark.slow
KILOBYTE = 1000
CITIZENS, PLAIN, MAP, DIAGRAM = 24, 65, 120, 230  # kB
#: What makes a page heavier: a mark in it, and how much it may weigh with that.
HEAVIER = (("//@data-diagram", DIAGRAM), ("//@data-map", MAP))
#: Everything that is fetched at once; photos are fetched when they are scrolled to.
LOADED = "//link[@rel='stylesheet']/@href | //script/@src | //@data-diagram | //@data-map | //img[not(@loading)]/@src"


@pytest.fixture(scope="module")
def readers(month: Server, facts: dict[str, Any]) -> Iterator[dict[str, Browser]]:
    with Browser(month) as everything, Browser(month) as grid, Browser(month) as nobody:
        everything.sign_in(ALL, PASSWORD)
        grid.sign_in(GRID, PASSWORD)
        yield {ALL: everything, GRID: grid, NOBODY: nobody}


@pytest.mark.parametrize("route", [route for route in PAGES if route != "/docs"])
def test_a_page_keeps_its_budget(facts: dict[str, Any], readers: dict[str, Browser], route: str):
    account, addresses = PAGES[route]
    for address in (one.format_map(facts) for one in addresses):
        page = readers[account].http.get(address)
        tree = html.fromstring(page.content)
        budget = PLAIN if route.startswith("/console") else CITIZENS
        budget = next((more for mark, more in HEAVIER if tree.xpath(mark)), budget)
        parts = {one: readers[account].http.get(urljoin(address, str(one))) for one in set(tree.xpath(LOADED))}
        assert all(part.status_code == 200 for part in parts.values()), parts
        weights = {one: part.num_bytes_downloaded for one, part in {address: page, **parts}.items()}
        assert sum(weights.values()) <= budget * KILOBYTE, weights
