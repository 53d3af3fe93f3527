"""Files that pages load: whole in either form, told apart by their tags, kept for ever under their hash alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.citizens import pages as citizens
from api.console import pages as console
from api.static import SMALL, takes_gzip

if TYPE_CHECKING:
    import httpx

    from tests.api.conftest import Server

PLACES = {"/console/static": (console.FILES, console.STATIC), "/citizens": (citizens.FILES, citizens.STATIC)}
FILES = [(place, file) for place, (_, folder) in PLACES.items() for file in sorted(folder.iterdir())]


def fetch(server: Server, address: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with server.client(role=None) as client:
        return client.get(address, headers={"accept-encoding": "identity"} | named)


@pytest.mark.parametrize(("place", "file"), FILES, ids=lambda one: getattr(one, "name", one))
def test_a_file_arrives_whole_in_either_form(server: Server, place: str, file):
    plain = fetch(server, f"{place}/{file.name}")
    packed = fetch(server, f"{place}/{file.name}", accept_encoding="br, gzip")
    assert plain.content == packed.content == file.read_bytes()
    assert "content-encoding" not in plain.headers
    if file.stat().st_size < SMALL:
        assert packed.headers["etag"] == plain.headers["etag"]
        return
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 0.6 * int(plain.headers["content-length"])
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != packed.headers["etag"]


@pytest.mark.parametrize("place", PLACES)
def test_it_is_kept_for_ever_under_the_hash_alone(server: Server, place: str):
    name, build = next(iter(PLACES[place][1].glob("*.css"))).name, PLACES[place][0].build
    assert fetch(server, f"{place}/{name}?{build}").headers["cache-control"] == "public, max-age=31536000, immutable"
    for query in ("", f"?{'0' * len(build)}", f"?{build}&more"):
        assert fetch(server, f"{place}/{name}{query}").headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_who_has_it_is_told_so_in_the_same_form_only(server: Server, accepted: str):
    address = "/console/static/console.css"
    first = fetch(server, address, accept_encoding=accepted)
    again = fetch(server, address, accept_encoding=accepted, if_none_match=f'"other", W/{first.headers["etag"]}')
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    other = "gzip" if accepted == "identity" else "identity"
    assert fetch(server, address, accept_encoding=other, if_none_match=first.headers["etag"]).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("*", True),
        ("*;q=0.1, gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=much", False),
        ("deflate, br", False),
        ("", False),
    ],
)
def test_what_a_client_takes_is_what_it_says(accepted: str, taken: bool):
    assert takes_gzip(accepted) is taken


@pytest.mark.parametrize("name", ["nothing.css", "../pages.py", "..%2fpages.py", "%2fetc%2fpasswd", "", "images/"])
def test_nothing_else_is_served(server: Server, name: str):
    for place in PLACES:
        assert fetch(server, f"{place}/{name}").status_code in {401, 404}


def test_files_are_read_and_never_written(server: Server):
    with server.client(role=None) as client:
        refused = client.post("/console/static/console.css", headers={"sec-fetch-site": "same-origin"})
    assert refused.status_code == 405


@pytest.mark.parametrize("address", ["/console/login", "/q", "/openapi.json", "/livez"])
def test_what_is_not_a_file_of_ours_is_never_compressed(server: Server, address: str):
    answer = fetch(server, address, accept_encoding="gzip")
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers
