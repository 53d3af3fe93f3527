"""No word that no page says, and no class that no element has: what is not used any more goes with its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

API = Path(__file__).parents[2] / "api"
AREAS = {"console": "catalogues/zh/*.json", "citizens": "words/zh.json"}
WRITTEN = {".py", ".html", ".js"}
VENDORED = {"bpmn-viewer.min.js", "leaflet.js"}
#: The viewers of diagrams and maps put these upon what they draw.
OF_LIBRARIES = {"djs-visual", "leaflet-tooltip"}


def source(area: str) -> str:
    files = (API / area).rglob("*")
    return "\n".join(one.read_text("utf-8") for one in files if one.suffix in WRITTEN and one.name not in VENDORED)


def unused(names: set[str], text: str, joint: str) -> set[str]:
    """Neither written whole, nor begun by a text that something is appended to: ``"light." ~ x``, ``f"light.{x}"``."""
    whole = set(re.findall(rf"[\w{joint}]+", text))
    begun = tuple(set(re.findall(rf"([a-z][\w{joint}]*[{joint}])(?:\{{|[\"'])", text)))
    return {name for name in names if name not in whole and not name.startswith(begun)}


@pytest.mark.parametrize("area", AREAS)
def test_every_word_is_said_on_a_page(area: str):
    files = list((API / area).glob(AREAS[area]))
    names = {name for file in files for name in json.loads(file.read_text("utf-8"))}
    # Chosen between: {'left' if … else 'over'}.
    assert {
        name for name in unused(names, source(area), ".-") if name.partition(".")[0] not in {"left", "over"}
    } == set()
    assert unused({"light.RED", "nobody.says"}, "t('light.' ~ light)", ".-") == {"nobody.says"}


@pytest.mark.parametrize("area", AREAS)
def test_every_class_is_that_of_an_element(area: str):
    style = (API / area / "static" / f"{area}.css").read_text("utf-8")
    plain = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", style, flags=re.DOTALL)
    assert unused(set(re.findall(r"\.([a-zA-Z][\w-]*)", plain)), source(area), "-") - OF_LIBRARIES == set()
