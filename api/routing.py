"""Routes: how their bodies are read and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, params
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel

from api.bodies import is_multipart, json_body, require_json

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from fastapi import Response

MAX_FORM_PARTS = 50


class StrictRequest(Request):
    """A request whose JSON is read by ``parse_json`` and whose forms have few parts."""

    async def json(self) -> Any:
        return await json_body(self)

    def form(self, **_: Any) -> Any:
        return super().form(max_files=MAX_FORM_PARTS, max_fields=MAX_FORM_PARTS)


class StrictRoute(APIRoute):
    """The route class of every router of ours."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, params.Form)

        async def handle(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if not is_multipart(strict):
                await strict.body()  # before a session is taken: who sends slowly holds nobody else up
            if takes_json and await strict.body():
                require_json(strict)
            return await handler(strict)

        return handle


def new_router(tag: str, prefix: str = "", dependencies: Sequence[params.Depends] = ()) -> APIRouter:
    """A router whose routes go into the app one by one: included routers are matched again on every level."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        dependencies=dependencies,
        route_class=StrictRoute,
        generate_unique_id_function=operation_id,
    )


def operation_id(route: APIRoute) -> str:
    """``searchUserTasks``, as Camunda 8 calls it."""
    return to_camel(route.name)
