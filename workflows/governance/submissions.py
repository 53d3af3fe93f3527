"""What a citizen may submit: the fields of a report, checked before a case is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflows.governance.schemas import Schema, problems, sentence
from workflows.store.errors import Invalid
from workflows.store.json import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNELS = {"qr": "二维码", "phone": "电话", "station": "驿站", "web": "网页", "grid-worker": "网格员"}
PLACE_KINDS = {"street": "街巷", "compound": "小区", "park": "公园", "market": "市场", "site": "工地", "water": "水域"}
ORIGIN_LEVELS = {"building": "楼栋", "compound": "小区", "community": "社区", "grid": "网格", "centre": "中心"}
MAX_TEXT = 2_000
MAX_PHOTOS = 9

SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "问题上报",
    "type": "object",
    "additionalProperties": False,
    "required": ["channel", "conditionCode", "text", "lon", "lat"],
    "properties": {
        "channel": {"title": "渠道", "enum": list(CHANNELS)},
        "classCode": {"title": "小类编码", "description": "不填则取立案条件的小类", "type": "string"},
        "conditionCode": {"title": "立案条件编码", "type": "string"},
        "text": {"title": "问题描述", "type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": "\\S"},
        "address": {"title": "地址", "type": "string", "maxLength": 200, "default": ""},
        "lon": {"title": "经度", "type": "number", "minimum": -180, "maximum": 180},
        "lat": {"title": "纬度", "type": "number", "minimum": -90, "maximum": 90},
        "spot": {"title": "点位编码", "description": "牌子上的编码；从牌子上报时填", "type": "string"},
        "placeKind": {"title": "场所", "enum": list(PLACE_KINDS), "default": "street"},
        "originLevel": {"title": "从哪一级提交", "enum": list(ORIGIN_LEVELS), "default": "grid"},
        "anonymous": {"title": "匿名", "type": "boolean", "default": False},
        "contact": {
            "title": "可以回访",
            "description": "不填则看是否留了电话；匿名的不回访",
            "type": "boolean",
        },
        "photos": {"title": "照片张数", "type": "integer", "minimum": 0, "maximum": MAX_PHOTOS, "default": 0},
        "reporter": {
            "title": "上报人",
            "description": "匿名的不保存",
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "name": {"title": "称呼", "type": "string", "maxLength": 50},
                "phone": {"title": "电话", "type": "string", "pattern": "^[0-9+() -]{5,20}$"},
            },
        },
    },
}


class ReportMismatch(Invalid):
    """上报内容不完整或格式不对。"""

    code = "REPORT_MISMATCH"


@dataclass(frozen=True, slots=True)
class Submission:
    """A report that fits the schema, its defaults filled in."""

    channel: str
    class_code: str | None
    condition_code: str
    text: str
    address: str
    lon: float
    lat: float
    spot: str | None
    place_kind: str
    origin_level: str
    anonymous: bool
    contact: bool
    photos: int
    reporter_name: str | None
    reporter_phone: str | None


def read(fields: Mapping[str, Any]) -> Submission:
    """ReportMismatch names every field at fault; NotJson text no database can hold."""
    given = clean(dict(fields))
    if found := problems(SCHEMA, given):
        raise ReportMismatch(sentence(found), details=[dict(problem) for problem in found])
    anonymous = given.get("anonymous", False)
    # Whoever wants to be anonymous leaves no name behind, even by mistake.
    reporter = {} if anonymous else given.get("reporter", {})
    return Submission(
        channel=given["channel"],
        class_code=given.get("classCode"),
        condition_code=given["conditionCode"],
        text=given["text"],
        address=given.get("address", ""),
        lon=float(given["lon"]),
        lat=float(given["lat"]),
        spot=given.get("spot"),
        place_kind=given.get("placeKind", "street"),
        origin_level=given.get("originLevel", "grid"),
        anonymous=anonymous,
        contact=not anonymous and given.get("contact", bool(reporter.get("phone"))),
        photos=given.get("photos", 0),
        reporter_name=reporter.get("name"),
        reporter_phone=reporter.get("phone"),
    )
