"""What an SMS gateway is asked, and what its answers are taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tasks.channels import NotDelivered
from tasks.channels.guard import Allowed
from tasks.channels.http import Unclear, Web
from tasks.channels.sms import Gateway, Sms
from tests.tasks.channels.conftest import Gate, letter

if TYPE_CHECKING:
    from tests.support.receivers import HttpReceiver

BODY = {
    "mobiles": ["{phone}"],
    "params": {"text": "【闭环】{subject}:{text}", "who": "{name}"},
    "ref": "{id}",
    "type": 1,
}


def sms(receiver: HttpReceiver, web: Web, path: str = "/", **more: Any) -> Sms:
    said: dict[str, Any] = {"headers": {"X-Token": "t"}, "body": BODY, "accepted": {}}
    return Sms(Gateway(url=receiver.url(path), **said | more), web)


def text(**changes: Any) -> Any:
    return letter(channel="sms", address="0738-0000507", **changes)


def test_the_template_is_filled_and_the_token_sent(receiver: HttpReceiver, web: Web) -> None:
    sms(receiver, web).send(text(subject="督办", text="请答复"), Gate())
    [asked] = receiver.asked
    assert orjson.loads(asked.body) == {
        "mobiles": ["0738-0000507"], "params": {"text": "【闭环】督办:请答复", "who": "样例-07格牵头"}, "ref": "msg_7", "type": 1,
    }  # fmt: skip
    assert asked.headers["x-token"] == "t"


def test_what_is_filled_in_changes_nothing_else(receiver: HttpReceiver, web: Web) -> None:
    hostile = '{phone}{name}", "mobiles": ["1"], "x": "\r\n'
    sms(receiver, web).send(text(text=hostile, subject="{text}"), Gate())
    body = orjson.loads(receiver.asked[0].body)
    assert body["mobiles"] == ["0738-0000507"]
    assert body["params"]["text"] == "【闭环】{text}:" + hostile


@pytest.mark.parametrize("path", ["/400", "/401", "/404"])
def test_a_refusal_is_for_good(receiver: HttpReceiver, web: Web, path: str) -> None:
    with pytest.raises(NotDelivered) as refused:
        sms(receiver, web, path).send(text(), Gate())
    assert refused.value.permanent


def test_a_gateway_that_fails_may_have_sent_it_unless_it_knows_repetitions(receiver: HttpReceiver, web: Web) -> None:
    with pytest.raises(Unclear):
        sms(receiver, web, "/500").send(text(), Gate())
    with pytest.raises(NotDelivered):
        sms(receiver, web, "/500", repeatable=True).send(text(), Gate())


@pytest.mark.parametrize(
    ("said", "error"),
    [(b'{"code": 0, "id": "9"}', None), (b'{"code": 12, "msg": "\xe4\xbd\x99\xe9\xa2\x9d\xe4\xb8\x8d\xe8\xb6\xb3"}', NotDelivered),
     (b"[]", NotDelivered), (b"<html>", Unclear), (b"", Unclear)],
)  # fmt: skip
def test_an_answer_of_200_can_say_no(
    receiver: HttpReceiver, web: Web, said: bytes, error: type[Exception] | None
) -> None:
    receiver.said = said
    channel = sms(receiver, web, accepted={"code": 0})
    if error is None:
        channel.send(text(), Gate())
        return
    with pytest.raises(error) as refused:
        channel.send(text(), Gate())
    assert b"code" not in said or "余额不足" in str(refused.value)


def test_a_gateway_inside_must_be_allowed(receiver: HttpReceiver) -> None:
    with pytest.raises(NotDelivered):
        sms(receiver, Web(Allowed())).send(text(), Gate())
    assert receiver.asked == []
