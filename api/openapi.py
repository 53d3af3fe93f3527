"""The one OpenAPI document, completed from what the routes declare: who may, and how each can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.permissions import PERMISSIONS, Check, declarations, public
from api.problems import MEDIA_TYPE, TITLES
from api.replies import Reply
from api.routing import new_router

if TYPE_CHECKING:
    from fastapi import FastAPI

TITLE = "bihuan 闭环"
DESCRIPTION = """\
Orchestrates urban-governance processes. Under `/v2` stands the Camunda 8 Orchestration Cluster REST API, so that
its official clients work unchanged; under `/cases` the citizens' matters.

Keys are 64-bit integers, written as strings. Moments are RFC 3339 with a zone.
Errors are problem details (RFC 9457) with a stable `code`.
"""

POINTER = {
    "type": "string",
    "description": "A JSON Pointer (RFC 6901) into the body; else `path/`, `query/` or `header/` and a name.",
    "examples": ["/variables/result", "query/limit"],
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["about:blank"]},
        "title": {"type": "string", "examples": ["NOT_FOUND"]},
        "status": {"type": "integer", "examples": [404]},
        "detail": {"type": "string", "description": "For people.", "examples": ["没有编号为 1048577 的用户任务"]},
        "instance": {"type": "string", "examples": ["/v2/user-tasks/1048577"]},
        "code": {"type": "string", "description": "For programs; it stays.", "examples": ["NOT_FOUND"]},
        "errors": {
            "type": "array",
            "description": "The places at fault.",
            "items": {
                "type": "object",
                "properties": {"pointer": POINTER, "detail": {"type": "string"}},
            },
        },
    },
}

SECURITY = {
    "oauth": {
        "type": "oauth2",
        "description": "Client credentials, as the official Camunda 8 clients use them.",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "`<client id>.<secret>`"},
    "basic": {"type": "http", "scheme": "basic", "description": "Client id and secret."},
}

# What any route can answer, by what it is. 500 is never meant.
EVERY = {400, 404, 429, 503}
CHECKED = {401, 403}
WRITING = {409, 413, 415, 422}

router = new_router("OpenAPI")


@router.get("/openapi.json", include_in_schema=False, dependencies=[public("接口说明,不含数据")])
def get_openapi_document(request: Request) -> Response:
    return Reply(request.app.openapi())


def document(app: FastAPI) -> dict[str, Any]:
    """Made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=TITLE,
            version=app.version,
            summary="Processes of a city, from a citizen's report to a closed and rated case.",
            description=DESCRIPTION,
            routes=app.routes,
            servers=[{"url": "/"}],
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            separate_input_output_schemas=False,
        )
        components = made.setdefault("components", {})
        components["securitySchemes"] = SECURITY
        components.setdefault("schemas", {})["Problem"] = PROBLEM
        for unused in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(unused, None)
        components["responses"] = {str(status): _answer(title) for status, title in TITLES.items()}
        for route in app.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                for method in route.methods or ():
                    _complete(made["paths"][route.path_format][method.lower()], route, method)
        app.openapi_schema = made
    return app.openapi_schema


def _answer(title: str) -> dict[str, Any]:
    return {"description": title, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _complete(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    checks = [declared for declared in declarations(route) if isinstance(declared, Check)]
    statuses = EVERY | (CHECKED if checks else {401}) | (WRITING if method != "GET" else set())
    if any(header.alias == "if-match" for header in route.dependant.header_params):
        statuses |= {412}
    responses = operation["responses"]
    responses.pop("422", None)
    for status in sorted(statuses):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{status}"})
    operation["security"] = [{scheme: []} for scheme in SECURITY] if checks else []
    if checks:
        wanted = {check.permission for check in checks}
        roles = ", ".join(role for role, permissions in PERMISSIONS.items() if wanted <= permissions)
        note = f"Permission: {', '.join(f'`{permission}`' for permission in sorted(wanted))}. Roles: {roles}."
        operation["description"] = f"{operation.get('description', '')}\n\n{note}".strip()
