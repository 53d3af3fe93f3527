"""Files of evidence as they are sent: what they say of when and where is read, then only what is harmless is kept."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image

from api.pictures import BROKEN, opened
from api.problems import Problem
from workflows.calendar import CHINA
from workflows.governance.evidence import CleanFile

if TYPE_CHECKING:
    from datetime import tzinfo

    from api.settings import Settings
    from workflows.governance.places import Position

PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
#: How a picture is turned upright, by its orientation in EXIF.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
QUALITY = 95  # nobody should see a difference
TEXT = "text/plain"
PDF = "application/pdf"
_SIGNS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_ANYWHERE_NEAR_THE_END = 2_048  # bytes
_SPACE = "\t\n\r\f"


def clean(data: bytes, declared: str, settings: Settings) -> CleanFile:
    """By what the file is, whatever its name says. ``declared`` is its media type as it was sent.

    A picture is encoded anew without anything but the picture; a text is UTF-8; a PDF stays as it is and is only ever
    handed out to be saved. Problem 413 when it is too large, 415 when it is something else, 400 when it is broken.
    """
    if len(data) > settings.max_evidence_bytes:
        limit = settings.max_evidence_bytes // 1024 // 1024
        raise Problem(413, f"文件超过 {limit} MB", code="FILE_TOO_LARGE")
    source_hash = hashlib.sha256(data).hexdigest()
    if data.startswith(_SIGNS):
        return _picture(data, source_hash, settings)
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-_ANYWHERE_NEAR_THE_END:]:
        return CleanFile(data, PDF, source_hash)
    if declared.partition(";")[0].strip().lower() == TEXT:
        return CleanFile(_text(data), TEXT, source_hash)
    raise Problem(415, "证据文件只收 JPEG、PNG、WebP、PDF 和 UTF-8 文本", code="UNSUPPORTED_FILE")


def _text(data: bytes) -> bytes:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(400, f"文本不是 UTF-8:第 {error.start} 字节", code="BROKEN_TEXT") from error
    if any(unicodedata.category(sign) == "Cc" and sign not in _SPACE for sign in text):
        raise Problem(400, "文本里有控制字符", code="BROKEN_TEXT")
    return text.encode()


def _picture(data: bytes, source_hash: str, settings: Settings) -> CleanFile:
    with opened(data, "证据", settings) as image:
        kind = str(image.format)
        exif = image.getexif()
        turn = TURNS.get(exif.get(ExifTags.Base.Orientation, 1))
        image.draft("RGB", (settings.evidence_edge, settings.evidence_edge))
        upright = image if turn is None else image.transpose(turn)
        upright.thumbnail((settings.evidence_edge, settings.evidence_edge))
        plain = upright.convert("RGBA" if kind != "JPEG" and upright.has_transparency_data else "RGB")
        picture = Image.frombytes(plain.mode, plain.size, plain.tobytes())  # and nothing else that came along
        out = BytesIO()
        picture.save(out, kind, quality=QUALITY)
        return CleanFile(
            content=out.getvalue(),
            media_type=PICTURES[kind],
            source_hash=source_hash,
            width=picture.width,
            height=picture.height,
            taken=_taken(_tags(exif, ExifTags.IFD.Exif)),
            point=_point(_tags(exif, ExifTags.IFD.GPSInfo)),
        )


def _tags(exif: Image.Exif, part: int) -> dict[int, Any]:
    """What a camera wrote beside the picture; nothing where it cannot be read. The picture is evidence all the same."""
    try:
        return dict(exif.get_ifd(part))
    except (*BROKEN, ArithmeticError, AttributeError, KeyError, TypeError):
        return {}


def _taken(tags: dict[int, Any]) -> datetime | None:
    """When the camera says it was taken. A camera without a time zone goes by the time of 娄底."""
    try:
        at = datetime.strptime(str(tags[ExifTags.Base.DateTimeOriginal]).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        return at.replace(tzinfo=_zone(tags.get(ExifTags.Base.OffsetTimeOriginal)))
    except (IndexError, KeyError, OverflowError, TypeError, ValueError):
        return None


def _zone(offset: Any) -> tzinfo:
    if offset is None:
        return CHINA.zone
    sign, hours, minutes = offset[0], int(offset[1:3]), int(offset[4:6])
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1))


def _point(tags: dict[int, Any]) -> Position | None:
    """Where the receiver says it was taken."""
    try:
        lat = _degrees(tags[ExifTags.GPS.GPSLatitude], tags[ExifTags.GPS.GPSLatitudeRef], "S")
        lon = _degrees(tags[ExifTags.GPS.GPSLongitude], tags[ExifTags.GPS.GPSLongitudeRef], "W")
    except (KeyError, OverflowError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None  # noqa: PLR2004


def _degrees(parts: Any, reference: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if str(reference).strip("\0 ") == negative else 1)
