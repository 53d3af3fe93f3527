"""Issuing documents: exactly once, numbered without gaps, kept as they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from tests.support import papers
from workflows import runtime
from workflows.governance import documents, templates
from workflows.runtime import Resource
from workflows.store import read, transaction
from workflows.store.queries.variables import variables
from workflows.store.tables import Document

SERIES = "娄城管不罚决〔2026〕第{}号"


@pytest.fixture
def office(world):
    """The templates are deployed, and a process that issues a decision as soon as it begins."""
    world.deploy(*papers.pack())
    world.deploy(papers.issuing(caught=True))
    return world


def issued(world):
    with read(world.database) as session:
        return list(session.scalars(select(Document).order_by(Document.ordinal)))


def test_a_decision_becomes_a_numbered_document_that_the_process_knows(office):
    key = office.start(decision=papers.decision())
    [document] = issued(office)
    assert document.number == SERIES.format(1)
    assert (document.process_instance_key, document.case_key) == (key, None)
    assert (document.actor, document.data["number"]) == ("starter", document.number)
    assert documents.hash_of(document.html) == document.hash
    assert "不予行政处罚决定书" in document.html
    told = {"number": document.number, "key": str(document.key), "hash": document.hash}
    [event] = office.events(key)
    [fact] = event.details["also"]
    assert fact == {"tag": "document:issue", "document": told | {"data": documents.hash_of_data(document.data)}}
    assert office.state(key) == "COMPLETED"


def test_what_lacks_something_is_told_what_and_uses_no_number(office):
    key = office.start(decision=papers.decision(facts=[], date=None))
    assert issued(office) == []
    assert office.tasks() == ["supply"]
    with read(office.database) as session:
        known = {one.name: one.value for one in variables(session, key)}
    assert known["missing"] == ["facts", "date"]
    assert known["refusal"] == {
        "code": "DOCUMENT_INCOMPLETE",
        "reason": "不予行政处罚决定书缺少：违法事实、作出决定的日期",
    }
    office.complete("supply", decision=papers.decision())
    assert [document.number for document in issued(office)] == [SERIES.format(1)]


def test_two_hundred_at_once_are_numbered_one_to_two_hundred(office):
    """Every eighth lacks something, every ninth fails after it was numbered."""

    def begin_and_fail():
        with transaction(office.database) as session:
            runtime.start_process(session, process_id="p", variables={"decision": papers.decision()}, actor="starter")
            assert session.scalar(select(Document.ordinal).order_by(Document.ordinal.desc()))
            raise Undone

    threads = 8
    together = Barrier(threads)

    def start(worker):
        together.wait()
        for place in range(worker, 200, threads):
            office.start(decision=papers.decision())
            if place % 8 == 0:
                office.start(decision=papers.decision(evidence=[]))
            if place % 9 == 0:
                with pytest.raises(Undone):
                    begin_and_fail()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(start, range(threads)))
    assert [document.number for document in issued(office)] == [SERIES.format(n) for n in range(1, 201)]


class Undone(Exception):
    pass


def test_a_template_that_fails_leaves_an_incident_and_no_number_and_can_be_mended(office):
    broken = "{% if facts | length > 1 %}{{ nothing }}{% endif %}" + papers.body()
    files = {file.name: file for file in papers.pack()}
    name = "enforcement/documents/no-penalty-decision.html.j2"
    example = papers.manifest() | {"example": papers.decision(facts=["一件"])}
    manifest = Resource(name.replace(".html.j2", ".json"), papers.dumps(example))
    office.deploy(Resource(name, broken.encode()), manifest)
    office.start(decision=papers.decision())
    [incident] = office.incidents()
    assert (incident.element_id, incident.error_type) == ("issue", "JOB_NO_RETRIES")
    assert "nothing" in incident.message
    assert issued(office) == []
    office.deploy(files[name], manifest)
    office.run(runtime.resolve_incident, incident.key)
    assert [document.number for document in issued(office)] == [SERIES.format(1)]


def test_a_document_keeps_the_version_of_its_template(office):
    office.start(decision=papers.decision())
    changed = papers.manifest() | {"title": "不予行政处罚决定书（新）"}
    folder = "enforcement/documents/no-penalty-decision"
    result = office.deploy(
        Resource(f"{folder}.html.j2", papers.body().encode()), Resource(f"{folder}.json", papers.dumps(changed))
    )
    assert [(row["template_id"], row["version"]) for row in result.templates] == [("no-penalty-decision", 2)]
    office.start(decision=papers.decision())
    with read(office.database) as session:
        first, second = session.scalars(select(Document).order_by(Document.ordinal))
        assert [templates.by_key(session, one.template_key).version for one in (first, second)] == [1, 2]
        assert ("（新）" in first.html, "（新）" in second.html) == (False, True)
        assert templates.find(session, "no-penalty-decision").version == 2


def test_a_template_that_nobody_has_deployed_is_a_warning_and_an_incident(world):
    assert [warning["rule"] for warning in world.deploy(papers.issuing("praise")).warnings] == ["template-unknown"]
    world.start(decision=papers.decision())
    assert "没有文书模板 praise" in world.incidents()[0].message


def test_without_a_decision_everything_is_missing(office):
    key = office.start()
    with read(office.database) as session:
        known = {one.name: one.value for one in variables(session, key)}
    assert known["missing"] == [name for name in papers.manifest()["mandatory"] if name != "remedies"]
