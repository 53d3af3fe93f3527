"""Every number that is a link says how long the list is that it leads to: walked on the sample month, page by page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.console.conftest import Browser
from tests.support import pages

if TYPE_CHECKING:
    from tests.api.conftest import Server

#: Where numbers stand that lead on.
STARTS = (
    "/monitor",
    "/calendar",
    "/reports/exempted",
    *(f"/reports?by={by}" for by in ("area", "spot", "class", "unit")),
)
LISTS = ("/cases", "/overdue", "/incidents", "/reports/cases", "/reports/decisions", "/reports/joint")
#: Links that are a number, and those with one in them: tiles and the steps.
NUMBERS = "//main//a[@href][not(contains(@class, 'button'))]"


def numbers(page: Any) -> dict[str, int]:
    """What a page says, by where it leads."""
    found = {}
    for link in page.xpath(NUMBERS):
        path = link.get("href").removeprefix("/console")
        text = link.text_content().strip()
        of_a_kind = "tile" in (link.get("class") or "") or "of" in (link.getparent().get("class") or "").split()
        if path.split("?")[0] in LISTS and (text.isdecimal() or of_a_kind):
            found[path] = int(re.findall(r"[0-9]+", text)[0])
    return found


def length(browser: Browser, path: str) -> int:
    """Of a list, over all its pages."""
    page = browser.page(path)
    if path.split("?", maxsplit=1)[0] == "/cases":
        return int(re.findall(r"共 ([0-9]+) 件", page.text_content())[0])
    rows = len(page.xpath("//main//tbody/tr"))
    further = page.xpath(
        "//main//a[contains(@class, 'button') and (contains(@href, 'after=') or contains(@href, 'before='))]/@href"
    )
    return rows + (length(browser, path.split("?", maxsplit=1)[0] + further[0]) if further else 0)


@pytest.mark.parametrize("account", ["supervisor", "department", "grid"])
@pytest.mark.parametrize("start", STARTS)
def test_a_number_is_as_long_as_its_list(month: Server, facts: dict[str, Any], account: str, start: str):
    assert facts
    with Browser(month) as browser:
        assert browser.sign_in(account, pages.PASSWORD).status_code == 200
        if start == "/calendar" and account != "supervisor":
            assert browser.get(start).status_code == 403
            return
        said = numbers(browser.page(start))
        assert said or start != "/monitor"
        assert {path: length(browser, path) for path in said} == said


@pytest.mark.parametrize("account", ["supervisor", "grid"])
def test_what_is_counted_twice_is_counted_alike(month: Server, facts: dict[str, Any], account: str):
    """Open cases by step, clocks by unit and by stage, and their sum at the top."""
    assert facts
    with Browser(month) as browser:
        browser.sign_in(account, pages.PASSWORD)
        said = numbers(browser.page("/monitor"))
    cases = said["/cases?open=true"]
    assert cases == sum(number for path, number in said.items() if "&step=" in path and "overdueHours" not in path)
    by_unit = sum(number for path, number in said.items() if "?unit=" in path and "light=OPEN" in path)
    by_stage = sum(number for path, number in said.items() if "?stage=" in path and "light=OPEN" in path)
    assert by_unit == by_stage
    for light in ("YELLOW", "RED", "PURPLE", "PAUSED"):
        of_units = sum(number for path, number in said.items() if "?unit=" in path and path.endswith(f"light={light}"))
        assert said[f"/overdue?light={light}"] == of_units, light
