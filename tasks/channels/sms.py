"""SMS by a city's gateway: one HTTP POST of JSON. A gateway that wants more is a class of its own like this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from tasks.channels import NotDelivered
from tasks.channels.http import Answer, Unclear, Web, judge, post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workflows.runtime import Letter

SHOWN = 200  # characters of an answer that says no


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a gateway wants.

    In ``body`` the texts may hold ``{phone}``, ``{text}``, ``{subject}``, ``{name}`` and ``{id}``.
    ``accepted``: what an answer says when the message was taken, beside other things; empty: any 2xx says so.
    ``repeatable``: it sends one message for one ``{id}``, however often it is asked.
    """

    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    accepted: Mapping[str, Any]
    repeatable: bool = False


class Sms:
    """Sends short messages through an HTTP gateway."""

    def __init__(self, gateway: Gateway, web: Web) -> None:
        self._gateway = gateway
        self._web = web

    @property
    def repeatable(self) -> bool:
        return self._gateway.repeatable

    def send(self, letter: Letter, hand_over: Callable[[], None]) -> None:
        values = {
            "{phone}": letter.address,
            "{text}": letter.text,
            "{subject}": letter.subject,
            "{name}": letter.name,
            "{id}": letter.id,
        }
        body = orjson.dumps(_filled(dict(self._gateway.body), values))
        headers = {"Content-Type": "application/json; charset=utf-8", **self._gateway.headers}
        answer = post(self._web, self._gateway.url, headers, body, hand_over)
        judge(answer, repeatable=self.repeatable)
        self._read(answer)

    def _read(self, answer: Answer) -> None:
        """Many gateways say 200 and mean no."""
        wanted = self._gateway.accepted
        if not wanted:
            return
        try:
            said = orjson.loads(answer.body)
        except orjson.JSONDecodeError as error:
            raise Unclear("短信网关的回答不是 JSON (the answer is no JSON)") from error
        if not isinstance(said, dict) or any(said.get(name) != value for name, value in wanted.items()):
            shown = answer.body.decode("utf-8", "replace")[:SHOWN]
            raise NotDelivered(f"短信网关没有接收:{shown} (not accepted)", down=True)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """The template with its places filled, in texts only: nothing that is said can become part of the structure."""
    match template:
        case str():
            return _replaced(template, values)
        case dict():
            return {name: _filled(item, values) for name, item in template.items()}
        case list():
            return [_filled(item, values) for item in template]
        case _:
            return template


def _replaced(text: str, values: Mapping[str, str]) -> str:
    """In one pass: what is filled in is not looked through again."""
    out, rest = "", text
    while rest:
        name = next((name for name in values if rest.startswith(name)), rest[0])
        out += values.get(name, name)
        rest = rest[len(name) :]
    return out
