"""What the departments of a joint operation share: the evidence in the register, as it stands there."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from tasks.scenarios import Stage
from tasks.scenarios.reading import read_scenario
from workflows.governance import joint_views
from workflows.store import read
from workflows.store.queries.variables import variables
from workflows.store.tables import Evidence, JointOperation

BPMN = Path(__file__).parents[2] / "bpmn"


def test_what_was_brought_for_an_operation_is_shared_by_its_departments_and_shown_with_it() -> None:
    with Stage.set_up(BPMN) as stage:
        played = stage.play(read_scenario(BPMN / "joint-rectification" / "scenarios" / "straight.yaml"))
        assert played.differences == []
        with stage.database() as database, read(database) as session:
            operation = session.scalars(select(JointOperation)).one()
            photographs, record = session.scalars(select(Evidence).order_by(Evidence.key))
            shared = next(
                one.value for one in variables(session, operation.process_instance_key) if one.name == "evidence"
            )
            [shown] = joint_views.summaries(session, [operation])
    assert shared == {
        "usable": [str(photographs.key)],
        "unusable": [{"key": str(record.key), "reason": "未经查证属实"}],
    }
    assert shown["evidence"] == [
        {"key": str(photographs.key), "kind": "electronic-data", "status": "verified"},
        {"key": str(record.key), "kind": "inspection-record", "status": "unverified"},
    ]
