"""Photos as they are sent: hostile until decoded, re-encoded without anything but the picture."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from api.pictures import opened
from api.problems import Problem

if TYPE_CHECKING:
    from api.settings import Settings

MEDIA_TYPE = "image/jpeg"
QUALITY = 85


@dataclass(frozen=True)
class CleanPhoto:
    content: bytes
    width: int
    height: int


def clean(data: bytes, name: str, settings: Settings) -> CleanPhoto:
    """The picture as a new JPEG: upright, no larger than needed, without EXIF, so without the place it was taken at.

    Problem 413 when it is too large, 415 when it is no JPEG, PNG or WebP, 400 when it cannot be decoded.
    """
    if len(data) > settings.max_photo_bytes:
        raise Problem(413, f"{name}:照片超过 {settings.max_photo_bytes // 1024 // 1024} MB", code="PHOTO_TOO_LARGE")
    with opened(data, name, settings) as image:
        return _encoded(image, settings.photo_edge)


def _encoded(image: Image.Image, edge: int) -> CleanPhoto:
    image.draft("RGB", (edge, edge))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((edge, edge))
    picture = Image.new("RGB", upright.size, "white")
    picture.paste(upright.convert("RGBA"), mask=upright.convert("RGBA").getchannel("A"))
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return CleanPhoto(out.getvalue(), picture.width, picture.height)
