"""Webhook endpoints: what is taken for an address, and what becomes of one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from workflows import runtime
from workflows.runtime.errors import Invalid, NotFound
from workflows.runtime.webhooks import BadWebhookUrl
from workflows.store import read

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.support.world import World

URL = "https://receiver.invalid:8443/hooks?x=1"
NO_URLS = [
    "", "receiver.invalid", "ftp://receiver.invalid", "file:///etc/passwd", "https://", "https:///x", "//receiver.invalid",
    "https://me:secret@receiver.invalid", "https://a@b.invalid", "https://@b.invalid", "https://receiver.invalid/#part",
    "https://receiver.invalid/\r\nX: 1", "https://receiver.invalid/ x", "https://收.invalid", "https://x.invalid:0",
    "https://x.invalid:99999", "https://x.invalid:x", "https://[::1", "https://x.invalid\\@127.0.0.1", "https://" + "x" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("address", NO_URLS)
def test_what_is_no_plain_web_address_is_refused(session: Session, address: str) -> None:
    with pytest.raises(BadWebhookUrl):
        runtime.create_webhook_endpoint(session, address, ["*"], actor="p")


@pytest.mark.parametrize("types", [[], ["*"] * 51, ["A"], ["a b"], [""], ["a,b"]])
def test_event_types_are_some_small_names(session: Session, types: list[str]) -> None:
    with pytest.raises(Invalid):
        runtime.create_webhook_endpoint(session, URL, types, actor="p")


def test_a_secret_is_long_and_no_two_are_alike(world: World) -> None:
    made = [world.run(runtime.create_webhook_endpoint, URL, ["escalation"]).secret for _ in range(2)]
    assert made[0] != made[1]
    for secret in made:
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_an_endpoint_is_made_listed_and_deleted_on_record(world: World) -> None:
    made = world.run(runtime.create_webhook_endpoint, URL, ["supervision", "escalation", "escalation"])
    with read(world.database) as session:
        [found] = runtime.webhook_endpoints(session)
    assert (found.url, found.event_types, found.active) == (URL, ["escalation", "supervision"], True)
    world.run(runtime.delete_webhook_endpoint, made.key)
    with read(world.database) as session:
        assert runtime.webhook_endpoints(session) == []
    with pytest.raises(NotFound):
        world.run(runtime.delete_webhook_endpoint, made.key)
    assert [event.tag for event in world.events(0)] == ["webhook-endpoint:create", "webhook-endpoint:delete"]
    assert made.secret not in str(world.events(0)), "the record tells no secrets"
