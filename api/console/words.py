"""The words of the console: one folder for each language, one table for each area of pages, with the same keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

FOLDER = Path(__file__).parent / "catalogues"
DEFAULT, COOKIE = "zh", "bihuan_language"
CATALOGUES: Mapping[str, Mapping[str, str]] = {
    folder.name: {
        key: text for file in sorted(folder.glob("*.json")) for key, text in json.loads(file.read_text("utf-8")).items()
    }
    for folder in sorted(FOLDER.iterdir())
}


def language(request: Request) -> str:
    chosen = request.cookies.get(COOKIE, DEFAULT)
    return chosen if chosen in CATALOGUES else DEFAULT


def word(language: str, key: str, **values: object) -> str:
    """KeyError for a key that nobody wrote: a page with holes is a defect."""
    return CATALOGUES[language][key].format_map(values)
