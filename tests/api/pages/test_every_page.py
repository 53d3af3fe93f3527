"""Every page in a browser, in both languages, on a desk and on a telephone: nothing on it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api.citizens.pages import WORDS
from api.console.words import CATALOGUES
from tasks.packs import deploy_pack
from tests.api.conftest import serve
from tests.support.browsing import CHINESE, CHROMIUM, LANGUAGES, Visit, visit
from tests.support.pages import ANSWERS, LEAD_AWAY, NO_PAGES, PACKS, PAGES, routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.api.conftest import Server

pytestmark = pytest.mark.browser
without_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
ADDRESSES = [(account, address) for account, addresses in PAGES.values() for address in addresses]


def test_every_address_that_shows_a_page_is_in_a_list(nothing_yet: Server):
    found = list(routes(nothing_yet.app))
    assert {route.path for route in found if route.method == "GET"} == {*PAGES, *NO_PAGES}
    assert {route.path for route in found if route.method == "POST"} == {*ANSWERS, *LEAD_AWAY}
    assert not ({*PAGES} & NO_PAGES)
    assert not (ANSWERS & LEAD_AWAY)


@pytest.fixture(scope="module")
def nothing_yet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A city in which nobody can sign in and nothing was reported."""
    with serve(tmp_path_factory.mktemp("nothing")) as server:
        deploy_pack(server.database, PACKS / "loudi", actor="tests")
        yield server


def test_the_words_of_english_pages_are_english():
    for words in (CATALOGUES["en"], WORDS["en"]):
        assert [key for key, said in words.items() if CHINESE.search(said) and "行政处罚法" not in said] == []


@pytest.mark.slow
@without_browser
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("account", "address"), ADDRESSES, ids=[address for _, address in ADDRESSES])
def test_a_page_is_whole(
    reader: Callable[[str, str], Visit],
    facts: dict[str, Any],
    data: str,
    axe: str,
    account: str,
    address: str,
    language: str,
):
    looking = reader(account, language)
    looking.go(address.format_map(facts))
    found = looking.faults_of("zh" if address == "/docs" else language, data, axe)
    assert not found, "\n".join(found)


@pytest.mark.slow
@without_browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_the_first_account_is_whole(
    chromium: Browser, nothing_yet: Server, data: str, axe: str, language: str
):
    with visit(chromium, nothing_yet.url, language) as looking:
        looking.go("/console/first")
        assert looking.page.url.endswith("/first")
        assert looking.faults_of(language, data, axe) == []
        looking.page.fill("[name=code]", "wrong")
        looking.page.fill("[name=account]", "lead")
        looking.page.fill("[name=password]", "long enough to be one")
        looking.page.click("button.main")
        assert looking.page.locator("[role=alert]").count() == 1
        assert looking.faults_of(language, data, axe) == []
