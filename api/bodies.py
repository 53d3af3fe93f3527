"""Reading request bodies: limits before anything is parsed, and JSON without the corners where parsers disagree."""

from __future__ import annotations

import json
import math
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fastapi import Request

from api.problems import Problem, as_problem, render
from workflows.store.json import MAX_DEPTH, NotJson, clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.settings import Settings

# What is read and thrown away of a body that is too large, so that the client is still there to hear the answer.
DRAIN_BYTES = 128 * 1024 * 1024
LARGEST_EXPONENT = 308  # of ten, what a double can hold


def parse_json(body: bytes) -> Any:
    """RFC 8259 and RFC 7493 (I-JSON): UTF-8, no duplicate names, no NaN, numbers of a sane size, every digit kept."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_members,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise Problem(400, f"请求体不是 UTF-8 文本:第 {error.start} 字节", code="NOT_JSON") from error
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行第 {error.colno} 列"
        raise Problem(400, f"请求体不是 JSON:{where},{error.msg}", code="NOT_JSON") from error
    except RecursionError as error:
        raise Problem(400, f"请求体嵌套超过 {MAX_DEPTH} 层", code="NOT_JSON") from error
    try:
        return clean(value)
    except NotJson as error:
        raise as_problem(error) from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        (double, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise Problem(400, f"名称 {double[:40]!r} 在同一个对象里出现了两次", code="DUPLICATE_NAME")
    return members


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if number and abs(number.adjusted()) > LARGEST_EXPONENT:
        raise Problem(400, f"数值 {text[:40]} 超出范围", code="NUMBER_OUT_OF_RANGE")
    return number


def _integer(text: str) -> int:
    if len(text) > LARGEST_EXPONENT:
        raise Problem(400, f"数值 {text[:40]}… 超出范围", code="NUMBER_OUT_OF_RANGE")
    return int(text)


def _constant(text: str) -> None:
    raise Problem(400, f"{text} 不是 JSON 数值", code="NOT_JSON")


def require_json(request: Request) -> None:
    """Problem 415 where the client says that its body is something else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Problem(415, f"请求体必须是 application/json,而不是 {kind or '没有说明的类型'}")


def is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


def require_multipart(request: Request) -> None:
    """Problem 415 where the body is no form with files."""
    if not is_multipart(request):
        raise Problem(415, "请求体必须是 multipart/form-data")


def is_lines(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in {"application/jsonl", "application/x-ndjson"}


def require_lines(request: Request) -> None:
    """Problem 415 where the body is not one JSON value a line."""
    if not is_lines(request.headers.get("content-type", "")):
        raise Problem(415, "请求体必须是 application/jsonl:每行一个 JSON 对象")


async def json_body(request: Request) -> Any:
    require_json(request)
    return parse_json(await request.body())


def check_form(form: FormData) -> None:
    """NotJson where a text or a file name holds what no database takes."""
    for name, value in form.multi_items():
        clean(name)
        clean(value if isinstance(value, str) else value.filename)


class Gate:
    """The first thing a request meets: refuses bodies that are packed or over the limit, and addresses with a NUL."""

    def __init__(
        self, app: ASGIApp, settings: Settings, render: Callable[[Request, Problem], Response] = render
    ) -> None:
        self.app = app
        self.settings = settings
        self.render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = self._limit(headers.get(b"content-type", b""))
        if b"%00" in scope["raw_path"] or b"%00" in scope["query_string"]:
            await self._refuse(scope, receive, send, Problem(400, "地址里含有空字符 U+0000", code="NUL_IN_ADDRESS"))
            return
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            await self._refuse(scope, receive, send, _compressed())
            return
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await self._drain(receive)
            await self._refuse(scope, receive, send, _too_large(limit))
            return
        await self.app(scope, _counting(receive, limit), _guarding(send))

    def _limit(self, content_type: bytes) -> int:
        large = content_type.lower().startswith(b"multipart/form-data") or is_lines(content_type.decode("latin-1"))
        return self.settings.max_upload_bytes if large else self.settings.max_body_bytes

    async def _drain(self, receive: Receive) -> None:
        seen, more = 0, True
        while more and seen < DRAIN_BYTES:
            message = await receive()
            seen += len(message.get("body", b""))
            more = message.get("more_body", False)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, problem: Problem) -> None:
        await self.render(Request(scope), problem)(scope, receive, send)


def _counting(receive: Receive, limit: int) -> Receive:
    """A body sent in chunks declares no length: count it."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large(limit)
        return message

    return counted


def _guarding(send: Send) -> Send:
    """No browser may guess what an answer of ours is, or keep it where it is not said that it may."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            kept = any(name == b"cache-control" for name, _ in given)
            message["headers"] = [
                *given,
                (b"x-content-type-options", b"nosniff"),
                *([] if kept else [(b"cache-control", b"no-store")]),
            ]
        await send(message)

    return guarded


def _compressed() -> Problem:
    """Nothing is unpacked here: a few bytes of gzip are gigabytes of JSON."""
    return Problem(415, "请求体不能压缩:Content-Encoding 只能是 identity", headers={"Accept-Encoding": "identity"})


def _too_large(limit: int) -> Problem:
    size = f"{math.ceil(limit / 1024 / 1024 * 10) / 10:g} MB"
    return Problem(413, f"请求体超过 {size}", code="PAYLOAD_TOO_LARGE")
