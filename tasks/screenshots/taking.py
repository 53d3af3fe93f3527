"""Takes pictures with Playwright, which is there where the project is developed."""

from __future__ import annotations

import io
import shutil
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tasks.screenshots.pages import Picture

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
COLOURS = 256  # of a picture
#: Diagrams and maps are drawn when they say so.
DRAWN = """() => [...document.querySelectorAll("[data-diagram], [data-map]")]
    .every((one) => one.dataset.drawn || one.classList.contains("undrawn") || one.offsetParent === null)"""


class NoBrowser(RuntimeError):
    """Playwright or Chromium is not installed."""


def take(url: str, password: str, wanted: Iterable[Picture], folder: Path, language: str) -> Iterator[Path]:
    """One PNG for each, with few colours. NoBrowser."""
    folder.mkdir(parents=True, exist_ok=True)
    with _chromium() as chromium:
        for picture in wanted:
            file = folder / f"{picture.name}.png"
            _small(_taken(chromium, url, password, picture, language)).save(file, optimize=True)
            yield file


@contextmanager
def _chromium() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        playwright = import_module("playwright.sync_api").sync_playwright
    except ModuleNotFoundError as error:
        raise NoBrowser("Playwright is not installed: it comes with `make test`, not with `make run`") from error
    if path is None:
        raise NoBrowser(f"no browser found; looked for {', '.join(BROWSERS)}")
    with playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def _taken(chromium: Any, url: str, password: str, picture: Picture, language: str) -> bytes:
    width, height = picture.size
    context = chromium.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", locale=LOCALES[language]
    )
    cookies = (("bihuan_language", "/console"), ("bihuan_words", "/"))
    context.add_cookies([{"name": name, "value": language, "url": url + path} for name, path in cookies])
    page = context.new_page()
    if picture.account:
        page.goto(f"{url}/console/login")
        page.fill("#account", picture.account)
        page.fill("#password", password)
        page.click("button.main")
    page.goto(url + picture.path)
    page.wait_for_function(DRAWN)
    if picture.focus:
        page.locator(picture.focus).first.evaluate("(one) => one.scrollIntoView({ block: 'end' })")
        page.evaluate("scrollBy(0, 24)")
    page.wait_for_timeout(300)  # a map fades in
    taken: bytes = page.screenshot()
    context.close()
    return taken


def _small(png: bytes) -> Image.Image:
    """Its most frequent colours as they are, the rest by the nearest of them: flat areas keep their colour."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    counted: Any = image.getcolors(image.width * image.height)
    frequent = [colour for _, colour in sorted(counted, reverse=True)[:COLOURS]]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in frequent for part in colour])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)
