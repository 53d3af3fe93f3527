"""Chromium as people use it, and everything that is wrong with a page that it shows."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DESK, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LANGUAGES = ("zh", "en")
CHINESE = re.compile(r"[\u3400-\u9fff]+")
#: What a page says that was made with a hole in it.
HOLES = re.compile(r"\b(?:undefined|NaN|nan)\b|\bNone$|\[object ")
#: Whatever reaches beyond the screen and is not within something that scrolls by itself.
WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > width + 1);
    return wide.slice(-3).map((one) => one.outerHTML.slice(0, 120)).concat(["wider than the screen"]);
}"""
#: Everything that is read out or shown: text, and what stands in attributes.
SAID = """() => {
    const said = [document.title], seen = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (seen.nextNode()) {
        const within = seen.currentNode.parentElement;
        if (!within.closest("script, style, template, textarea, svg, [lang]:not(html)")) said.push(seen.currentNode.data);
    }
    for (const one of document.querySelectorAll("[title], [aria-label], [placeholder], [alt]"))
        for (const name of ["title", "aria-label", "placeholder", "alt"])
            if (one.hasAttribute(name)) said.push(one.getAttribute(name));
    return said.map((text) => text.trim()).filter(Boolean);
}"""
#: The mark of bpmn.io on every diagram, which its licence wants fully visible.
UNMARKED = """() => [...document.querySelectorAll("[data-drawn][data-diagram]")].filter((one) => {
    const mark = one.querySelector(".bjs-powered-by");
    if (!mark) return true;
    mark.scrollIntoView({ block: "center" });
    const box = mark.getBoundingClientRect();
    return box.width === 0 || !mark.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
}).map((one) => `no mark of bpmn.io on ${one.dataset.diagram}`)"""
#: Findings of axe-core that stop somebody from using the page. What is drawn in a diagram stands beside it in words; the
#: badge over a label is taken for its background.
AXE = """async () => {
    const found = await axe.run({ exclude: [".djs-container svg"] }, {
        resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    });
    return found.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) =>
        `${id}: ${nodes.slice(0, 3).map(({ html, any }) => html.slice(0, 160) + " " + (any[0] ? any[0].message : "")).join(" | ")}`);
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Visit:
    """One reader with one language: what goes wrong on the pages they see is in ``seen``."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page: Page = context.new_page()
        self.seen: list[str] = []
        self.page.on("console", lambda message: self._noted(message.type in {"error", "warning"}, message.text))
        self.page.on("pageerror", lambda error: self.seen.append(f"page error: {error}"))
        self.page.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        context.on("request", lambda request: self._noted(not self._ours(request.url), f"asks {request.url}"))

    def _noted(self, wrong: bool, text: str) -> None:
        # That an address of ours is refused is said by the page.
        if wrong and "the server responded with a status of 4" not in text:
            self.seen.append(text)

    def _ours(self, url: str) -> bool:
        return url.startswith((f"{self.url}/", "data:", "blob:"))

    def go(self, address: str) -> None:
        self.page.goto(self.url + address)
        self.settled()

    def settled(self) -> None:
        """Diagrams and maps are drawn."""
        for drawn in self.page.locator("[data-diagram], [data-map]").all():
            drawn.evaluate(
                "(one) => new Promise((done) => { const look = () => one.dataset.drawn || one.classList.contains('undrawn')"
                " || one.offsetParent === null ? done() : setTimeout(look, 20); look(); })"
            )

    def sign_in(self, account: str, password: str) -> None:
        self.go("/console/login")
        self.page.fill("#account", account)
        self.page.fill("#password", password)
        self.page.click("button.main")

    def faults(self) -> list[str]:
        """What was noticed since the last time this was asked."""
        found = list(self.seen)
        self.seen.clear()
        return found

    def wide(self) -> list[str]:
        """Whatever does not fit the screen, on a desk and on a telephone."""
        found = []
        for size in (DESK, TELEPHONE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            found += [f"{size['width']} px: {one}" for one in self.page.evaluate(WIDE)]
        return found

    def said(self) -> list[str]:
        return list(self.page.evaluate(SAID))

    def unmarked(self) -> list[str]:
        return list(self.page.evaluate(UNMARKED))

    def faults_of(self, language: str, data: str, axe: str) -> list[str]:
        """Everything that is wrong with the page that is shown. Chinese that stands in ``data`` needs no translation."""
        said = self.said()
        found = [f"a hole: {one}" for one in said if HOLES.search(one)] if said else ["an empty page"]
        if language == "en":
            found += [
                f"not translated: {one}" for one in said if any(word not in data for word in CHINESE.findall(one))
            ]
        return found + self.wide() + self.unmarked() + self.axe(axe) + self.faults()

    def axe(self, script: str) -> list[str]:
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(script)
        return list(self.page.evaluate(AXE))


@contextmanager
def visit(
    browser: Browser, url: str, language: str = "zh", size: dict[str, int] = DESK, **more: Any
) -> Iterator[Visit]:
    context = browser.new_context(viewport=size, locale="zh-CN", **more)  # type: ignore[arg-type]
    for name, path in (("bihuan_language", "/console"), ("bihuan_words", "/")):
        context.add_cookies([{"name": name, "value": language, "url": url + path}])
    try:
        yield Visit(context, url)
    finally:
        context.close()
