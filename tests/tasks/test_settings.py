from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.settings import Settings


@pytest.fixture
def public(monkeypatch):
    def public(url, **more):
        monkeypatch.setenv("BIHUAN_PUBLIC_URL", url)
        return Settings(**more)

    return public


@pytest.mark.parametrize(
    ("url", "links"),
    [
        ("https://bihuan.city.example", "https://bihuan.city.example"),
        ("https://bihuan.city.example/", "https://bihuan.city.example"),
        ("http://10.20.0.5:8080//", "http://10.20.0.5:8080"),
        ("https://city.example/governance/", "https://city.example/governance"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://xn--fiqs8s.example/%E9%97%AD", "https://xn--fiqs8s.example/%E9%97%AD"),
        ("", "http://127.0.0.1:8080"),
    ],
)
def test_links_begin_with_the_public_address_without_its_last_slash(public, url, links):
    assert public(url).links_url == links


@pytest.mark.parametrize(
    "url",
    [
        "bihuan.city.example",
        "//city.example",
        "ftp://city.example",
        "javascript:alert(1)",
        "https://",
        "https:///cases",
        "https://:443",
        "https://user:secret@city.example",
        "https://user@city.example",
        "https://city.example?x=1",
        "https://city.example#x",
        "https://city.example/a b",
        "https://city.example/a)b",
        "https://city.example/a|b",
        "https://city.example\n",
        "https://city.example:port",
        "https://city.example:99999",
        "https://[2001:db8::1",
        "https://闭环.example",
    ],
)
def test_an_address_that_links_cannot_begin_with_is_refused_and_named(public, url):
    with pytest.raises(ValidationError, match="public_url"):
        public(url)


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://0.0.0.0:8080"), ("::1", "http://[::1]:8080"), ("city", "http://city:8080")],  # noqa: S104
)
def test_the_api_is_reached_from_here_at_its_host_and_port_whatever_is_public(public, host, url):
    assert public("https://city.example", host=host).api_url == url
