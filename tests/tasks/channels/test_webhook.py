"""What a receiver of webhooks gets and how it knows that it is from here."""

from __future__ import annotations

import base64
import hashlib
import hmac
from time import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tasks.channels import NotDelivered
from tasks.channels.webhook import Webhook, event, signed
from tests.tasks.channels.conftest import Gate, letter

if TYPE_CHECKING:
    from tasks.channels.http import Web
    from tests.support.receivers import HttpReceiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the example in the specification


def test_the_signature_is_that_of_the_specifications_example() -> None:
    body = b'{"test": 2432232314}'
    headers = signed(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_check_who_sent_it_and_knows_a_repetition(receiver: HttpReceiver, web: Web) -> None:
    said = letter(channel="webhook", address=receiver.url("/hooks"), secret=SECRET)
    Webhook(web).send(said, Gate())
    Webhook(web).send(said, Gate())
    first, second = receiver.asked
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "msg_7"
    signed_text = f"msg_7.{first.headers['webhook-timestamp']}.".encode() + first.body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed_text, hashlib.sha256).digest()).decode()
    assert first.headers["webhook-signature"] == f"v1,{expected}"
    assert abs(time() - int(first.headers["webhook-timestamp"])) < 60
    assert first.headers["content-type"].startswith("application/cloudevents+json")


def test_the_body_is_a_cloud_event_and_names_no_person(receiver: HttpReceiver, web: Web) -> None:
    said = letter(channel="webhook", address=receiver.url(), secret=SECRET)
    Webhook(web).send(said, Gate())
    body = orjson.loads(receiver.asked[0].body)
    assert body == event(said)
    assert {name: body[name] for name in ("specversion", "id", "source", "type", "subject", "time")} == {
        "specversion": "1.0", "id": "6", "source": "/notifications", "type": "bihuan.escalation",
        "subject": "2026-000123", "time": "2026-03-02T01:00:00.000Z",
    }  # fmt: skip
    assert body["data"]["recipient"] == "grid-lead@G07"
    assert said.name not in receiver.asked[0].body.decode()


def test_what_concerns_no_instance_has_no_subject() -> None:
    assert "subject" not in event(letter(case_number=None, process_instance_key=None))
    assert event(letter(case_number=None))["subject"] == "1048576"


@pytest.mark.parametrize(
    ("about", "url"),
    [
        ({}, "https://city.example/cases/2026-000123"),
        ({"case_number": None}, "https://city.example/v2/process-instances/1048576"),
        ({"case_number": None, "process_instance_key": None}, None),
    ],
)
def test_where_it_is_known_how_the_receiver_reaches_it_the_body_says_where_to_look(
    receiver: HttpReceiver, web: Web, about: dict[str, Any], url: str | None
) -> None:
    said = letter(channel="webhook", address=receiver.url(), secret=SECRET, **about)
    Webhook(web, "https://city.example").send(said, Gate())
    assert orjson.loads(receiver.asked[0].body)["data"].get("url") == url
    assert "url" not in event(said)["data"]


def test_an_endpoint_that_is_not_active_gets_nothing(receiver: HttpReceiver, web: Web) -> None:
    with pytest.raises(NotDelivered) as refused:
        Webhook(web).send(letter(channel="webhook", address=receiver.url(), secret=None), Gate())
    assert refused.value.permanent
    assert receiver.asked == []
