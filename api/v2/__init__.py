"""The Camunda 8 Orchestration Cluster REST API v2: one file per resource."""

from __future__ import annotations

from api.v2 import (
    batch_creation,
    batch_operations,
    clock,
    cluster,
    decision_definitions,
    decision_instances,
    decision_requirements,
    deployments,
    element_instances,
    forms,
    incidents,
    jobs,
    messages,
    migration,
    modification,
    process_definitions,
    process_instances,
    restarting,
    signals,
    suspension,
    user_tasks,
    variables,
)

# Looked through from the front: what is asked most comes first.
routers = [
    user_tasks.router,
    process_instances.router,
    suspension.router,
    modification.router,
    restarting.router,
    jobs.router,
    messages.router,
    signals.router,
    variables.router,
    element_instances.router,
    incidents.router,
    decision_definitions.router,
    decision_instances.router,
    process_definitions.router,
    migration.router,
    batch_creation.router,
    batch_operations.router,
    decision_requirements.router,
    forms.router,
    deployments.router,
    clock.router,
    cluster.router,
]
