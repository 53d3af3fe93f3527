"""The service task that issues a document: a decision in words, with a number, or the error that says what it lacks."""

from __future__ import annotations

from typing import Any

from workflows.calendar import CHINA
from workflows.governance import documents, templates
from workflows.governance.drafts import draft
from workflows.intake import press
from workflows.runtime.errors import BpmnError
from workflows.runtime.events import Tag
from workflows.runtime.inline import InlineCall, inline

DOCUMENT_INCOMPLETE = "DOCUMENT_INCOMPLETE"


@inline("document/issue")
def issue(call: InlineCall) -> dict[str, Any]:
    """Issue ``decision`` by the header ``template``; gives ``document`` {number, key, hash}.

    The error DOCUMENT_INCOMPLETE names in ``missing`` what is mandatory and not there (行政处罚法第五十九条); then no
    number is used.
    """
    template = templates.find(call.session, call.headers["template"])
    given = call.variables.get("decision")
    decision = documents.completed(call.session, given if isinstance(given, dict) else {}, call.now)
    made = draft(template.manifest, decision, call.now.astimezone(CHINA.zone).date())
    if made.missing:
        objections = [one["objection"] for one in made.data["evidence"] if "objection" in one]
        said = "；".join([f"{template.title}缺少：{'、'.join(made.missing.values())}", *objections])
        refusal = {"code": DOCUMENT_INCOMPLETE, "reason": said}
        raise BpmnError(DOCUMENT_INCOMPLETE, said, {"missing": list(made.missing), "refusal": refusal})
    issued = documents.issue(
        call.session,
        template,
        made.data,
        press.render,
        process_instance_key=call.process_instance_key,
        case_key=call.case_id,
        actor=call.actor,
        at=call.now,
    )
    known = {"number": issued.number, "key": str(issued.key), "hash": issued.hash}
    call.facts.append((Tag.DOCUMENT_ISSUE, {"document": known | {"data": documents.hash_of_data(issued.data)}}))
    return {"document": known}
