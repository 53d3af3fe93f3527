"""The instances that an instance called, and those that they called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workflows.store.base import table
from workflows.store.tables import ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.runtime.running import Running
    from workflows.runtime.step import Step

process_instance = table(ProcessInstance)


def called_instances(step: Step, running: Running) -> Iterator[Running]:
    """Those that are open, opened in the step; callers come before whom they called."""
    columns = process_instance.c
    query = (
        select(columns.key, columns.parent_process_instance_key)
        .where(columns.root_process_instance_key == running.root_key, columns.ended.is_(None))
        .where(columns.depth > running.depth)
        .order_by(columns.depth, columns.key)
    )
    within = {running.key}
    for row in step.session.connection().execute(query).all():
        if row.parent_process_instance_key in within:
            within.add(row.key)
            yield step.open(row.key)
