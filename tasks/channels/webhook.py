"""Webhooks: a CloudEvents 1.0 body with a Standard Webhooks signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC
from time import time
from typing import TYPE_CHECKING, Any

import orjson

from tasks import links
from tasks.channels import NotDelivered
from tasks.channels.http import Web, judge, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.runtime import Letter

SOURCE = "/notifications"
MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"


class Webhook:
    """Tells another system. It may be told twice, under the same ``webhook-id``."""

    repeatable = True

    def __init__(self, web: Web, base: str = "") -> None:
        self._web = web
        self._base = base  # of links; empty: none

    def send(self, letter: Letter, hand_over: Callable[[], None]) -> None:
        if letter.secret is None:
            raise NotDelivered("Webhook 已停用 (the endpoint is not active any more)", permanent=True)
        body = orjson.dumps(event(letter, self._base))
        headers = {"Content-Type": MEDIA_TYPE, **signed(letter.secret, letter.id, int(time()), body)}
        judge(post(self._web, letter.address, headers, body, hand_over), repeatable=self.repeatable)


def event(letter: Letter, base: str = "") -> dict[str, Any]:
    """The body: what happened and to what. No person is named: personal data do not leave the system by themselves.

    ``url`` leads to the case, else to the process instance, where it is known how the receiver reaches them.
    """
    instance = letter.process_instance_key
    about = letter.case_number or (str(instance) if instance else None)
    return {
        "specversion": "1.0",
        "id": str(letter.notification_key),
        "source": SOURCE,
        "type": f"bihuan.{letter.kind}",
        "time": letter.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **({"subject": about} if about else {}),
        "datacontenttype": "application/json",
        "data": {
            "recipient": letter.recipient,
            "subject": letter.subject,
            "text": letter.text,
            "caseNumber": letter.case_number,
            "processInstanceKey": str(instance) if instance else None,
            **({"url": url} if (url := _url(letter, base)) else {}),
        },
    }


def _url(letter: Letter, base: str) -> str | None:
    if not base:
        return None
    if letter.case_number:
        return links.of_case(base, letter.case_number)
    return links.of_instance(base, letter.process_instance_key) if letter.process_instance_key else None


def signed(secret: str, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0; ``secret`` is ``whsec_<base64>``, ``timestamp`` in seconds."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join((id.encode(), str(timestamp).encode(), body))
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
