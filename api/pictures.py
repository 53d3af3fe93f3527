"""Opening pictures that strangers send: hostile until decoded, and decoded only within limits."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from anyio import CapacityLimiter
from PIL import Image, UnidentifiedImageError

from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings

FORMATS = ("JPEG", "PNG", "WEBP")
DECODERS = CapacityLimiter(2)  # a decoded picture takes up to 160 MB
BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError, struct.error)

# Our own limit looks at the header before anything is decoded; Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None


@contextmanager
def opened(data: bytes, name: str, settings: Settings) -> Iterator[Image.Image]:
    """The picture, not decoded yet. Whatever is wrong with it until the block ends is a Problem.

    413 when it has too many pixels, 415 when it is no JPEG, PNG or WebP, 400 when it cannot be decoded.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > settings.max_photo_pixels:
                limit = settings.max_photo_pixels // 1_000_000
                raise Problem(413, f"{name}:照片超过 {limit} 百万像素", code="PHOTO_TOO_LARGE")
            yield image
    except UnidentifiedImageError as error:
        raise Problem(415, f"{name}:只收 JPEG、PNG 和 WebP 照片", code="NOT_A_PHOTO") from error
    except BROKEN as error:
        raise Problem(400, f"{name}:照片已损坏,不能解码", code="BROKEN_PHOTO") from error
