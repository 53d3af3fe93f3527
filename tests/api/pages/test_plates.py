"""A printed plate is read as a telephone reads it: from a picture of the sheet, and its address opens."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageFilter

from tests.support.browsing import CHROMIUM
from tests.support.pages import ALL, NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.api.conftest import Server
    from tests.support.browsing import Visit

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
READER = Path(__file__).parent / "jsQR.js"
READ = """async (picture) => {
    const image = new Image();
    image.src = picture;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const found = jsQR(context.getImageData(0, 0, image.width, image.height).data, image.width, image.height);
    return found && found.data;
}"""


def test_the_reader_of_codes_is_the_published_one():
    published = "bc40c8a15196236b2314db0856f72ca0b49980cd5413b8c852a7349f5fee0859"
    assert hashlib.sha256(READER.read_bytes()).hexdigest() == published


def photographed(png: bytes) -> str:
    """Askew, out of focus and poorly lit, as somebody holds a telephone before a wall."""
    sheet = Image.open(io.BytesIO(png)).convert("L").rotate(7, expand=True, fillcolor=140)
    taken = sheet.filter(ImageFilter.GaussianBlur(1)).point(lambda light: 40 + light // 2)
    kept = io.BytesIO()
    taken.save(kept, "JPEG", quality=60)
    return "data:image/jpeg;base64," + base64.b64encode(kept.getvalue()).decode()


def read_by_telephone(page: Page, png: bytes) -> Any:
    page.goto("about:blank")
    page.evaluate(READER.read_text("utf-8"))
    return page.evaluate(READ, photographed(png))


@pytest.mark.slow
@pytest.mark.parametrize("sheet", ["a4", "a6"])
def test_the_code_of_a_plate_leads_from_the_paper_to_the_form_of_its_spot(
    month: Server, facts: dict[str, Any], reader: Callable[[str, str], Visit], sheet: str
):
    desk, telephone = reader(ALL, "zh"), reader(NOBODY, "zh")
    desk.page.emulate_media(media="print")
    try:
        desk.go(f"/console/spots/plates?code={facts['spot']}&sheet={sheet}")
        [plate] = desk.page.locator(".plate").all()
        address = read_by_telephone(telephone.page, plate.screenshot())
    finally:
        desk.page.emulate_media(media="screen")
    assert address == f"{month.url}/r/{facts['spot']}"
    telephone.page.goto(address)
    assert "样例-万豪广场" in telephone.page.inner_text("#report")
