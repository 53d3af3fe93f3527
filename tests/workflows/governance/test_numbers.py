from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Barrier

from tests.support.city import BOTH_DATABASES, NOW
from workflows.governance.numbers import next_document_number, next_number, query_code
from workflows.store import transaction

THREADS = 8
EACH = 5


def test_numbers_count_up_within_a_year_and_begin_anew_in_the_next(session):
    at = [NOW, NOW, datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, 0, tzinfo=UTC), NOW]
    numbers = [next_number(session, moment) for moment in at]
    # The last minute of the year in 娄底 is still in the afternoon in UTC.
    assert numbers == ["2026-000001", "2026-000002", "2026-000003", "2027-000001", "2026-000004"]


def test_each_series_of_documents_counts_by_itself_and_beside_cases(session):
    assert next_number(session, NOW) == "2026-000001"
    given = [next_document_number(session, series, NOW) for series in ("督办", "督办", "函", "督办")]
    assert given == ["督办〔2026〕1号", "督办〔2026〕2号", "函〔2026〕1号", "督办〔2026〕3号"]
    assert next_document_number(session, "督办", NOW.replace(year=2027)) == "督办〔2027〕1号"


@BOTH_DATABASES
def test_many_at_once_leave_no_gap_and_none_twice(database):
    begin = Barrier(THREADS)

    def count(_):
        begin.wait()
        given = []
        for _ in range(EACH):
            with transaction(database) as session:
                given.append(next_number(session, NOW))
        return given

    with ThreadPoolExecutor(THREADS) as pool:
        numbers = [number for given in pool.map(count, range(THREADS)) for number in given]
    assert sorted(numbers) == [f"2026-{n:06d}" for n in range(1, THREADS * EACH + 1)]


@BOTH_DATABASES
def test_a_number_that_was_rolled_back_is_given_again(database):
    class Undone(Exception):
        pass

    with transaction(database) as session:
        next_number(session, NOW)
    with suppress(Undone), transaction(database) as session:
        assert next_number(session, NOW) == "2026-000002"
        raise Undone
    with transaction(database) as session:
        assert next_number(session, NOW) == "2026-000002"


def test_query_codes_are_long_different_and_easy_to_read_out():
    codes = {query_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(len(code) == 10 and not set(code) & set("01OIL") for code in codes)
