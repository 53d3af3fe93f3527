"""Pictures of the main pages: taken by a real browser on a real server, or not at all and said so."""

from __future__ import annotations

import sys

import pytest
from PIL import Image
from typer.testing import CliRunner

from tasks.cli import app
from tasks.screenshots import taking
from tests.support.browsing import CHROMIUM


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_main_pages_are_pictured(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    result = CliRunner().invoke(app, ["screenshots", str(tmp_path / "shots"), "--cases", "20", "--language", "en"])
    assert result.exit_code == 0, result.output
    taken = sorted((tmp_path / "shots").glob("*.png"))
    assert {"overview", "case-diagram", "process-heat", "wall", "citizen-report"} <= {one.stem for one in taken}
    for one in taken:
        with Image.open(one) as image:
            assert len(image.getcolors(256) or []) > 8, f"{one.name} is empty"


def test_without_playwright_it_is_said_where_it_comes_from(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(taking.NoBrowser, match="make test"):
        list(taking.take("http://127.0.0.1:9", "", [], tmp_path, "zh"))


def test_without_a_browser_it_is_said_which_were_looked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(taking.NoBrowser, match="chromium"):
        list(taking.take("http://127.0.0.1:9", "", [], tmp_path, "zh"))
