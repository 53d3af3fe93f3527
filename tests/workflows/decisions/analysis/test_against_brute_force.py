"""Random small tables: what the analysis says is what trying every input says, no more and no less."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.decisions.analysis import Column, Grid, Kind, Row, analyse
from workflows.decisions.analysis.gaps import gaps
from workflows.decisions.analysis.search import Budget
from workflows.decisions.analysis.space import build
from workflows.feel import parse_unary_tests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUMBERS = [Decimal(n) / 2 for n in range(-1, 10)]  # the literals are 0 to 4
TEXTS = ["a", "b", "c", "其他"]
PLENTY = 10**9

number = st.integers(0, 4).map(str)
number_test = st.one_of(
    number,
    st.builds(lambda sign, n: f"{sign} {n}", st.sampled_from(["<", "<=", ">", ">=", "="]), number),
    st.builds(
        lambda a, low, high, b: f"{a}{low}..{high}{b}", st.sampled_from("[("), number, number, st.sampled_from("])")
    ),
    st.builds(lambda low, high: f"? > {low} and ? <= {high}", number, number),
    st.builds(lambda low, high: f"? between {low} and {high}", number, number),
    st.builds(lambda low, n: f"{low} <= ? or ? in ({n}, < 1)", number, number),
    st.just("null"),
)
text_test = st.one_of(
    st.lists(st.sampled_from(['"a"', '"b"', '"c"']), min_size=1, max_size=2).map(", ".join),
    st.sampled_from(['? != "a"', 'list contains(["a", "b"], ?)', 'null, "a"']),
)
opaque_test = st.sampled_from(
    ["> x", "x", "not(x)", "? * 2 > 5", "modulo(?, 2) = 0", 'starts with(?, "a")', '? < "b"', "? > 1 or ? = x", "? = ?"]
)
boolean_test = st.sampled_from(["true", "false", "not(true)", "?", "null", "? = false"])


def cells(tests: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    negated = tests.filter(lambda text: "?" not in text).map(lambda text: f"not({text})")
    return st.one_of(st.just("-"), tests, tests, tests, negated)


class Sort(NamedTuple):
    type: str
    cells: st.SearchStrategy[str]
    values: list[Any]
    allowed: str | None = None


SORTS = [
    Sort("number", cells(number_test), NUMBERS),
    Sort("number", cells(number_test), [n for n in NUMBERS if 1 <= n <= 3], "[1..3]"),
    Sort("string", cells(text_test), TEXTS),
    Sort("string", cells(text_test), ["a", "b"], '"a", "b"'),
    Sort("boolean", cells(boolean_test), [True, False]),
]


class Case(NamedTuple):
    grid: Grid
    values: list[list[Any]]  # by input, the missing one last
    reads: tuple[int, ...]  # by column, the input it reads

    def fires(self, scope: dict[str, Any] | None = None) -> Callable[[Row, tuple[Any, ...]], bool]:
        answers: dict[tuple[str, Any], bool] = {}

        def holds(test: Any, value: Any) -> bool:
            key = (test.text, (type(value), value))
            if key not in answers:
                answers[key] = test.evaluate(scope or {}, value).value is True
            return answers[key]

        return lambda row, point: all(
            test is None or holds(test, value) for test, value in zip(row.tests, point, strict=True)
        )

    def points(self) -> Iterator[tuple[Any, ...]]:
        """One value for each column."""
        return (tuple(values[each] for each in self.reads) for values in product(*self.values))


@st.composite
def cases(draw: st.DrawFn, hit_policy: str, max_columns: int = 3, *, opaque: bool = False) -> Case:
    sorts = draw(st.lists(st.sampled_from(SORTS), min_size=1, max_size=max_columns))
    # Each input has its column, some have a second.
    reads = (*range(len(sorts)), *draw(st.lists(st.integers(0, len(sorts) - 1), max_size=1)))
    columns = tuple(
        Column(
            f"c{n}",
            f"c{n}",
            f"i{of}",
            sorts[of].type,
            parse_unary_tests(sorts[of].allowed) if sorts[of].allowed and n < len(sorts) else None,
        )
        for n, of in enumerate(reads)
    )
    texts = [st.one_of(sorts[of].cells, opaque_test) if opaque else sorts[of].cells for of in reads]
    rows = draw(st.lists(st.tuples(st.tuples(*texts), st.integers(0, 2)), min_size=1, max_size=6))
    grid = Grid(
        "t",
        "t",
        hit_policy,
        columns,
        tuple(
            Row(f"r{n}", n, tuple(None if cell == "-" else parse_unary_tests(cell) for cell in row), (rank,), (str(n),))
            for n, (row, rank) in enumerate(rows, 1)
        ),
    )
    return Case(grid, [[*sort.values, None] for sort in sorts], reads)


quick = settings(max_examples=100)


@quick
@given(cases("UNIQUE"))
def test_the_overlapping_pairs_are_those_that_some_input_satisfies(case: Case) -> None:
    fires = case.fires()
    expected = {
        (one.index, other.index)
        for one, other in combinations(case.grid.rows, 2)
        if any(fires(one, point) and fires(other, point) for point in case.points())
    }
    found = set()
    for each in analyse(case.grid).findings:
        if each.kind in {Kind.OVERLAP, Kind.DUPLICATE}:
            assert each.certain
            point = tuple(each.example[column.name].value for column in case.grid.columns)
            indexes = [rule.index for rule in each.rules]
            assert all(fires(case.grid.rows[index - 1], point) for index in indexes[:2])
            pairs = combinations(indexes, 2) if each.kind is Kind.DUPLICATE else ((indexes[0], n) for n in indexes[1:])
            found |= {tuple(sorted(pair)) for pair in pairs}
    assert found == expected


@pytest.mark.parametrize("hit_policy", ["FIRST", "PRIORITY"])
@quick
@given(st.data())
def test_a_rule_is_unreachable_exactly_when_no_input_makes_it_the_winner(hit_policy: str, data: st.DataObject) -> None:
    case = data.draw(cases(hit_policy))
    fires = case.fires()
    order = sorted(case.grid.rows, key=lambda row: (row.rank, row.index) if hit_policy == "PRIORITY" else row.index)
    winners = {next((row.index for row in order if fires(row, point)), None) for point in case.points()}
    unreachable = set()
    for each in analyse(case.grid).findings:
        indexes = [rule.index for rule in each.rules]
        if each.kind is Kind.UNREACHABLE:
            unreachable.add(indexes[0])
        elif each.kind is Kind.EMPTY_TEST:
            unreachable |= set(indexes)
        elif each.kind is Kind.DUPLICATE:
            best = next(row.index for row in order if row.index in indexes)
            unreachable |= {*indexes} - {best}  # where the best is covered, that is said of it alone
    assert unreachable == {row.index for row in case.grid.rows} - winners


@quick
@given(cases("UNIQUE"))
def test_a_region_of_a_gap_holds_no_input_that_a_rule_matches_and_none_is_left_out(case: Case) -> None:
    fires = case.fires()
    space = build(case.grid)
    found = gaps(space, Budget(PLENTY))
    assert found.complete
    for point in case.points():
        bits = [1 << _place(each, point[each.places[0]]) for each in space.dimensions]
        inside = [gap for gap in found.found if all(bit & mask for bit, mask in zip(bits, gap.region, strict=True))]
        matched = any(fires(row, point) for row in case.grid.rows)
        assert not (matched and inside)
        odd = [bool(bit & each.aside) for bit, each in zip(bits, space.dimensions, strict=True)]
        missing = any(bit & ~each.expected for bit, each in zip(bits, space.dimensions, strict=True))
        if matched or missing or found.more:
            continue
        # Fractions and unnamed texts get one remark for each column.
        assert inside or any(gap.aside is not None and odd[gap.aside] for gap in found.found)


def _place(dimension: Any, value: Any) -> int:
    """The segment a value lies in."""
    for point in dimension.domain.places_of([value]):
        return point
    return next(
        place
        for place, each in enumerate(dimension.domain.segments)
        if not each.point
        and (isinstance(value, str) == (each.kind == "string"))
        and (each.low is None or each.low < value)
        and (each.high is None or value < each.high)
    )


@quick
@given(cases("UNIQUE"))
def test_the_example_of_a_gap_matches_no_rule_and_keeps_to_the_allowed_values(case: Case) -> None:
    fires = case.fires()
    for each in analyse(case.grid).findings:
        if each.kind in {Kind.GAP, Kind.FRACTIONS, Kind.MISSING_VALUE}:
            point = tuple(each.example[column.name].value for column in case.grid.columns)
            assert not any(fires(row, point) for row in case.grid.rows)
            for column, value in zip(case.grid.columns, point, strict=True):
                assert value is None or column.allowed is None or column.allowed.evaluate({}, value).value is True


@quick
@given(cases("UNIQUE", max_columns=2), st.integers(0, 40))
def test_a_small_budget_only_leaves_things_out(case: Case, steps: int) -> None:
    some, everything = analyse(case.grid, steps=steps), analyse(case.grid, steps=PLENTY)
    assert everything.complete
    assert some.complete or some.notes
    if some.complete:
        assert some == everything
    said = {each.kind for each in some.findings}
    assert said <= {each.kind for each in everything.findings}


@pytest.mark.parametrize("hit_policy", ["UNIQUE", "FIRST", "PRIORITY"])
@quick
@given(st.data())
def test_of_cells_that_cannot_be_cut_into_segments_nothing_false_is_claimed(
    hit_policy: str, data: st.DataObject
) -> None:
    case = data.draw(cases(hit_policy, max_columns=2, opaque=True))
    order = sorted(case.grid.rows, key=lambda row: (row.rank, row.index) if hit_policy == "PRIORITY" else row.index)
    findings = analyse(case.grid).findings
    for x in (Decimal(0), Decimal(2), "a", True, None):
        fires = case.fires({"x": x})
        winners = {next((row.index for row in order if fires(row, point)), None) for point in case.points()}
        for each in findings:
            indexes = [rule.index for rule in each.rules]
            point = tuple(
                each.example[name].value if (name := column.name) in each.example else None
                for column in case.grid.columns
            )
            if each.kind is Kind.OVERLAP and each.certain:
                assert all(fires(case.grid.rows[index - 1], point) for index in indexes[:2])
            elif each.kind is Kind.UNREACHABLE:
                assert indexes[0] not in winners
            elif each.kind is Kind.EMPTY_TEST:
                assert not winners & {*indexes}
            elif each.kind in {Kind.GAP, Kind.FRACTIONS, Kind.MISSING_VALUE}:
                assert not any(fires(row, point) for row in case.grid.rows)
