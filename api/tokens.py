"""The OAuth 2.0 token endpoint (RFC 6749, client credentials), for official clients of Camunda 8."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response
from pydantic import Field
from typing_extensions import TypedDict

from api.auth import claim
from api.permissions import public
from api.problems import MEDIA_TYPE
from api.replies import Reply
from api.routing import new_router

router = new_router("Authentication")

REFUSED = {
    "description": "As RFC 6749 section 5.2 wants it.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
            },
            "example": {"error": "invalid_client"},
        },
        MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
    },
}


class Token(TypedDict):
    access_token: str
    token_type: str
    expires_in: Annotated[int, Field(description="Seconds.")]


@router.post(
    "/oauth/token",
    dependencies=[public("凭据就在请求里")],
    response_model=Token,
    responses={400: REFUSED, 401: REFUSED},
)
def create_token(
    request: Request,
    grant_type: Annotated[str, Form(examples=["client_credentials"])] = "",
    client_id: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
) -> Response:
    """Exchange a client's id and secret for an access token. Errors are as RFC 6749 section 5.2 wants them."""
    if grant_type != "client_credentials":
        return Reply({"error": "unsupported_grant_type"}, 400)
    authorization = request.headers.get("authorization", "")
    if not client_id and authorization.lower().startswith("basic "):  # as section 2.3.1 prefers it
        client_id, client_secret = claim(authorization)
    issued = request.app.state.keyring.issue(client_id, client_secret)
    if issued is None:
        return Reply({"error": "invalid_client", "error_description": "没有这个客户端,或者密钥不对"}, 401)
    token, seconds = issued
    answer: Token = {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
    return Reply(answer)
