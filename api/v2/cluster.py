"""What official clients ask about the server itself: topology, licence, status, who am I."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from typing_extensions import TypedDict

from api.auth import Caller, authenticate
from api.permissions import Permission, needs
from api.replies import TENANT, Reply, no_content
from api.routing import new_router
from api.settings import VERSION

router = new_router("Cluster", "/v2", dependencies=[needs(Permission.CLUSTER_READ)])


class Topology(TypedDict):
    brokers: list[dict[str, Any]]
    clusterId: str | None
    clusterSize: int
    partitionsCount: int
    replicationFactor: int
    gatewayVersion: str
    lastCompletedChangeId: str


class License(TypedDict):
    validLicense: bool
    licenseType: str
    isCommercial: bool
    expiresAt: str | None


@router.get("/topology", response_model=Topology)
async def get_topology(request: Request) -> Response:
    """One server, one partition: the database is the cluster."""
    partition = {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    host, port = request.scope.get("server") or ("localhost", 0)
    broker = {"nodeId": 0, "brokerId": "0", "host": host, "port": port or 0, "version": VERSION}
    topology: Topology = {
        "brokers": [{**broker, "partitions": [partition]}],
        "clusterId": "bihuan",
        "clusterSize": 1,
        "partitionsCount": 1,
        "replicationFactor": 1,
        "gatewayVersion": VERSION,
        "lastCompletedChangeId": "-1",
    }
    return Reply(topology)


@router.get("/license", response_model=License)
async def get_license() -> Response:
    """Free software."""
    free: License = {"validLicense": True, "licenseType": "Apache-2.0", "isCommercial": False, "expiresAt": None}
    return Reply(free)


@router.get("/status", status_code=204)
async def get_status() -> Response:
    """The server answers."""
    return no_content()


@router.get("/authentication/me", response_model=dict[str, Any])
async def get_authentication(caller: Annotated[Caller, Depends(authenticate)]) -> Response:
    """The client behind the credentials, and its roles."""
    return Reply(
        {
            "username": caller.client_id,
            "displayName": caller.client_id,
            "email": None,
            "authorizedComponents": [],
            "tenants": [{"tenantId": TENANT, "name": "Default", "description": None}],
            "groups": [],
            "roles": list(caller.roles),
            "salesPlanType": None,
            "c8Links": {},
            "canLogout": False,
        }
    )
