"""Deployments: diagrams, decisions, forms, registers and templates become versions, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from workflows.engine.references import references
from workflows.governance import entries, organisation
from workflows.governance.register_schemas import ANNOTATION
from workflows.intake.decisions import hash_of
from workflows.runtime.calendars import current
from workflows.runtime.clock import now as clock_now
from workflows.runtime.consistency import Called, Deployed, examine, starts_by
from workflows.runtime.errors import Invalid, Refused, described
from workflows.runtime.events import Tag, record_engine_event
from workflows.runtime.resources import Bundle, Resource, read
from workflows.runtime.start_timers import first
from workflows.store.base import table
from workflows.store.definitions import executable, find_process
from workflows.store.keys import next_keys
from workflows.store.memo import forget
from workflows.store.tables import (
    Clock,
    DecisionDefinition,
    DecisionImport,
    Deployment,
    DocumentTemplate,
    Form,
    MessageSubscription,
    ProcessDefinition,
    Register,
    RegisterSchema,
    SignalSubscription,
    Timer,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from workflows.engine.model import Node
    from workflows.intake.files import ReadProcess
    from workflows.runtime.errors import Findings
    from workflows.runtime.resources import Read

Row = dict[str, Any]

deployment, process_definition, form, register, clock, timer, subscription, signal = map(
    table, (Deployment, ProcessDefinition, Form, Register, Clock, Timer, MessageSubscription, SignalSubscription)
)
decision_definition, decision_import = map(table, (DecisionDefinition, DecisionImport))
register_schema, document_template = table(RegisterSchema), table(DocumentTemplate)
# What a resource becomes: its table, and the columns that name it through all versions.
NAMED: dict[str, tuple[Table, tuple[str, ...]]] = {
    "processes": (process_definition, ("process_id",)),
    "decisions": (decision_definition, ("decision_id",)),
    "forms": (form, ("form_id",)),
    "registers": (register, ("pack", "name")),
    "schemas": (register_schema, ("name",)),
    "templates": (document_template, ("template_id",)),
}
CONTENT = {"xml", "schema", "content", "body"}  # not in the answer


@dataclass(frozen=True, slots=True)
class DeploymentResult:
    """What the resources are now, new or as they were: rows of the tables as mappings, without their content."""

    deployment_key: int  # 0: nothing was written
    processes: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    forms: list[Row] = field(default_factory=list)
    registers: list[Row] = field(default_factory=list)
    schemas: list[Row] = field(default_factory=list)  # of registers of entries
    templates: list[Row] = field(default_factory=list)  # of documents
    warnings: list[Row] = field(default_factory=list)


def deploy(session: Session, resources: list[Resource] | Bundle, *, actor: str) -> DeploymentResult:
    """Make each resource the latest version; one whose content is the latest already stays what it is.

    The resources may have been ``read`` already, by whoever does not want to hold a session meanwhile.

    Refused with every finding when one of them is an error; Invalid for files that hold nothing to deploy; TooLarge.
    Nothing is written then.
    """
    # Before the first statement: nobody waits for the parsers.
    bundle = resources if isinstance(resources, Bundle) else read(resources)
    now = clock_now(session)
    findings = _examined(session, bundle, now)
    session.connection().execute(select(clock.c.id).with_for_update())  # one deployment at a time
    found = _versions(session, bundle)
    new = {kind: [row for row in rows if _is_new(row)] for kind, rows in found.items()}
    if any(new.values()):
        key = _write(session, new, now, actor)
        _keep_imports(session, bundle)
        _arm_starts(session, bundle, new["processes"], now)
        _take_over(session, bundle, new, now, actor)
    else:
        key = max(row["deployment_key"] for rows in found.values() for row in rows)
    return _result(found, findings, key)


def dry_run_deployment(session: Session, bundle: Bundle) -> DeploymentResult:
    """What ``deploy`` would make of it, or how it would refuse it; nothing is written, and what is new has no key."""
    findings = _examined(session, bundle, clock_now(session))
    return _result(_versions(session, bundle), findings)


def _examined(session: Session, bundle: Bundle, now: datetime) -> Findings:
    findings = examine(bundle, _deployed(session), now)
    if any(finding.severity == "error" for _, finding in findings):
        raise Refused(findings)
    return findings


def _versions(session: Session, bundle: Bundle) -> dict[str, list[Row]]:
    found = {kind: [_version(session, kind, row) for row in rows] for kind, rows in _rows(bundle).items()}
    if not any(found.values()):  # what other files import, or the schema of one document
        raise Invalid("文件里没有可以部署的决策，也没有台账 (nothing to deploy: no decision, no register of entries)")
    return found


def _is_new(row: Row) -> bool:
    return "deployment_key" not in row


def _result(found: dict[str, list[Row]], findings: Findings, key: int = 0) -> DeploymentResult:
    shown = {kind: [_shown(row) for row in rows] for kind, rows in found.items()}
    return DeploymentResult(deployment_key=key, **shown, warnings=described(findings))


def _deployed(session: Session) -> Deployed:
    def ids(kind: str) -> set[str]:
        of, identity = NAMED[kind]
        return set(session.connection().execute(select(of.c[identity[-1]]).distinct()).scalars())

    def process(process_id: str) -> Called | None:
        if (found := find_process(session, process_id=process_id)) is None:
            return None
        model = executable(session, found).model
        calls = [each.name for each in references(model) if each.kind == "process"]
        return Called(any(node.event is None for node in model.starts()), calls)

    registers = session.connection().execute(select(register_schema.c.name, register_schema.c.pack).distinct())
    return Deployed(
        decisions=ids("decisions"),
        forms=ids("forms"),
        templates=ids("templates"),
        processes=ids("processes"),
        groups=organisation.seats(session),
        registers={row.name: row.pack for row in registers},
        process=process,
    )


def _rows(bundle: Bundle) -> dict[str, list[Row]]:
    """Each resource as a row, without key and version."""
    return {
        "processes": [
            {
                "process_id": model.id,
                "name": model.name or model.id,
                "version_tag": model.version_tag,
                "xml": resource.content,
                **_origin(resource),
            }
            for resource, model in bundle.processes
        ],
        "decisions": [
            {
                "decision_id": decision_id,
                "name": name or decision_id,
                "requirements_id": model.id,
                "requirements_name": model.name or model.id,
                "xml": resource.content,
                "resource_name": resource.name,
                "hash": hash_of(resource.content, imported),
            }
            for resource, model, imported in bundle.decisions
            for decision_id, name in model.decisions.items()
        ],
        "forms": [
            {
                "form_id": one.id,
                "name": str(one.content.get("title") or one.id),
                "schema": one.content,
                **_origin(one.resource),
            }
            for one in bundle.forms
        ],
        "registers": [
            {"pack": one.resource.path.parts[0], "name": one.id, "content": one.content, **_origin(one.resource)}
            for one in bundle.registers
        ],
        "schemas": [
            {"pack": one.resource.path.parts[0], "name": one.id, "content": one.content, **_origin(one.resource)}
            for one in bundle.schemas
            if _of_entries(one)
        ],
        "templates": [
            {
                "template_id": one.id,
                "name": one.manifest["title"],
                "content": one.manifest,
                "body": one.body,
                "resource_name": one.resource.name,
                "hash": one.hash,
            }
            for one in bundle.templates
        ],
    }


def _of_entries(schema: Read) -> bool:
    return isinstance(schema.content, dict) and ANNOTATION in schema.content


def _origin(resource: Resource) -> Row:
    return {"resource_name": resource.name, "hash": resource.hash}


def _version(session: Session, kind: str, row: Row) -> Row:
    """The row as it is deployed already, or with its new version."""
    of, identity = NAMED[kind]
    columns = [column for column in of.c if column.name not in CONTENT]
    query = select(*columns).where(*(of.c[name] == row[name] for name in identity))
    latest = session.connection().execute(query.order_by(of.c.version.desc()).limit(1)).mappings().one_or_none()
    if latest is not None and latest["hash"] == row["hash"]:
        return dict(latest)
    return {**row, "version": 1 if latest is None else latest["version"] + 1}


def _write(session: Session, new: dict[str, list[Row]], now: datetime, actor: str) -> int:
    """Give keys to the new rows, in place, and insert them; returns the deployment's key."""
    rows = [row for kind in NAMED for row in new[kind]]
    files = sorted({row["resource_name"] for row in new["decisions"]})
    deployment_key, *keys = next_keys(session, 1 + len(rows) + len(files))
    requirements = dict(zip(files, keys[len(rows) :], strict=True))
    for row, key in zip(rows, keys, strict=False):
        row.update(key=key, deployment_key=deployment_key)
    for row in new["decisions"]:
        row["requirements_key"] = requirements[row["resource_name"]]
    connection = session.connection()
    connection.execute(insert(deployment), [{"key": deployment_key, "actor": actor, "at": now}])
    for kind, (of, _) in NAMED.items():
        if new[kind]:
            connection.execute(insert(of), new[kind])
    forget(session)
    details = {
        "key": deployment_key,
        "resources": [
            {"name": row["resource_name"], "key": row["key"], "version": row["version"], "hash": row["hash"]}
            for row in rows
        ],
    }
    record_engine_event(session, Tag.DEPLOYMENT_CREATE, details, at=now, actor=actor)
    return deployment_key


def _take_over(session: Session, bundle: Bundle, new: dict[str, list[Row]], now: datetime, actor: str) -> None:
    """What is new in registers becomes units and seats, or entries."""
    for row in new["schemas"]:
        entries.adopt(session, row["name"], at=now)
    listed = {(schema.resource.path.parts[0], schema.id) for schema in bundle.schemas if _of_entries(schema)}
    for row in new["registers"]:
        if row["name"] == organisation.NAME:
            organisation.load_pack(session, row["pack"])
        elif (row["pack"], row["name"]) in listed:
            entries.seed(session, row["name"], row["content"], actor=actor, at=now)


def _keep_imports(session: Session, bundle: Bundle) -> None:
    """What a file imports stays with it, whatever is deployed later."""
    connection = session.connection()
    for resource, _, imported in bundle.decisions:
        identity = hash_of(resource.content, imported)
        if (
            imported
            and not connection.execute(
                select(decision_import.c.position).where(decision_import.c.hash == identity).limit(1)
            ).first()
        ):
            rows = [{"hash": identity, "position": place, "xml": xml} for place, xml in enumerate(imported)]
            connection.execute(insert(decision_import), rows)


def _arm_starts(session: Session, bundle: Bundle, definitions: list[Row], now: datetime) -> None:
    """The new version's timer, message and signal start events take the place of the old one's."""
    connection = session.connection()
    models = {model.id: model for _, model in bundle.processes}
    for row in definitions:
        model = models[row["process_id"]]
        versions = select(process_definition.c.key).where(process_definition.c.process_id == model.id)
        for kind, (of, start) in STARTS.items():
            connection.execute(delete(of).where(of.c.process_definition_key.in_(versions)))
            for node in starts_by(model, kind):
                place = {"key": next_keys(session)[0], "process_definition_key": row["key"], "element_id": node.id}
                connection.execute(insert(of), [{**place, **start(session, model, node, now)}])


def _timer(session: Session, _process: ReadProcess, node: Node, now: datetime) -> Row:
    due, repetitions = first(node, now, partial(current, session))
    return {"due": due, "repetitions": repetitions}


def _message(_session: Session, process: ReadProcess, node: Node, now: datetime) -> Row:
    name = node.event.message.name if node.event and node.event.message else ""
    return {"process_id": process.id, "name": name, "created": now}


def _signal(_session: Session, process: ReadProcess, node: Node, now: datetime) -> Row:
    return {"process_id": process.id, "name": node.event.value if node.event else "", "created": now}


# What waits for a start event, by its kind.
STARTS: dict[str, tuple[Table, Callable[[Session, ReadProcess, Node, datetime], Row]]] = {
    "timer": (timer, _timer),
    "message": (subscription, _message),
    "signal": (signal, _signal),
}


def _shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in CONTENT}
