"""What is listed: each statement gives the rows of one kind with what is known of their instance and definition."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from workflows.store.tables import (
    ElementInstance,
    Incident,
    Job,
    ProcessDefinition,
    ProcessInstance,
    UserTask,
)

_OF_INSTANCE = (
    ProcessInstance.process_definition_key,
    ProcessInstance.process_id,
    ProcessInstance.root_process_instance_key,
    ProcessInstance.business_id,
)
_OF_DEFINITION = (ProcessDefinition.version, ProcessDefinition.name.label("process_name"))
_newer = aliased(ProcessDefinition)

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
