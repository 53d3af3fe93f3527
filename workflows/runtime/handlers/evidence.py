"""The service task on evidence: whether what was brought suffices."""

from __future__ import annotations

from typing import Any

from workflows.governance import evidence
from workflows.runtime.errors import Invalid
from workflows.runtime.inline import InlineCall, inline

MOST = 500  # pieces that are named


@inline("evidence/check", reads=True)
def check(call: InlineCall) -> dict[str, Any]:
    """Whether ``evidence`` (keys; null: all of the case or instance) has a verified piece of each ``required`` kind.

    At least one verified piece is needed in any case (40). ``usable`` are the keys of those that may be
    used, ``unusable`` says why each of the others may not.
    """
    seen = call.variables
    given, required = seen.get("evidence"), seen.get("required") or []
    if not isinstance(required, list) or not (given is None or isinstance(given, list)):
        raise Invalid("evidence 和 required 应为列表")
    if given is None:
        rows = evidence.of_matter(call.session, call.case_id, call.process_instance_key)
    elif len(given) > MOST:
        raise Invalid(f"一次最多核对 {MOST} 件证据")
    else:
        rows = [evidence.find(call.session, _key(each)) for each in dict.fromkeys(map(str, given))]
    objections = {str(row.key): evidence.objection(row) for row in rows}
    missing = evidence.missing(rows, required)
    return {
        "evidenceSufficient": not missing and None in objections.values(),
        "missing": missing,
        "usable": [key for key, reason in objections.items() if reason is None],
        "unusable": [{"key": key, "reason": reason} for key, reason in objections.items() if reason is not None],
    }


def _key(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004 - digits of 64 bits
        raise Invalid(f"{text[:40]} 不是证据的编号")
    return int(text)
