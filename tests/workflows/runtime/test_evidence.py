from __future__ import annotations

from hashlib import sha256

import pytest

from tests.support import diagrams as d
from workflows import runtime
from workflows.governance.evidence import CleanFile, EvidenceNotAudited, Stated
from workflows.runtime.errors import Invalid, NotFound
from workflows.runtime.events import ENGINE
from workflows.runtime.reasons import ReasonMissing

FILE = CleanFile(b"picture", "image/jpeg", sha256(b"picture").hexdigest())


@pytest.fixture
def instance(world):
    world.process(d.start(), d.user("a"), d.end(), flows="start>a; a>end")
    return world.start()


@pytest.fixture
def bring(world, instance, tmp_path):
    def of(**more):
        stated = Stated(**({"kind": "audio-visual", "title": "照片", "process_instance_key": instance} | more))
        return world.run(runtime.add_evidence, tmp_path / "evidence", FILE, stated, actor="p-0032")

    return of


def told(world):
    return [(row.tag, row.actor, row.details) for row in world.events(ENGINE) if row.tag.startswith("evidence:")]


def test_what_is_done_with_evidence_is_on_record_with_who_and_why(world, instance, bring):
    row = bring(electronic=True)
    assert bring(electronic=True).key == row.key
    for command in (runtime.audit_evidence, runtime.verify_evidence, runtime.exclude_evidence):
        named = {"note" if command is runtime.audit_evidence else "reason": command.__name__}
        world.run(command, row.key, actor="p-0031", **named)
    events = told(world)
    assert [(tag, actor, details.get("reason")) for tag, actor, details in events] == [
        ("evidence:add", "p-0032", None),
        ("evidence:audit", "p-0031", "audit_evidence"),
        ("evidence:verify", "p-0031", "verify_evidence"),
        ("evidence:exclude", "p-0031", "exclude_evidence"),
    ]
    assert {(details["key"], details["processInstance"]) for _, _, details in events} == {(str(row.key), str(instance))}
    assert events[0][2]["hash"] == sha256(b"picture").hexdigest()


def test_evidence_belongs_to_something(bring):
    with pytest.raises(Invalid, match="属于"):
        bring(process_instance_key=None)
    with pytest.raises(NotFound):
        bring(process_instance_key=7)


def test_nothing_is_judged_without_a_reason_or_before_its_audit(world, bring):
    row = bring(electronic=True)
    with pytest.raises(ReasonMissing):
        world.run(runtime.verify_evidence, row.key, reason=" ")
    with pytest.raises(EvidenceNotAudited):
        world.run(runtime.verify_evidence, row.key, reason="清楚")
    assert [tag for tag, _, _ in told(world)] == ["evidence:add"]
