"""Documents (文书): issued with a number, kept as they are, shown with what is personal masked, withdrawn."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workflows.governance import entries, evidence, parties, register_schemas, templates
from workflows.governance.drafts import statements
from workflows.governance.numbers import next_decision_number
from workflows.governance.register_schemas import mask
from workflows.store.errors import Conflict, NotFound
from workflows.store.json import encode
from workflows.store.keys import next_keys
from workflows.store.tables import Case, DecisionEvaluation, Document, Evidence, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from workflows.governance.drafts import Data
    from workflows.governance.templates import Template

#: What of an entry of the register of parties a document may name.
OF_A_PARTY = ("kind", "name", "personId", "licence", "plate", "phone", "address")


ALIAS = {"kind", "value"}  # of a party


class DocumentMissing(NotFound):
    """没有这份文书。"""

    code = "DOCUMENT_NOT_FOUND"


class DocumentWithdrawn(Conflict):
    """这份文书已经撤回。"""

    code = "DOCUMENT_WITHDRAWN"


def completed(session: Session, decision: Data, at: datetime) -> Data:
    """A decision with what the registers know: the party's entry in clear, the kind and title of each evidence.

    Variables hold what is personal masked; a document names a person. EntryMissing; Invalid.
    """
    made = dict(decision)
    if isinstance(party := decision.get("party"), str):
        party = {"key": party}
    if isinstance(party, dict) and (party.get("key") is not None or party.keys() == ALIAS):
        made["party"] = _party(session, party, at)
    if isinstance(pieces := decision.get("evidence"), list):
        made["evidence"] = [_piece(session, one) for one in pieces]
    return made


def issue(
    session: Session,
    template: Template,
    data: Data,
    write: Callable[[str, Data], str],
    *,
    process_instance_key: int,
    case_key: int | None,
    actor: str,
    at: datetime,
) -> Document:
    """Number a document and keep it as ``write`` makes it of the template and its data.

    The number's row is locked until the transaction ends: what fails gives it back.
    """
    series = templates.series_of(template.manifest, data["organ"]["id"])
    number, year, ordinal = next_decision_number(session, series, at)
    case = session.get(Case, case_key) if case_key is not None else None
    data = {**data, "number": number, "case": case and case.number}
    html = write(template.body, data)
    document = Document(
        key=next_keys(session)[0],
        number=number,
        series=series,
        year=year,
        ordinal=ordinal,
        template_key=template.key,
        case_key=case_key,
        process_instance_key=process_instance_key,
        data=data,
        html=html,
        hash=hash_of(html),
        issued=at,
        actor=actor,
    )
    session.add(document)
    session.flush()
    return document


def hash_of(html: str) -> str:
    return sha256(html.encode()).hexdigest()


def hash_of_data(data: Data) -> str:
    return sha256(encode(data, sort_keys=True)).hexdigest()


def find(session: Session, key: int) -> Document:
    """DocumentMissing."""
    document = session.get(Document, key)
    if document is None:
        raise DocumentMissing(f"没有编号为 {key} 的文书")
    return document


def of_case(session: Session, case_key: int) -> list[Document]:
    """In the order in which they were issued."""
    return list(session.scalars(select(Document).where(Document.case_key == case_key).order_by(Document.key)))


def of_instance(session: Session, process_instance_key: int) -> list[Document]:
    """Of an instance and of those that it called, in the order in which they were issued."""
    below = select(ProcessInstance.key).where(ProcessInstance.root_process_instance_key == process_instance_key)
    here = (Document.process_instance_key == process_instance_key) | Document.process_instance_key.in_(below)
    return list(session.scalars(select(Document).where(here).order_by(Document.key)))


def withdraw(session: Session, key: int, *, reason: str, actor: str, at: datetime) -> Document:
    """It holds no longer; it stays, with who took it back and why. DocumentMissing, DocumentWithdrawn."""
    query = select(Document).where(Document.key == key).with_for_update()
    document = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if document is None:
        raise DocumentMissing(f"没有编号为 {key} 的文书")
    if document.withdrawn is not None:
        raise DocumentWithdrawn
    document.withdrawn, document.withdrawn_by, document.withdrawn_why = at, actor, reason
    session.flush()
    return document


def masked(data: Data, personal: list[str]) -> Data:
    """The same without what is personal, but so that one who knows it recognises it."""
    made = dict(data)
    for path in personal:
        _mask(made, path.split("."))
    return made


def stated(data: Data) -> list[Data]:
    """What a document states, sentence by sentence, with the sources of each."""
    return statements(data)


def evaluations(session: Session, document: Document) -> list[Data]:
    """The decisions by rule that the document cites, as they were taken in its process: the row of each on record."""
    cited = {one["ruleId"] for each in statements(document.data) for one in each["sources"] if "ruleId" in one}
    root = select(ProcessInstance.root_process_instance_key).where(ProcessInstance.key == document.process_instance_key)
    tree = select(ProcessInstance.key).where(ProcessInstance.root_process_instance_key.in_(root))
    taken = select(DecisionEvaluation).where(DecisionEvaluation.process_instance_key.in_(tree))
    return [
        {
            "key": one.id,
            "decisionId": one.decision_id,
            "decisionName": one.decision_name,
            "version": one.version,
            "ruleIds": rules,
            "at": one.at,
        }
        for one in session.scalars(taken.order_by(DecisionEvaluation.key))
        if (rules := [rule["rule_id"] for rule in one.matched if rule["rule_id"] in cited])
    ]


def _party(session: Session, party: Data, at: datetime) -> Data:
    key = parties.named(session, party, at)
    party = {} if party.keys() == ALIAS else party
    entry = entries.find(session, parties.REGISTER, str(key))
    schema = register_schemas.find(session, parties.REGISTER)
    given = {name: value for name, value in schema.unmasked(party, entry.data).items() if value is not None}
    known = {name: entry.data[name] for name in OF_A_PARTY if name in entry.data}
    source = {"register": parties.REGISTER, "key": entry.key, "version": entry.version}
    return {**known, **given, "key": entry.key, "sources": [*_listed(given.get("sources")), source]}


def _piece(session: Session, one: Any) -> Any:
    """A piece of evidence by its key. What is not there or may not be used proves nothing: it says nothing."""
    held = dict(one) if isinstance(one, dict) else {"key" if _is_key(one) else "title": one}
    if _is_key(key := held.get("key")):
        row = session.get(Evidence, int(str(key)))
        against = "没有这件证据" if row is None else evidence.objection(row)
        known = {"kind": row.kind, "title": row.title} if row is not None else {}
        if against is not None:
            known |= {"title": "", "text": "", "objection": f"证据 {key}：{against}"}
        held = {**held, **known, "key": str(key), "sources": [*_listed(held.get("sources")), {"evidence": str(key)}]}
    return {**held, "kindName": held.get("kindName") or evidence.KINDS.get(str(held.get("kind")))}


def _is_key(value: Any) -> bool:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text.isascii() and text.isdigit() and len(text) < 20  # noqa: PLR2004 - digits of 64 bits


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _mask(held: Data, path: list[str]) -> None:
    name, *deeper = path
    if name not in held:
        return
    if not deeper:
        held[name] = mask(held[name])
    elif isinstance(held[name], dict):
        held[name] = dict(held[name])
        _mask(held[name], deeper)
