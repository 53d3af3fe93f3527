"""What else a month brings: parking records in bulk, and requests of another system that name what is not there."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tasks.demo.agenda import ACTOR
from tasks.rehearsal.answers import draw
from workflows import runtime
from workflows.governance import publications
from workflows.runtime.errors import Refusal
from workflows.store import Database, transaction
from workflows.store.tables import Incident

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.demo.agenda import Agenda

PARKING, FORM = "parking-exemption", "parking-record"
LONG_AGO = "2024-01-01"
SYSTEM = "client:sample-system"
WRONG = ("E9901-01", "X0000-01", "E0403-99", "C9999-09")  # filing conditions that no catalogue has


class Others:
    """Their part of the month."""

    def __init__(self, database: Database, agenda: Agenda, seed: str) -> None:
        self._database, self._agenda, self._seed = database, agenda, seed

    def plan(self, records: int, begin: datetime, until: datetime) -> None:
        month = until - begin
        self._agenda.plan(begin + month * 0.4, partial(self._send, 0, records * 3 // 4))
        self._agenda.plan(begin + month * 0.85, partial(self._send, 1, records - records * 3 // 4))
        for number, code in enumerate(WRONG):
            self._agenda.plan(begin + month * (0.3 + 0.2 * number), partial(self._ask, code))
        self._agenda.plan(begin + month * 0.5, self._give_up)

    def _send(self, batch: int, count: int) -> None:
        """Records of the days before, in bulk; the sweep decides them."""
        lines = ((line, {"record": self._record(batch, line)}) for line in range(1, count + 1))
        if count:
            with transaction(self._database) as session:
                runtime.create_start_batch(session, PARKING, lines, form_id=FORM, actor=SYSTEM)
            while runtime.run_batches(self._database):
                pass

    def _record(self, batch: int, line: int) -> dict[str, Any]:
        """Every tenth by a plate that was there before, some not driven away, some not audited."""
        plate = line // 2 if line % 10 == 9 else line  # noqa: PLR2004
        at = self._agenda.now - timedelta(days=6 * draw(self._seed, batch, line, "at"))
        evidence: dict[str, Any] = {"reference": f"CAM-{line % 97:04}/{batch}{line:05}"}
        if line % 25:
            evidence["audited"] = {"by": "样例-审核员", "at": at.date().isoformat()}
        return {
            "plate": f"湘K{plate + 700 * batch:05X}",
            "at": at.isoformat(timespec="seconds"),
            "place": {
                "lon": round(112.0 + 0.03 * draw(self._seed, batch, line, "lon"), 6),
                "lat": round(27.71 + 0.03 * draw(self._seed, batch, line, "lat"), 6),
                "address": "样例-人行道",
            },
            "corrected": line % 12 != 0,
            "evidence": evidence,
        }

    def _ask(self, code: str) -> None:
        """Joint rectification, asked for with a filing condition that is not in the catalogue: an incident."""
        reason = "示例:夜市占道,几家都管一段。"
        variables = {
            "request": {"reason": reason, "requestedBy": "area-lead@east", "firstReceiver": "enforcement"},
            "matter": {"conditionCode": code, "placeKind": "market", "text": reason},
            "location": {"grid": "G07", "area": "east"},
        }
        with transaction(self._database) as session:
            runtime.start_process(session, process_id="joint-rectification", variables=variables, actor=SYSTEM)

    def _give_up(self) -> None:
        """Somebody ends the first of these, and says why."""
        query = select(Incident.process_instance_key).where(Incident.state == "ACTIVE").order_by(Incident.key).limit(1)
        try:
            with transaction(self._database) as session:
                if (key := session.execute(query).scalar()) is not None:
                    runtime.cancel_process_instance(
                        session, key, reason="示例:立案条件写错了,请重新发送。", actor="p-0017"
                    )
        except Refusal:
            return


def publish_list(database: Database, at: datetime) -> None:
    """The sample list of what is not punished is in force, as if it had been published long before."""
    asked = {
        "decision": "exemption-list",
        "validFrom": LONG_AGO,
        "publishedOn": LONG_AGO,
        "reference": "示例〔2024〕1号",
    }
    with transaction(database) as session:
        publications.publish(session, publications.draft(session, asked, at=at), actor=ACTOR, at=at)
