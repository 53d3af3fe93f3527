from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from workflows.runtime.escalation_words import span_text, subject_of, text_of

DUE = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
CLOCK = SimpleNamespace(stage="处置", milestone="排险", unit="urgent_hour", number="4", due=DUE)


def fired(**more: Any) -> dict[str, Any]:
    plain = {
        "fired": DUE,
        "reply_due": None,
        "powers": [],
        "role": "grid-lead",
    }
    return plain | more


def test_the_subject_says_which_clock_of_what() -> None:
    assert subject_of("案件 2026-000123", CLOCK, 1, "已超期") == "〔第 1 级〕案件 2026-000123 处置 · 排险:已超期"
    assert subject_of("案件 2026-000123", CLOCK, 0, "即将到期") == "〔提醒〕案件 2026-000123 处置 · 排险:即将到期"


def test_the_text_says_limit_unit_and_moment() -> None:
    assert text_of("案件 2026-000123", CLOCK, fired(), holder="消防承办人", instead=None).splitlines() == [
        "事项:案件 2026-000123",
        "时限:处置 · 排险,4 紧急工作时",
        "截止:2026-03-02 13:00",
        "承办:消防承办人",
    ]


def test_it_says_how_late_it_is_and_what_is_wanted() -> None:
    text = text_of(
        "案件 1",
        CLOCK,
        fired(
            fired=DUE + timedelta(hours=26),
            reply_due=DUE + timedelta(days=2),
            powers=["extend", "convene"],
        ),
        holder=None,
        instead="东片区驻点领导",
    )
    assert "已超期:1 天 2 小时" in text
    assert "请回复于:2026-03-04 13:00" in text
    assert "可决定:延期、召集联合整治" in text
    assert "说明:grid-lead 席位空缺,由东片区驻点领导代收" in text
    assert "承办" not in text


@pytest.mark.parametrize(
    ("span", "said"),
    [(timedelta(), "不到 1 分"), (timedelta(minutes=61), "1 小时 1 分"), (timedelta(days=30), "30 天")],
)
def test_spans(span: timedelta, said: str) -> None:
    assert span_text(span) == said
