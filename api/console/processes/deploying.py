"""Deployment: chosen files are looked through first, with what would become new; then they are deployed."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData, UploadFile

from api.bodies import check_form
from api.console.pages import go, page
from api.console.people import SignedIn, Staff, may
from api.permissions import Permission
from api.problems import Problem, as_problem
from api.routing import new_router
from api.sessions import ReadSession, WriteSession, in_reading_room
from workflows import runtime
from workflows.engine.xml import shown as shown_xml
from workflows.intake.files import DEPLOYED
from workflows.runtime import Bundle, Resource
from workflows.runtime.errors import Refusal, Refused
from workflows.store.json import dumps, loads
from workflows.store.queries import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from workflows.runtime import DeploymentResult

router = new_router("Console")
DEPLOYS = may(Permission.RESOURCE_CREATE)
NOTHING = "没有可以部署的文件:请选择文件,或选择流程包的文件夹"
MAX_HELD = 900_000  # characters that a field of a form may have
#: What a deployment makes, in the order in which it is told: the column with its name for all versions.
KINDS = {
    "processes": "process_id",
    "decisions": "decision_id",
    "forms": "form_id",
    "registers": "name",
    "schemas": "name",
    "templates": "template_id",
}


@dataclass
class Sent:
    """The files that were chosen, read or refused, and as they go along to the confirmation."""

    files: list[Resource] = field(default_factory=list)
    bundle: Bundle | None = None
    problem: Problem | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)  # by which a deployment was refused

    def refuse(self, refused: Problem | Refusal) -> None:
        self.problem = as_problem(refused)
        self.findings = list(refused.details) if isinstance(refused, Refused) else []

    @property
    def held(self) -> str:
        """Empty where they are too large to go along: they are chosen again then."""
        plain = dumps([[file.name, b64encode(file.content).decode()] for file in self.files]).encode()
        packed = b64encode(zlib.compress(plain)).decode()
        return packed if len(packed) <= MAX_HELD else ""


async def sent(request: Request, _staff: SignedIn) -> Sent:
    """Read before a session is taken: it is asked for first. What is wrong is told by the page."""
    found = Sent()
    try:
        async with request.form() as form:
            check_form(form)
            found.files = await _files(form, request.app.state.settings.max_upload_bytes)
        found.bundle = await in_reading_room(request, runtime.read, found.files)
    except (Problem, Refusal) as refused:
        found.refuse(refused)
    return found


Chosen = Annotated[Sent, Depends(sent)]


@router.get("/processes/deploy", dependencies=[DEPLOYS])
def get_deploy(request: Request, session: ReadSession, staff: SignedIn) -> Response:
    return _shown(request, session, staff, Sent())


@router.post("/processes/deploy", dependencies=[DEPLOYS])
def post_deploy(request: Request, staff: SignedIn, chosen: Chosen, session: ReadSession) -> Response:
    """What they would become, and what is wrong with them at which element; nothing is written."""
    result = None
    if chosen.bundle is not None:
        try:
            result = runtime.dry_run_deployment(session, chosen.bundle)
        except Refusal as refused:
            chosen.refuse(refused)
    return _shown(request, session, staff, chosen, result)


@router.post("/processes/deploy/confirm", dependencies=[DEPLOYS])
def post_confirm(request: Request, staff: SignedIn, chosen: Chosen, session: WriteSession) -> Response:
    """Deploy them. It is looked through anew: what is deployed may have changed since."""
    if chosen.bundle is not None:
        try:
            with session.begin_nested():
                done = runtime.deploy(session, chosen.bundle, actor=staff.person)
        except Refusal as refused:
            chosen.refuse(refused)
        else:
            first = next(iter(done.processes), None)
            return go(request, f"/processes/{first['key']}" if first else "/processes", "deployed")
    return _shown(request, session, staff, chosen)


async def _files(form: FormData, most: int) -> list[Resource]:
    """Those that were chosen, or that went along. Problem where there is none."""
    if held := str(form.get("held", "")):
        return _unpacked(held, most)
    sent = [(name, file) for name in ("files", "folder") for file in form.getlist(name) if isinstance(file, UploadFile)]
    files = [
        Resource(file.filename, await file.read())
        for name, file in sent
        if file.filename and (name == "files" or _is_deployed(file.filename))
    ]
    if not files:
        raise Problem(400, NOTHING, code="NO_RESOURCES")
    return files


def _is_deployed(name: str) -> bool:
    """Of a folder only what a pack deploys: neither its scenarios nor its README."""
    within = PurePosixPath(*PurePosixPath(name).parts[1:])
    return any(within.match(pattern) and len(within.parts) == len(PurePosixPath(pattern).parts) for pattern in DEPLOYED)


def _unpacked(held: str, most: int) -> list[Resource]:
    """What went along. Problem for anything else."""
    inflate = zlib.decompressobj()
    try:
        plain = inflate.decompress(b64decode(held, validate=True), 2 * most)  # no more is unpacked than can be sent
        return [Resource(str(name), b64decode(content, validate=True)) for name, content in loads(plain)]
    except (ValueError, TypeError, zlib.error) as error:
        raise Problem(400, NOTHING, code="NO_RESOURCES") from error


def _shown(
    request: Request, session: Session, staff: Staff, chosen: Sent, result: DeploymentResult | None = None
) -> Response:
    findings = result.warnings if result else chosen.findings
    return page(
        request,
        "process_deploy.html",
        staff,
        chosen.problem.status_code if chosen.problem else 200,
        problem=chosen.problem,
        result=result,
        rows=[_row(session, kind, row) for kind in KINDS for row in getattr(result, kind)] if result else [],
        findings=sorted(findings, key=lambda one: (one["severity"] != "error", one["resource"])),
        drawings=list(_drawings(chosen.files, findings)),
        held=chosen.held if result else "",
        files=chosen.files,
    )


def _row(session: Session, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """A thing that is deployed: which version it becomes, and of a process how many instances of older ones run."""
    older = 0
    if kind == "processes" and row["version"] > 1:
        running = runs.running(session)
        older = sum(running.get(one.key, 0) for one in runs.versions(session, row["process_id"]))
    return {
        "kind": kind,
        "id": row[KINDS[kind]],
        "name": row["name"] if row["name"] != row[KINDS[kind]] else "",
        "file": row["resource_name"],
        "version": row["version"],
        "new": "key" not in row,
        "older": older,
    }


def _drawings(files: list[Resource], findings: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The diagrams that something is said of, as the page draws them, with a mark at each element."""
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in findings:
        if one["elementId"]:
            said[one["resource"]][one["elementId"]].append(one["severity"])
    for file in files:
        if file.kind == "bpmn" and file.name in said:
            marks = {id: _mark(severities) for id, severities in said[file.name].items()}
            yield file.name, dumps({"xml": shown_xml(file.content), "elements": marks})


def _mark(severities: list[str]) -> dict[str, Any]:
    wrong = "error" in severities
    return {"findings": len(severities)} | ({"incident": 1} if wrong else {"mark": "changed"})
