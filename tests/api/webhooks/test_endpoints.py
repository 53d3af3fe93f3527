"""Webhook endpoints over HTTP: the secret is shown once, and a letter signed with it arrives."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tasks.channels.guard import Allowed
from tasks.channels.http import Web
from tasks.channels.webhook import Webhook
from tasks.deliveries import deliver
from tests.support.receivers import http_receiver
from workflows import runtime
from workflows.store import transaction

if TYPE_CHECKING:
    from tests.api.conftest import Server

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
NEW = {"url": "https://receiver.invalid/hooks", "eventTypes": ["escalation"]}


def tell(server: Server, dedupe: str) -> None:
    with transaction(server.database) as session:
        runtime.notify(
            session, group="g@u", kind="escalation", subject="督办", text="请答复", channels=[], at=AT, dedupe=dedupe
        )


def test_an_endpoint_is_made_listed_without_its_secret_and_deleted(server: Server) -> None:
    with server.client() as admin:
        made = admin.post("/webhooks", json=NEW).json()
        listed = admin.get("/webhooks")
        assert made["secret"].startswith("whsec_")
        assert made["secret"] not in listed.text
        [one] = listed.json()["items"]
        assert (one["url"], one["eventTypes"], one["active"]) == (NEW["url"], ["escalation"], True)
        assert admin.delete(f"/webhooks/{made['endpointKey']}").status_code == 204
        assert admin.delete(f"/webhooks/{made['endpointKey']}").status_code == 404
        assert admin.get("/webhooks").json() == {"items": []}


def test_what_is_no_address_or_no_type_is_refused_with_its_place(server: Server) -> None:
    with server.client() as admin:
        answer = admin.post("/webhooks", json=NEW | {"url": "http://me:pw@receiver.invalid"})
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_WEBHOOK_URL")
        assert admin.post("/webhooks", json=NEW | {"eventTypes": []}).json()["errors"][0]["pointer"] == "/eventTypes"
        assert admin.post("/webhooks", json=NEW | {"eventTypes": ["A B"]}).status_code == 400
        assert admin.post("/webhooks", json=NEW | {"secret": "whsec_x"}).status_code == 400


def test_a_subscriber_gets_a_letter_it_can_verify_until_it_is_deleted(server: Server) -> None:
    web = Web(Allowed.of("127.0.0.1"))
    with http_receiver() as receiver, server.client() as admin:
        made = admin.post("/webhooks", json=NEW | {"url": receiver.url("/hooks")}).json()
        tell(server, "one")
        assert deliver(server.database, {"webhook": Webhook(web)}).sent == 1
        tell(server, "two")
        admin.delete(f"/webhooks/{made['endpointKey']}")
        tell(server, "three")
        assert deliver(server.database, {"webhook": Webhook(web)}).failed == 1
        [asked] = receiver.asked
    said = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    assert asked.headers["webhook-signature"] == f"v1,{signature}"
