"""Small drawn pictures of a street, so that photos can be looked at; nothing in them was ever photographed."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from tasks.rehearsal.answers import draw
from workflows.governance import photos

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (480, 360)
MEDIA_TYPE = "image/jpeg"
KINDS = 24


def picture(number: int, stage: str) -> bytes:
    """One of a few dozen scenes. Before the work something lies on the road, after it the road is clear."""
    scene = Image.new("RGB", SIZE, (186, 208, 224))
    pen = ImageDraw.Draw(scene)
    for house in range(5):
        high = 90 + int(110 * draw(number, house, "house"))
        grey = 120 + int(90 * draw(number, house, "wall"))
        left = house * 100 - 10
        pen.rectangle((left, 240 - high, left + 92, 240), fill=(grey, grey - 12, grey - 24))
        for row in range(260 - high, 220, 28):
            for column in range(left + 12, left + 84, 24):
                pen.rectangle((column, row, column + 12, row + 14), fill=(74, 96, 116))
    pen.rectangle((0, 240, 480, 274), fill=(168, 162, 150))
    pen.rectangle((0, 274, 480, 360), fill=(84, 86, 90))
    for dash in range(0, 480, 80):
        pen.rectangle((dash, 314, dash + 40, 319), fill=(230, 228, 214))
    if stage == "report":
        for heap in range(14):
            x, y = 180 + int(120 * draw(number, heap, "x")), 262 + int(40 * draw(number, heap, "y"))
            size = 8 + int(18 * draw(number, heap, "size"))
            tone = int(60 + 120 * draw(number, heap, "tone"))
            pen.ellipse((x, y, x + size, y + size), fill=(tone, tone // 2 + 30, 40))
    pen.text((8, 8), f"SAMPLE {number:02} {stage}", fill=(40, 48, 58))
    target = BytesIO()
    scene.save(target, "JPEG", quality=80)
    return target.getvalue()


def kept(directory: Path, stage: str, *what: object) -> dict[str, Any]:
    """Such a picture as a file under its hash, and what a row says of it."""
    content = picture(int(draw(stage, *what) * KINDS), stage)
    hash = photos.keep(directory, content, MEDIA_TYPE)
    return {"hash": hash, "media_type": MEDIA_TYPE, "size": len(content), "width": SIZE[0], "height": SIZE[1]}
