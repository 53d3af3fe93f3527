"""Every error a client sees: RFC 9457 problem details with the members Camunda 8's clients require."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from workflows.runtime.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, TooLarge
from workflows.store import Busy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI, Request

MEDIA_TYPE = "application/problem+json"

# Status → title, in the words Camunda 8 uses.
TITLES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "INVALID_STATE",
    412: "PRECONDITION_FAILED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "UNPROCESSABLE_CONTENT",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "RESOURCE_EXHAUSTED",
    504: "DEADLINE_EXCEEDED",
}

# Kind of refusal → status; the first that fits.
STATUS = {TooLarge: 413, Invalid: 400, Forbidden: 403, NotFound: 404, Conflict: 409}

# What the framework says in English → what people read.
SENTENCES = {404: "没有这个地址", 405: "这个地址不支持该方法"}
VALIDATION = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项",
    "string_type": "必须是文字",
    "int_type": "必须是整数",
    "int_parsing": "必须是整数",
    "int_from_float": "必须是整数",
    "bool_type": "必须是 true 或 false",
    "bool_parsing": "必须是 true 或 false",
    "dict_type": "必须是对象",
    "list_type": "必须是列表",
    "model_attributes_type": "必须是对象",
    "model_type": "必须是对象",
    "datetime_type": "必须是带时区的时间",
    "datetime_parsing": "必须是带时区的时间",
    "datetime_from_date_parsing": "必须是带时区的时间",
    "timezone_aware": "必须是带时区的时间",
    "enum": "只能是 {expected}",
    "literal_error": "只能是 {expected}",
    "none_required": "只能是 null",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "too_long": "最多 {max_length} 项",
}


class Problem(HTTPException):
    """The request cannot be answered."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code or _title(status)
        self.errors = list(errors)


def render(request: Request, problem: Problem) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _title(problem.status_code),
        "status": problem.status_code,
        "detail": problem.detail,
        "instance": request.url.path,
        "code": problem.code,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return Response(
        orjson.dumps(_printable(body)), problem.status_code, media_type=MEDIA_TYPE, headers=dict(problem.headers or {})
    )


def as_problem(error: Exception) -> Problem:
    """What is said about any exception. What nobody foresaw is a 500 that tells nothing of the inside."""
    match error:
        case Problem():
            return error
        case HTTPException():
            detail = SENTENCES.get(error.status_code, str(error.detail))
            return Problem(error.status_code, detail, headers=error.headers)
        case RequestValidationError():
            return _invalid(error)
        case Refusal():
            status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)
            errors = [
                {"detail" if name == "message" else name: it for name, it in item.items()} for item in error.details
            ]
            return Problem(status, str(error), code=error.code, errors=errors)
        case Busy() | OperationalError() if _is_passing(error):
            detail = "数据库正忙,没有做任何改动,请稍后重试"
            return Problem(503, detail, code="DATABASE_BUSY", headers={"Retry-After": "1"})
        case _:
            return Problem(500, "服务器内部错误,没有做任何改动")


def install(app: FastAPI) -> None:
    """One handler for everything that can be raised."""

    def handle(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        if problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            problem.headers = {"Allow": _allowed(request)}
        return render(request, problem)

    for kind in (HTTPException, RequestValidationError, Refusal, Busy, OperationalError, Exception):
        app.add_exception_handler(kind, handle)


def _allowed(request: Request) -> str:
    """Every method of this address (RFC 9110, 15.5.6); the framework names those of one route only."""
    here = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for route in here for method in route.methods}))


def pointer(location: Sequence[int | str]) -> str:
    """A validation error's place: a JSON Pointer (RFC 6901) into the body, else ``query/name`` and the like."""
    source, *path = location
    escaped = [str(part).replace("~", "~0").replace("/", "~1") for part in path]
    return "/".join(["" if source == "body" else str(source), *escaped])


def _invalid(error: RequestValidationError) -> Problem:
    errors = [{"pointer": pointer(item["loc"]), "detail": _said(item)} for item in error.errors()]
    place, reason = errors[0]["pointer"] or "请求体", errors[0]["detail"]
    return Problem(400, f"{place}:{reason}", errors=errors)


def _said(item: Mapping[str, Any]) -> str:
    """In our words; what a validator of ours said stays, without pydantic's words before it."""
    if sentence := VALIDATION.get(item["type"]):
        return sentence.format_map(item.get("ctx", {}))
    return str(item["msg"]).removeprefix("Value error, ")


def _is_passing(error: Busy | OperationalError) -> bool:
    """Whether it will be over by itself, or when someone makes room."""
    text = str(error).lower()
    return isinstance(error, Busy) or any(
        sign in text for sign in ("locked", "busy", "timeout", "connection", "disk is full", "deadlock")
    )


def _title(status: int) -> str:
    return TITLES.get(status, HTTPStatus(status).name)


def _printable(value: Any) -> Any:
    """Lone surrogates made visible: a problem about bad text must itself be good text."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {_printable(key): _printable(item) for key, item in value.items()}
        case list():
            return [_printable(item) for item in value]
        case _:
            return value
