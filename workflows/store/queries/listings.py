"""What is listed: each statement gives the rows of one kind with what is known of their instance and definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, case, distinct, exists, func, select
from sqlalchemy.orm import aliased

from workflows.store.tables import (
    DecisionDefinition,
    DecisionEvaluation,
    ElementInstance,
    Incident,
    Job,
    ProcessDefinition,
    ProcessInstance,
    UserTask,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

_OF_INSTANCE = (
    ProcessInstance.process_definition_key,
    ProcessInstance.process_id,
    ProcessInstance.root_process_instance_key,
    ProcessInstance.business_id,
)
_OF_DEFINITION = (ProcessDefinition.version, ProcessDefinition.name.label("process_name"))
_newer, _newer_decision, _beside = (
    aliased(ProcessDefinition),
    aliased(DecisionDefinition),
    aliased(DecisionDefinition),
)

#: Whether an instance, an element instance waits for someone to resolve an incident.
INSTANCE_HAS_INCIDENT = exists().where(Incident.process_instance_key == ProcessInstance.key, Incident.state == "ACTIVE")
INCIDENT_KEY = (
    select(func.max(Incident.key))
    .where(
        Incident.process_instance_key == ElementInstance.process_instance_key,
        Incident.element_instance_key == ElementInstance.key,
        Incident.state == "ACTIVE",
    )
    .scalar_subquery()
)
#: The latest version of its process.
IS_LATEST = ~exists().where(
    _newer.process_id == ProcessDefinition.process_id, _newer.version > ProcessDefinition.version
)
IS_LATEST_DECISION = ~exists().where(
    _newer_decision.decision_id == DecisionDefinition.decision_id, _newer_decision.version > DecisionDefinition.version
)
#: Which version of its file it came with: files have no rows of their own, but their keys are drawn in order.
REQUIREMENTS_VERSION = (
    select(func.count(distinct(_beside.requirements_key)))
    .where(
        _beside.requirements_id == DecisionDefinition.requirements_id,
        _beside.requirements_key <= DecisionDefinition.requirements_key,
    )
    .scalar_subquery()
)
#: The logic of a decision as a search names it: what is neither table nor literal expression is UNKNOWN there.
DECISION_TYPE = case(
    (DecisionEvaluation.kind.in_(("DECISION_TABLE", "LITERAL_EXPRESSION")), DecisionEvaluation.kind), else_="UNKNOWN"
)
#: Of the instance where there is one. As labels, because a column that came by an outer join may be empty.
DECISION_PROCESS_KEY = ProcessInstance.process_definition_key.label("process_definition_key")

PROCESS_DEFINITIONS: Select[Any] = select(
    ProcessDefinition.key,
    ProcessDefinition.process_id,
    ProcessDefinition.name,
    ProcessDefinition.version,
    ProcessDefinition.version_tag,
    ProcessDefinition.resource_name,
)

PROCESS_INSTANCES: Select[Any] = select(
    ProcessInstance.key,
    *_OF_INSTANCE,
    *_OF_DEFINITION,
    ProcessDefinition.version_tag,
    ProcessInstance.parent_process_instance_key,
    ProcessInstance.parent_element_instance_key,
    ProcessInstance.case_id,
    ProcessInstance.state,
    ProcessInstance.revision,
    ProcessInstance.started,
    ProcessInstance.ended,
    ProcessInstance.suspended,
    INSTANCE_HAS_INCIDENT.label("has_incident"),
).join(ProcessDefinition, ProcessDefinition.key == ProcessInstance.process_definition_key)

ELEMENT_INSTANCES: Select[Any] = select(
    *ElementInstance.__table__.c, *_OF_INSTANCE, INCIDENT_KEY.label("incident_key")
).join(ProcessInstance, ProcessInstance.key == ElementInstance.process_instance_key)

USER_TASKS: Select[Any] = (
    select(*UserTask.__table__.c, *_OF_INSTANCE, *_OF_DEFINITION)
    .join(ProcessInstance, ProcessInstance.key == UserTask.process_instance_key)
    .join(ProcessDefinition, ProcessDefinition.key == ProcessInstance.process_definition_key)
)

JOBS: Select[Any] = (
    select(*Job.__table__.c, *_OF_INSTANCE, *_OF_DEFINITION)
    .join(ProcessInstance, ProcessInstance.key == Job.process_instance_key)
    .join(ProcessDefinition, ProcessDefinition.key == ProcessInstance.process_definition_key)
)

#: ``job_key`` is the element instance's where it is a job that ran out of retries.
INCIDENTS: Select[Any] = (
    select(*Incident.__table__.c, *_OF_INSTANCE, Job.key.label("job_key"))
    .join(ProcessInstance, ProcessInstance.key == Incident.process_instance_key)
    .outerjoin(Job, and_(Job.key == Incident.element_instance_key, Incident.error_type == "JOB_NO_RETRIES"))
)

DECISION_DEFINITIONS: Select[Any] = select(
    DecisionDefinition.key,
    DecisionDefinition.decision_id,
    DecisionDefinition.name,
    DecisionDefinition.version,
    DecisionDefinition.requirements_key,
    DecisionDefinition.requirements_id,
    DecisionDefinition.requirements_name,
    REQUIREMENTS_VERSION.label("requirements_version"),
)

#: One row per version of a file: that of the first of its decisions.
DECISION_REQUIREMENTS: Select[Any] = select(
    DecisionDefinition.requirements_key.label("key"),
    DecisionDefinition.requirements_id,
    DecisionDefinition.requirements_name,
    DecisionDefinition.resource_name,
    REQUIREMENTS_VERSION.label("version"),
).where(
    ~exists().where(
        _beside.requirements_key == DecisionDefinition.requirements_key, _beside.key < DecisionDefinition.key
    )
)

#: Without what went in and which rules matched: those are long.
DECISION_INSTANCES: Select[Any] = (
    select(
        DecisionEvaluation.key,
        DecisionEvaluation.id,
        DecisionEvaluation.evaluation_key,
        DecisionEvaluation.process_instance_key,
        DecisionEvaluation.element_instance_key,
        DecisionEvaluation.decision_definition_key,
        DecisionEvaluation.root_decision_definition_key,
        DecisionEvaluation.decision_id,
        DecisionEvaluation.decision_name,
        DecisionEvaluation.version,
        DECISION_TYPE.label("type"),
        DecisionEvaluation.state,
        DecisionEvaluation.failure,
        DecisionEvaluation.at,
        DecisionEvaluation.output,
        DECISION_PROCESS_KEY,
        ProcessInstance.root_process_instance_key,
        ProcessInstance.business_id,
    )
    .outerjoin(ProcessInstance, ProcessInstance.key == DecisionEvaluation.process_instance_key)
    .outerjoin(DecisionDefinition, DecisionDefinition.key == DecisionEvaluation.decision_definition_key)
)


def requirements_versions(session: Session, keys: Sequence[int]) -> dict[int, int]:
    """The versions of files by their keys."""
    query = DECISION_REQUIREMENTS.where(DecisionDefinition.requirements_key.in_(keys))
    return {row.key: row.version for row in session.connection().execute(query)}
