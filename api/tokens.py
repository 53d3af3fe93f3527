"""The OAuth 2.0 token endpoint (RFC 6749, client credentials), for official clients of Camunda 8."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form, Request, Response

from api.permissions import public
from api.replies import Reply
from api.routing import new_router

router = new_router("Authentication")


@router.post(
    "/oauth/token",
    dependencies=[public("凭据就在请求里")],
    response_model=dict[str, Any],
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
    issued = request.app.state.keyring.issue(client_id, client_secret)
    if issued is None:
        return Reply({"error": "invalid_client", "error_description": "没有这个客户端,或者密钥不对"}, 401)
    token, seconds = issued
    return Reply({"access_token": token, "token_type": "Bearer", "expires_in": seconds})
