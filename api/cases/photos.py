"""Photos as they are sent: hostile until decoded, re-encoded without anything but the picture."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, UnidentifiedImageError

from api.problems import Problem

if TYPE_CHECKING:
    from api.settings import Settings

FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/jpeg"
QUALITY = 85

# Our own limit looks at the header before anything is decoded; Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None


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
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > settings.max_photo_pixels:
                limit = settings.max_photo_pixels // 1_000_000
                raise Problem(413, f"{name}:照片超过 {limit} 百万像素", code="PHOTO_TOO_LARGE")
            return _encoded(image, settings.photo_edge)
    except UnidentifiedImageError as error:
        raise Problem(415, f"{name}:只收 JPEG、PNG 和 WebP 照片", code="NOT_A_PHOTO") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError, struct.error) as error:
        raise Problem(400, f"{name}:照片已损坏,不能解码", code="BROKEN_PHOTO") from error


def _encoded(image: Image.Image, edge: int) -> CleanPhoto:
    image.draft("RGB", (edge, edge))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((edge, edge))
    picture = Image.new("RGB", upright.size, "white")
    picture.paste(upright.convert("RGBA"), mask=upright.convert("RGBA").getchannel("A"))
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return CleanPhoto(out.getvalue(), picture.width, picture.height)
