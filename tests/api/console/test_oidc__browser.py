"""Signing in by a provider in a real browser, and out again: two sites, as in life."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.console.test_browser import TELEPHONE, fits
from tests.api.console.test_oidc import with_provider
from tests.support.browsing import CHROMIUM, chromium

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


def test_in_and_out_by_the_provider(tmp_path: Path):
    with with_provider(tmp_path, host="localhost") as (server, provider), chromium() as browser:
        page = browser.new_page(viewport=TELEPHONE, locale="zh-CN")  # type: ignore[arg-type]
        page.goto(f"{server.url}/console/incidents")
        assert fits(page)
        page.click("text=用统一身份认证登录")
        assert page.url.startswith("http://localhost:")
        page.fill("#user", "stranger")
        page.click("button")
        assert "没有这个账号" in page.inner_text("[role=alert]")
        assert fits(page)
        page.click("text=换一个用户重新认证")
        page.fill("#user", "lead")
        page.click("button")
        page.wait_for_url(f"{server.url}/console/**")
        page.goto(f"{server.url}/console/incidents")
        assert page.url == f"{server.url}/console/incidents"
        page.click("text=退出")
        page.wait_for_url(f"{server.url}/console/login")
        assert len(provider.ended) == 1
        page.goto(f"{server.url}/console/tasks")
        assert page.url.startswith(f"{server.url}/console/login")
