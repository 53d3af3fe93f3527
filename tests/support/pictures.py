"""Pictures with and without what cameras write beside them, and files that only pretend to be some."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import IFDRational


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), exif: Image.Exif | None = None, **more: Any) -> bytes:
    """A gradient, so that turning it upright can be seen."""
    made = Image.linear_gradient("L").resize(size).convert(more.pop("mode", "RGB"))
    out = BytesIO()
    made.save(out, kind, **({"exif": exif} if exif is not None else {}), **more)
    return out.getvalue()


def camera(
    *, taken: str | None = None, offset: str | None = None, point: tuple[float, float] | None = None, turned: int = 1
) -> Image.Exif:
    """What a camera writes: the local time, its time zone, longitude and latitude, how it was held."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "SECRET-CAMERA"
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    if offset:
        exif.get_ifd(0x8769)[0x9011] = offset
    if point:
        gps = exif.get_ifd(0x8825)
        for value, tag, sides in zip(point, (4, 2), ("EW", "NS"), strict=True):
            whole, part = divmod(abs(value), 1)
            gps[tag - 1] = sides[value < 0]
            gps[tag] = (IFDRational(int(whole)), IFDRational(int(part * 60)), IFDRational(part * 60 % 1 * 60))
    return exif


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few kilobytes that says it is 3.6 thousand million pixels."""
    row = zlib.compress(b"\0" * (1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in [
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", row),
            (b"IEND", b""),
        ]
    )
