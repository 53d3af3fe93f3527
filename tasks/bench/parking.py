"""A year of pavement parking: records of every kind, decided, recorded and closed by the shipped process."""

from __future__ import annotations

import multiprocessing
import resource
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from tasks.packs import deploy_pack, packs
from workflows import runtime
from workflows.governance import publications
from workflows.store import Database, connect, migrate, read, transaction
from workflows.store.base import Base
from workflows.store.queries.exemptions import outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTOR = "bench"
PROCESS, FORM, LIST = "parking-exemption", "parking-record", "exemption-list"
NEEDED = ("loudi", "enforcement", "penalty-exemption")
PUBLISHED = "2024-01-01"
SPREAD = timedelta(days=200)
KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Decided:
    """What it took: seconds by the clock on the wall, of CPU over all workers, MB of the largest at half and at end."""

    seconds: float
    cpu: float
    half: float
    end: float
    outcomes: dict[str, int]
    rows: int


def prepared(url: str, packs_folder: Path) -> Database:
    """A new database with the city, its registers, the process and a list that was published long ago."""
    migrate(url)
    database = connect(url)
    for pack in packs(packs_folder):
        if pack.name in NEEDED:
            deploy_pack(database, pack, actor=ACTOR)
    with transaction(database) as session:
        now = runtime.now(session)
        asked = {"decision": LIST, "validFrom": PUBLISHED, "publishedOn": PUBLISHED, "reference": "示例"}
        publications.publish(session, publications.draft(session, asked, at=now), actor=ACTOR, at=now)
    return database


def records(number: int) -> Iterator[dict[str, Any]]:
    """So many: every tenth by a plate that was there before, every thirtieth not driven away, some unaudited."""
    begin = datetime.now(UTC) - SPREAD
    for index in range(number):
        plate = index // 2 if index % 10 == 9 else index  # noqa: PLR2004
        evidence: dict[str, Any] = {"reference": f"CAM-{index % 97:04}/{index:06}"}
        if index % 50:
            evidence["audited"] = {"by": "样例-审核员", "at": PUBLISHED}
        yield {
            "plate": f"湘K{plate:05X}",
            "at": (begin + SPREAD * index / number).isoformat(timespec="seconds"),
            "place": {"lon": 112.0 + (index % 40) / 1000, "lat": 27.70 + (index % 70) / 1000, "address": "示例人行道"},
            "corrected": index % 30 != 0,
            "evidence": evidence,
        }


def decide(database: Database, url: str, number: int, workers: int) -> Decided:
    """Take the records over and have them decided by so many processes."""
    with transaction(database) as session:
        lines = ((line, {"record": record}) for line, record in enumerate(records(number), 1))
        key = runtime.create_start_batch(session, PROCESS, lines, form_id=FORM, actor=ACTOR)
    before = rows(database)
    context = multiprocessing.get_context("spawn")
    begin = time.perf_counter()
    with context.Pool(workers) as pool:
        spent = pool.starmap(work, [(url, key)] * workers, chunksize=1)
    seconds = time.perf_counter() - begin
    with read(database) as session:
        decided = outcomes(session, key)
        done = runtime.batch_progress(session, key)
    if done.left or done.failed:
        raise RuntimeError(f"not all were decided: {done}")
    cpu, half, end = (list(values) for values in zip(*spent, strict=True))
    return Decided(seconds, sum(cpu), max(half), max(end), decided, rows(database) - before)


def work(url: str, key: int) -> tuple[float, float, float]:
    """One worker until nothing is left: seconds of CPU, MB of memory at half of its items and at the end."""
    database = connect(url)
    taken = [0.0]
    begin = time.process_time()
    while runtime.run_batches(database, only=key):
        taken.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTE)
    database.engine.dispose()
    return time.process_time() - begin, taken[len(taken) // 2], taken[-1]


def rows(database: Database) -> int:
    """Rows of all tables."""
    with read(database) as session:
        counts = [select(func.count()).select_from(table) for table in Base.metadata.sorted_tables]
        return sum(session.execute(count).scalar_one() for count in counts)
