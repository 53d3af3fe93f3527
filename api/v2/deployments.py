"""Deployments: diagrams, decisions, forms, registers and templates, all of them or none."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import Field
from starlette.datastructures import UploadFile
from typing_extensions import TypedDict

from api.bodies import check_form, require_multipart
from api.permissions import Actor, Permission, needs
from api.problems import Problem
from api.replies import TENANT, Reply
from api.routing import new_router
from api.sessions import WriteSession, in_reading_room
from workflows import runtime
from workflows.runtime import Bundle, Resource
from workflows.store.queries.listings import requirements_versions

router = new_router("Resource", "/v2")


class DeployedThing(TypedDict):
    """One of the members is there, the others are null."""

    processDefinition: dict[str, Any] | None
    decisionDefinition: dict[str, Any] | None
    decisionRequirements: dict[str, Any] | None
    form: dict[str, Any] | None
    resource: dict[str, Any] | None


class DeploymentReply(TypedDict):
    deploymentKey: str
    tenantId: str
    deployments: list[DeployedThing]
    warnings: Annotated[list[dict[str, Any]], Field(description="What runs but may not be meant.")]


async def uploaded(request: Request) -> list[Resource]:
    """Every file of the form, whatever its part is called."""
    require_multipart(request)
    async with request.form() as form:
        check_form(form)
        if form.get("tenantId", TENANT) != TENANT:
            raise Problem(400, f"tenantId:只有一个租户 {TENANT}")
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if not files:
            raise Problem(400, "没有文件:请用 multipart/form-data 的 resources 上传", code="NO_RESOURCES")
        return [Resource(_name(file), await file.read()) for file in files]


def _name(file: UploadFile) -> str:
    name = file.filename or ""
    if not name or len(name) > 255 or not name.isprintable():  # noqa: PLR2004
        raise Problem(400, f"文件名 {name[:40]!r} 不能用:1 到 255 个可见字符", code="BAD_FILE_NAME")
    return name


async def read_uploaded(request: Request, resources: Annotated[list[Resource], Depends(uploaded)]) -> Bundle:
    return await in_reading_room(request, runtime.read, resources)


FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["resources"],
                "properties": {
                    "resources": {
                        "type": "array",
                        "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                        "description": "*.bpmn, *.dmn, forms/*.json, registers/*.json, documents/*",
                    },
                    "tenantId": {"type": "string", "const": TENANT, "examples": [TENANT]},
                },
            }
        }
    },
}


@router.post(
    "/deployments",
    dependencies=[needs(Permission.RESOURCE_CREATE)],
    response_model=DeploymentReply,
    openapi_extra={"requestBody": FORM},
)
def create_deployment(
    bundle: Annotated[Bundle, Depends(read_uploaded)], session: WriteSession, actor: Actor
) -> Response:
    """Deploy files together. 400 names element, reason and hint of what cannot run right; then nothing is deployed."""
    result = runtime.deploy(session, bundle, actor=actor)
    requirements = {row["requirements_key"]: row for row in result.decisions}
    versions = requirements_versions(session, list(requirements))
    return Reply(
        {
            "deploymentKey": str(result.deployment_key),
            "tenantId": TENANT,
            "deployments": [
                *(_thing(processDefinition=_process(row)) for row in result.processes),
                *(_thing(decisionDefinition=_decision(row)) for row in result.decisions),
                *(_thing(decisionRequirements=_requirements(row, versions[key])) for key, row in requirements.items()),
                *(_thing(form=_form(row)) for row in result.forms),
                *(_thing(resource=_register(row)) for row in result.registers),
                *(_thing(resource=_register(row, ".schema")) for row in result.schemas),
                *(_thing(resource=_template(row)) for row in result.templates),
            ],
            "warnings": result.warnings,
        }
    )


def _thing(**one: dict[str, Any]) -> DeployedThing:
    nothing = dict.fromkeys(DeployedThing.__annotations__)
    return nothing | one  # type: ignore[return-value]


def _process(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "processDefinitionKey": str(row["key"]),
        "processDefinitionId": row["process_id"],
        "processDefinitionVersion": row["version"],
        "resourceName": row["resource_name"],
        "tenantId": TENANT,
    }


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "decisionDefinitionKey": str(row["key"]),
        "decisionDefinitionId": row["decision_id"],
        "name": row["name"],
        "version": row["version"],
        "decisionRequirementsId": row["requirements_id"],
        "decisionRequirementsKey": str(row["requirements_key"]),
        "tenantId": TENANT,
    }


def _requirements(row: dict[str, Any], version: int) -> dict[str, Any]:
    return {
        "decisionRequirementsKey": str(row["requirements_key"]),
        "decisionRequirementsId": row["requirements_id"],
        "decisionRequirementsName": row["requirements_name"],
        "version": version,
        "resourceName": row["resource_name"],
        "tenantId": TENANT,
    }


def _form(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "formKey": str(row["key"]),
        "formId": row["form_id"],
        "version": row["version"],
        "resourceName": row["resource_name"],
        "tenantId": TENANT,
    }


def _register(row: dict[str, Any], kind: str = "") -> dict[str, Any]:
    return {
        "resourceKey": str(row["key"]),
        "resourceId": f"{row['pack']}/{row['name']}{kind}",
        "resourceName": row["resource_name"],
        "version": row["version"],
        "tenantId": TENANT,
    }


def _template(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceKey": str(row["key"]),
        "resourceId": row["template_id"],
        "resourceName": row["resource_name"],
        "version": row["version"],
        "tenantId": TENANT,
    }
