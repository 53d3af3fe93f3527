"""Credentials: secrets, access tokens, Basic, and acting for a person."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from api import auth
from tests.api.conftest import Server, open_tasks, serve, start
from workflows.runtime.access import renew_secret
from workflows.store import read, transaction
from workflows.store.tables import ApiClient, UserTask

if TYPE_CHECKING:
    from api.auth import Keyring


def token(server: Server, id: str, secret: str, grant: str = "client_credentials") -> httpx.Response:
    form = {"grant_type": grant, "client_id": id, "client_secret": secret}
    return httpx.post(f"{server.url}/oauth/token", data=form)


def me(server: Server, authorization: str) -> int:
    return httpx.get(f"{server.url}/v2/authentication/me", headers={"authorization": authorization}).status_code


def test_a_secret_is_kept_as_a_hash_only(server: Server):
    with read(server.database) as session:
        kept = session.get(ApiClient, "admin").secret_hash
    assert kept != server.secrets["admin"]
    assert len(bytes.fromhex(kept)) == 32


def test_an_access_token_is_as_good_as_the_secret(server: Server):
    answer = token(server, "viewer", server.secrets["viewer"])
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert me(server, f"Bearer {body['access_token']}") == 200


@pytest.mark.parametrize(
    ("id", "secret", "grant", "status", "error"),
    [
        ("viewer", "wrong", "client_credentials", 401, "invalid_client"),
        ("nobody", "wrong", "client_credentials", 401, "invalid_client"),
        ("a\0b", "wrong", "client_credentials", 401, "invalid_client"),
        ("viewer", "wrong", "password", 400, "unsupported_grant_type"),
    ],
)
def test_the_token_endpoint_refuses_in_the_words_of_rfc_6749(server: Server, id, secret, grant, status, error):
    answer = token(server, id, secret, grant)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_the_token_endpoint_takes_basic_credentials(server: Server):
    def asked(secret: str) -> int:
        form = {"grant_type": "client_credentials"}
        return httpx.post(f"{server.url}/oauth/token", data=form, auth=("viewer", secret)).status_code

    assert [asked(server.secrets["viewer"]), asked("wrong")] == [200, 401]


def test_made_up_and_changed_credentials_are_refused(server: Server):
    good = token(server, "viewer", server.secrets["viewer"]).json()["access_token"]
    id, expiry, signature = good.split(".")
    for bad in (
        "",
        "Bearer",
        "Bearer viewer",
        f"Bearer {server.secrets['viewer']}x",
        f"Bearer admin.{expiry}.{signature}",
        f"Bearer {id}.{int(expiry) + 1}.{signature}",
        f"Bearer {id}.{expiry}.{'0' * 64}",
        f"Bearer {id}.{expiry}",
        f"Bearer {good}.more",
        "Basic %%%",
        "Basic " + base64.b64encode(b"viewer").decode(),
        "Basic " + base64.b64encode(b"\xff:x").decode(),
        f"Digest {server.secrets['viewer']}",
    ):
        assert me(server, bad) == 401, bad


def test_an_access_token_expires(tmp_path):
    with serve(tmp_path, token_seconds=60) as server:
        keyring: Keyring = server.app.state.keyring
        keyring._lifetime = 2
        good = token(server, "viewer", server.secrets["viewer"]).json()["access_token"]
        assert me(server, f"Bearer {good}") == 200
        time.sleep(2.1)
        assert me(server, f"Bearer {good}") == 401


def test_a_new_secret_ends_the_old_one_and_its_tokens(tmp_path):
    with serve(tmp_path) as server:
        old = server.secrets["viewer"]
        access = token(server, "viewer", old).json()["access_token"]
        with transaction(server.database) as session:
            new = renew_secret(session, "viewer")
        assert [me(server, f"Bearer {one}") for one in (old, access, new)] == [401, 401, 200]


def test_a_disabled_client_is_out_within_seconds(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(auth, "REMEMBERED_SECONDS", 0.3)
    with serve(tmp_path) as server:
        secret = f"Bearer {server.secrets['viewer']}"
        assert me(server, secret) == 200
        with transaction(server.database) as session:
            session.get(ApiClient, "viewer").disabled = True
        time.sleep(0.4)
        assert me(server, secret) == 401


def test_the_log_names_the_client_or_the_person_it_acts_for(server: Server):
    with server.client("admin") as admin:
        instance = start(admin, "two-tasks")
        first = open_tasks(admin, instance)[0]["userTaskKey"]
        admin.post(f"/v2/user-tasks/{first}/completion").raise_for_status()
        second = open_tasks(admin, instance)[0]["userTaskKey"]
        person = {"on-behalf-of": "p-0101"}
        admin.post(f"/v2/user-tasks/{second}/completion", headers=person).raise_for_status()
    with read(server.database) as session:
        by = [session.get(UserTask, int(key)).completed_by for key in (first, second)]
    assert by == ["client:admin", "p-0101"]


def test_acting_for_a_person_needs_the_permission_and_a_person(server: Server):
    with server.client("integrator", **{"on-behalf-of": "p-0101"}) as integrator:
        answer = integrator.post("/v2/messages/publication", json={"name": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_MISSING")
    with server.client("admin", **{"on-behalf-of": "client:root"}) as admin:
        answer = admin.post("/v2/messages/publication", json={"name": "x"})
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_PERSON")
