"""What a rehearsal came to, as a table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasks.rehearsal.work import Matter

Json = dict[str, Any]


def table(matters: Sequence[Matter], cases: Sequence[Json], escalations: Mapping[int, int]) -> str:
    """``cases`` as the server gives them, ``escalations`` how many fired of each level."""
    refused = [case for case in cases if case["state"] == "refused"]
    reasons = Counter(case["refusal"]["reason"] for case in refused)
    turned_away = Counter(matter.refusal for matter in matters if matter.refusal)
    rated = [case["evaluation"] for case in cases if case["evaluation"]]
    answers = Counter(rating["satisfaction"] or "未回访" for rating in rated)
    rows = [
        ("上报", "reported", len(matters)),
        ("  未收下", "turned away", sum(turned_away.values())),
        *_details(turned_away),
        ("立案", "filed", sum(case["filed"] is not None for case in cases)),
        ("不予受理", "refused", len(refused)),
        *_details(reasons),
        ("并案", "merged", sum(case["state"] == "merged" for case in cases)),
        ("办结", "closed", sum(case["state"] == "closed" for case in cases)),
        ("未结", "still open", sum(case["ended"] is None for case in cases)),
        ("按时", "on time", sum(rating["onTime"] for rating in rated)),
        ("返工过", "reworked", sum(rating["reworks"] > 0 for rating in rated)),
        *((f"督办第 {level} 级", f"escalated, level {level}", escalations[level]) for level in sorted(escalations)),
        ("满意", "satisfied", answers["满意"]),
        *_details(Counter({answer: number for answer, number in answers.items() if answer != "满意"})),
    ]
    return "\n".join(f"{number:>5}  {name} {english}".rstrip() for name, english, number in rows)


def _details(counts: Counter[str]) -> list[tuple[str, str, int]]:
    return [(f"  · {name}", "", number) for name, number in counts.most_common()]
