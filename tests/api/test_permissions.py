"""Who may do what: every route and every role against one table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import permissions
from api.app import UndeclaredRoute, create_app
from api.permissions import PERMISSIONS, Permission, Role, undeclared
from api.routing import new_router
from api.settings import Settings

if TYPE_CHECKING:
    from tests.api.conftest import Server

EVERYONE = "everyone"
# Roles by their first letters: Admin, Designer, Supervisor, desK, Integrator, Worker, Viewer, waLl.
LETTERS = {
    "A": "admin",
    "D": "designer",
    "S": "supervisor",
    "K": "desk",
    "I": "integrator",
    "W": "worker",
    "L": "wall",
    "V": "viewer",
}
MATRIX = {
    "activateJobs": "AW",
    "annulViolation": "AS",
    "assignUserTask": "ASK",
    "auditEvidence": "ASK",
    "bringEvidence": "AKI",
    "broadcastSignal": "AI",
    "cancelBatchOperation": "ADS",
    "cancelProcessInstance": "AS",
    "cancelProcessInstancesBatchOperation": "AS",
    "checkDecisions": "AD",
    "completeJob": "AW",
    "completeUserTask": "AK",
    "correlateMessage": "AI",
    "countJointOperations": "ASKIV",
    "createDeployment": "AD",
    "createElementInstanceVariables": "AS",
    "createProcessInstance": "ADI",
    "createRegisterEntry": "ASK",
    "createToken": EVERYONE,
    "createWebhookEndpoint": "A",
    "decideExemptions": "ASI",
    "deleteWebhookEndpoint": "A",
    "dryRunMigration": "ADSIV",
    "endRegisterEntry": "ASK",
    "endSuspension": "ASK",
    "evaluateDecision": "ADI",
    "excludeEvidence": "ASK",
    "failJob": "AW",
    "getAuthentication": "ADSKIWV",
    "getBatchOperation": "ADSIV",
    "getExemptionBatch": "ADSIV",
    "getCalendar": "ADSKIV",
    "getCase": "ASKIV",
    "getCasePhoto": "ASKIV",
    "getCaseProgress": EVERYONE,
    "getDeadline": "ADSKIV",
    "getDeadlineLights": "ADSKIV",
    "getDecisionDefinition": "ADSIV",
    "getDecisionDefinitionXml": "ADSIV",
    "getDecisionInstance": "ADSIV",
    "getDecisionRequirements": "ADSIV",
    "getDecisionRequirementsXml": "ADSIV",
    "getConsole": EVERYONE,  # only leads to its first page
    "getDocs": EVERYONE,
    "getDocument": "ASKIV",
    "getDocumentPage": "ASKIV",
    "getDocumentPdf": "ASKIV",
    "getElementInstance": "ADSIV",
    "getEvidence": "ASK",
    "getEvidenceFile": "ASK",
    "getForm": "ADSIV",
    "getIncident": "ADSV",
    "getLicense": "ADSKIWV",
    "getLivez": EVERYONE,
    "getOpenapiDocument": EVERYONE,
    "getProcessDefinition": "ADSIV",
    "getPublication": EVERYONE,
    "getProcessDefinitionXml": "ADSIV",
    "getProcessInstance": "ADSIV",
    "getReadyz": EVERYONE,
    "getRegister": "ADSKIV",
    "getRegisterEntry": "ADSKIV",
    "getRegisterEntryHistory": "ADSKIV",
    "getStartProcessForm": "ADSIV",
    "getStatus": "ADSKIWV",
    "getTopology": "ADSKIWV",
    "getUserTask": "ADSKIV",
    "getUserTaskForm": "ADSKIV",
    "getVariable": "ADSKIV",
    "handOverUnit": "AS",
    "importHolidayNotice": "A",
    "listCaseDocuments": "ASKIV",
    "listCases": "ASKIV",
    "listExemptionRecords": "ASI",
    "listJointOperations": "ASKIV",
    "listDocuments": "ASKIV",
    "listNotifications": "ASK",
    "listSuccessions": "ADSKIV",
    "listPublications": EVERYONE,
    "listRegisters": "ADSKIV",
    "listWebhookEndpoints": "A",
    "mergeRegisterEntry": "ASK",
    "migrateProcessInstance": "ADS",
    "migrateProcessInstancesBatchOperation": "ADS",
    "modifyProcessInstance": "AS",
    "modifyProcessInstancesBatchOperation": "AS",
    "openExemption": "ASK",
    "pinClock": "A",
    "planMigration": "ADSIV",
    "publishMessage": "AI",
    "putRegisterEntry": "ASK",
    "readNotification": "ASK",
    "recordStatement": "ASK",
    "reportCase": EVERYONE,
    "requestAppeal": "ASK",
    "requestExtension": "ASK",
    "requestJointRectification": "ASK",
    "requestSuspension": "ASK",
    "resendDelivery": "AS",
    "resetClock": "A",
    "resolveIncident": "AS",
    "resolveIncidentsBatchOperation": "AS",
    "resolveProcessInstanceIncidents": "AS",
    "restartProcessInstance": "AS",
    "resumeBatchOperation": "ADS",
    "resumeProcessInstance": "AS",
    "resumeProcessInstancesBatchOperation": "AS",
    "revealDocument": "ASK",
    "revealRegisterEntry": "AS",
    "searchBatchOperationItems": "ADSIV",
    "searchBatchOperations": "ADSIV",
    "searchDeadlines": "ADSKIV",
    "searchDecisionDefinitions": "ADSIV",
    "searchDecisionInstances": "ADSIV",
    "searchDecisionRequirements": "ADSIV",
    "searchDeliveries": "AS",
    "searchElementInstances": "ADSIV",
    "searchEscalations": "ADSKIV",
    "searchEvidence": "ASK",
    "searchIncidents": "ADSV",
    "searchProcessDefinitions": "ADSIV",
    "searchProcessInstanceIncidents": "ADSV",
    "searchProcessInstances": "ADSIV",
    "searchRegisterEntries": "ADSKIV",
    "searchUserTaskVariables": "ADSKIV",
    "searchUserTasks": "ADSKIV",
    "searchVariables": "ADSKIV",
    "searchViolations": "ASK",
    "skipIncident": "AS",
    "superviseDeadline": "ASK",
    "suspendBatchOperation": "ADS",
    "suspendProcessInstance": "AS",
    "suspendProcessInstancesBatchOperation": "AS",
    "throwJobError": "AW",
    "unassignUserTask": "ASK",
    "updateJob": "AS",
    "updateUserTask": "ASK",
    "urgeUserTask": "ASK",
    "verifyEvidence": "ASK",
    "withdrawDocument": "AS",
}
NOBODY = {401}
REFUSED = {401, 403}


def routes(app: FastAPI) -> dict[str, APIRoute]:
    return {route.unique_id: route for route in app.routes if isinstance(route, APIRoute)}


def test_the_matrix_names_every_route_and_no_other(server: Server):
    assert set(routes(server.app)) == set(MATRIX)


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_lets_in_whom_the_matrix_says(server: Server, role: Role | None):
    got = {}
    with server.client(role) as client:
        for name, route in routes(server.app).items():
            path = re.sub(r"\{\w+\}", "1", route.path)
            (method,) = route.methods
            got[name] = client.request(method, path, headers={"query-code": "x"}).status_code not in REFUSED
    # The token endpoint answers 400 to an empty form, the clock 400 to an empty body: let in is what is not refused.
    allowed = {
        name: roles == EVERYONE or (role in {LETTERS[letter] for letter in roles}) for name, roles in MATRIX.items()
    }
    assert got == allowed


def test_wrong_credentials_are_401_even_where_none_are_needed(server: Server):
    with server.client(None, authorization="Bearer nobody.secret") as client:
        for name in ("reportCase", "getCaseProgress", "searchUserTasks"):
            route = routes(server.app)[name]
            (method,) = route.methods
            answer = client.request(method, route.path.replace("{number}", "1"))
            assert answer.status_code == 401, name
            assert answer.json()["code"] == "INVALID_TOKEN"


def test_a_route_without_a_permission_is_found_and_not_served(tmp_path, monkeypatch: pytest.MonkeyPatch):
    router = new_router("Test")

    @router.get("/forgotten")
    def forgotten() -> None: ...

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.routes.extend(router.routes)
    assert list(undeclared(app)) == ["/forgotten"]

    monkeypatch.setattr("api.health.router", router)
    with pytest.raises(UndeclaredRoute, match="/forgotten"):
        create_app(Settings(address=f"sqlite:///{tmp_path / 'x.db'}", data=tmp_path))


def test_every_permission_is_needed_by_a_route_or_a_dependency(server: Server):
    declared = {
        check.permission
        for route in routes(server.app).values()
        for check in permissions.declarations(route)
        if isinstance(check, permissions.Check)
    }
    assert declared | {Permission.PERSON_ACT, Permission.CASE_REPORT, Permission.WALL_READ} == set(Permission)
    assert set(PERMISSIONS) == set(Role)
