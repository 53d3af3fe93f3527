"""DMN files looked through before they are deployed."""

from __future__ import annotations

from tests.support.libraries import IMPORTING, faulty, library
from workflows.intake.decisions import check_decisions
from workflows.intake.files import Resource


def test_a_file_that_does_not_parse_is_told_whole_and_its_tables_are_left() -> None:
    broken = faulty().replace(b"[0..5]", b"[0..").replace(b'"\xe9\xab\x98"', b'"')
    (checked,) = check_decisions([Resource("levels.dmn", broken)])
    assert checked.refused
    assert len(checked.problems) == 2
    assert checked.tables == ()


def test_what_is_no_dmn_file_is_told_beside_those_that_are() -> None:
    bad, good = check_decisions([Resource("a.dmn", b"<dmn"), Resource("lib.dmn", library())])
    assert (bad.refused, good.refused) == (True, False)


def test_each_file_is_named_before_it_is_read() -> None:
    begun: list[str] = []
    check_decisions(
        [Resource("lib.dmn", library()), Resource("fees.dmn", IMPORTING)], lambda file: begun.append(file.name)
    )
    assert begun[:2] == ["lib.dmn", "fees.dmn"]
