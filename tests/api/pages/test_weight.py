"""What a page weighs with everything that it loads before anybody touches it: as it is sent, and packed by a proxy."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any, NamedTuple
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


class Budget(NamedTuple):
    """In kB: as the server sends it, pages plain and files packed; and where a proxy packs the page as well."""

    sent: int
    packed: int


CITIZENS, PLAIN, MAP, DIAGRAM = Budget(24, 12), Budget(65, 25), Budget(120, 80), Budget(230, 120)
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


def packed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


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
        weights = {
            one: (part.num_bytes_downloaded, packed(part.content)) for one, part in {address: page, **parts}.items()
        }
        sent, small = map(sum, zip(*weights.values(), strict=True))
        assert sent <= budget.sent * KILOBYTE, weights
        assert small <= budget.packed * KILOBYTE, weights
