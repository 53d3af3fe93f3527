"""Every example that DMN 1.5 gives in the tables of its built-in functions, and the domains that it states there."""

from __future__ import annotations

import pytest

from workflows.feel.builtins import BUILTINS

TABLE_72 = r"""
date("2012-12-25") - date("2012-12-24") = duration("P1D")
date(date and time("2012-12-25T11:00:00Z")) = date("2012-12-25")
date(2012, 12, 25) = date("2012-12-25")
date and time("2012-12-24T23:59:00") = date and time(date("2012-12-24"), time("23:59:00"))
date and time("2012-12-24T23:59:00") + duration("PT1M") = date and time("2012-12-25T00:00:00")
time("23:59:00z") + duration("PT2M") = time("00:01:00@Etc/UTC")
time(date and time("2012-12-25T11:00:00Z")) = time("11:00:00Z")
time("23:59:00z") = time(23, 59, 0, duration("PT0H"))
number("1 000,0", " ", ",") = number("1,000.0", ",", ".")
string(1.1) = "1.1"
string(null) = null
date and time("2012-12-24T23:59:00") - date and time("2012-12-22T03:45:00") = duration("P2DT20H14M")
duration("P2Y2M") = duration("P26M")
years and months duration(date("2011-12-22"), date("2013-08-24")) = duration("P1Y8M")
is(range("[18..21)"), [18..21))
is(range("[2..)"), (>= 2))
is(range("(..2)"), (< 2))
range("") = null
range("[..]") = null
"""
TABLES_73_AND_74 = r"""
not(true) = false
not(null) = null
substring("foobar", 3) = "obar"
substring("foobar", 3, 3) = "oba"
substring("foobar", -2, 1) = "a"
substring("\U01F40Eab", 2) = "ab"
string length("foo") = 3
string length("\U01F40Eab") = 3
upper case("aBc4") = "ABC4"
lower case("aBc4") = "abc4"
substring before("foobar", "bar") = "foo"
substring before("foobar", "xyz") = ""
substring after("foobar", "ob") = "ar"
substring after("", "a") = ""
replace("banana", "a", "o") = "bonono"
replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") = "[1=ab][2=]cd"
contains("foobar", "of") = false
starts with("foobar", "fo") = true
ends with("foobar", "r") = true
matches("foobar", "^fo*b") = true
split("John Doe", "\\s") = ["John", "Doe"]
split("a;b;c;;", ";") = ["a", "b", "c", "", ""]
string join(["a", "b", "c"], "_and_") = "a_and_b_and_c"
string join(["a", "b", "c"], "") = "abc"
string join(["a", "b", "c"], null) = "abc"
string join(["a"], "X") = "a"
string join(["a", null, "c"], "X") = "aXc"
string join([], "X") = ""
string join(["a", "b", "c"]) = "abc"
string join(["a", null, "c"]) = "ac"
string join([]) = ""
"""
TABLE_75 = r"""
list contains([1, 2, 3], 2) = true
count([1, 2, 3]) = 3
count([]) = 0
count([1, [2, 3]]) = 2
min([1, 2, 3]) = 1
max(1, 2, 3) = 3
min(1) = min([1])
max([]) = null
sum([1, 2, 3]) = 6
sum(1, 2, 3) = 6
sum(1) = 1
sum([]) = null
mean([1, 2, 3]) = 2
mean(1, 2, 3) = 2
mean(1) = 1
mean([]) = null
all([false, null, true]) = false
all(true) = all([true])
all([]) = true
all(0) = null
any([false, null, true]) = true
any(false) = false
any([]) = false
any(0) = null
sublist([4, 5, 6], 1, 2) = [4, 5]
append([1], 2, 3) = [1, 2, 3]
concatenate([1, 2], [3]) = [1, 2, 3]
insert before([1, 3], 1, 2) = [2, 1, 3]
remove([1, 2, 3], 2) = [1, 3]
list replace([2, 4, 7, 8], 3, 6) = [2, 4, 6, 8]
list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5) = [5, 5, 7, 8]
reverse([1, 2, 3]) = [3, 2, 1]
index of([1, 2, 3, 2], 2) = [2, 4]
union([1, 2], [2, 3]) = [1, 2, 3]
distinct values([1, 2, 3, 2, 1]) = [1, 2, 3]
flatten([[1, 2], [[3]], 4]) = [1, 2, 3, 4]
product([2, 3, 4]) = 24
product([]) = null
product(2, 3, 4) = 24
median(8, 2, 5, 3, 4) = 4
median([6, 1, 2, 3]) = 2.5
median([]) = null
stddev(2, 4, 7, 5) = 2.081665999466132735282297706979931
stddev([47]) = null
stddev(47) = null
stddev([]) = null
mode(6, 3, 9, 6, 6) = [6]
mode([6, 1, 9, 6, 1]) = [1, 6]
mode([]) = []
"""
TABLES_76_AND_77 = r"""
decimal(1/3, 2) = .33
decimal(1.5, 0) = 2
decimal(2.5, 0) = 2
floor(1.5) = 1
floor(-1.56, 1) = -1.6
ceiling(1.5) = 2
ceiling(-1.56, 1) = -1.5
round up(5.5, 0) = 6
round up(-5.5, 0) = -6
round up(1.121, 2) = 1.13
round up(-1.126, 2) = -1.13
round down(5.5, 0) = 5
round down(-5.5, 0) = -5
round down(1.121, 2) = 1.12
round down(-1.126, 2) = -1.12
round half up(5.5, 0) = 6
round half up(-5.5, 0) = -6
round half up(1.121, 2) = 1.12
round half up(-1.126, 2) = -1.13
round half down(5.5, 0) = 5
round half down(-5.5, 0) = -5
round half down(1.121, 2) = 1.12
round half down(-1.126, 2) = -1.13
abs(10) = 10
abs(-10) = 10
abs(@"PT5H") = @"PT5H"
abs(@"-PT5H") = @"PT5H"
modulo(12, 5) = 2
modulo(-12, 5) = 3
modulo(12, -5) = -3
modulo(-12, -5) = -2
modulo(10.1, 4.5) = 1.1
modulo(-10.1, 4.5) = 3.4
modulo(10.1, -4.5) = -3.4
modulo(-10.1, -4.5) = -1.1
sqrt(16) = 4
decimal(log(10), 11) = 2.30258509299
decimal(exp(5), 12) = 148.413159102577
odd(5) = true
odd(2) = false
even(5) = false
even(2) = true
is(date("2012-12-25"), time("23:00:50")) = false
is(date("2012-12-25"), date("2012-12-25")) = true
is(time("23:00:50z"), time("23:00:50")) = false
is(time("23:00:50z"), time("23:00:50+00:00")) = true
"""
TABLES_79_TO_81 = r"""
day of year(date(2019, 9, 17)) = 260
day of week(date(2019, 9, 17)) = "Tuesday"
month of year(date(2019, 9, 17)) = "September"
week of year(date(2019, 9, 17)) = 38
week of year(date(2003, 12, 29)) = 1
week of year(date(2004, 1, 4)) = 1
week of year(date(2005, 1, 1)) = 53
week of year(date(2005, 1, 3)) = 1
week of year(date(2005, 1, 9)) = 1
sort(list: [3, 1, 4, 5, 2], precedes: function(x, y) x < y) = [1, 2, 3, 4, 5]
get value({key1: "value1"}, "key1") = "value1"
get value({key1: "value1"}, "unexistent-key") = null
get entries({key1: "value1", key2: "value2"}) = [{key: "key1", value: "value1"}, {key: "key2", value: "value2"}]
context([{key: "a", value: 1}, {key: "b", value: 2}]) = {a: 1, b: 2}
context([{key: "a", value: 1}, {key: "b", value: 2, something: "else"}]) = {a: 1, b: 2}
context([{key: "a", value: 1}, {key: "b"}]) = null
context put({x: 1}, "y", 2) = {x: 1, y: 2}
context put({x: 1, y: 0}, "y", 2) = {x: 1, y: 2}
string(context put({x: 1, y: 0, z: 0}, "y", 2)) = "{x: 1, y: 2, z: 0}"
context put({x: 1}, ["y"], 2) = context put({x: 1}, "y", 2)
context put({x: 1, y: {a: 0}}, ["y", "a"], 2) = {x: 1, y: {a: 2}}
context put({x: 1, y: {a: 0}}, [], 2) = null
context merge([{x: 1}, {y: 2}]) = {x: 1, y: 2}
string(context merge([{x: 1, y: 0}, {y: 2}])) = "{x: 1, y: 2}"
"""
# The chapters before: literals, lists, ranges, functions, iteration, types.
CHAPTERS = r"""
number("1.000.000,01", ".", ",") = 1000000.01
1.2e3 = 1.2*10**3
-4 ** 2 = 16
-(4 ** 2) = -16
[1, 2, 3, 4][item > 2] = [3, 4]
[{x: 1, y: 2}, {x: 2, y: 3}][x = 1] = [{x: 1, y: 2}]
[{x: 1, y: 2}, {x: null, y: 3}][x < 2] = [{x: 1, y: 2}]
[{x: 1, y: 2}, {x: 2, y: 3}].y = [2, 3]
[{x: 1, y: 2}, {x: 2}].y = [2, null]
[{a: {b: [1]}}, {a: {b: [2.1, 2.2]}}, {a: {b: [3]}}, {a: {b: [4, 5]}}].a.b = [[1], [2.1, 2.2], [3], [4, 5]]
get entries({key1: "value1"})[key = "key1"].value = ["value1"]
3[item > 2] = [3]
contains(["foobar"], "of") = false
duration("P0DT25H") = duration("P1DT1H")
duration("P0Y13M") = duration("P1Y1M")
{isPositive: function(x) x > 0, isNotNegative: function(x) isPositive(x + 1), result: isNotNegative(0)}.result
for i in 0..4 return if i = 0 then 1 else i * partial[-1] = [1, 1, 2, 6, 24]
("1" = 1) = null
[[1..10].start included, [1..10].start, [1..10].end, [1..10].end included] = [true, 1, 10, true]
[(<= 10).start included, (<= 10).start, (<= 10).end, (<= 10).end included] = [false, null, 10, true]
[(> 1).start included, (> 1).start, (> 1).end, (> 1).end included] = [false, 1, null, false]
[123] instance of list<number>
"abc" instance of string
(123 instance of string) = false
date and time("2012-03-07T00:00:00Z").year = 2012
"""
EXAMPLES = [
    line
    for table in (TABLE_72, TABLES_73_AND_74, TABLE_75, TABLES_76_AND_77, TABLES_79_TO_81, CHAPTERS)
    for line in table.strip().splitlines()
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_standard_hold(value, example):
    if example.startswith("for "):  # the comparison is no part of the body
        loop, _, expected = example.rpartition(" = ")
        example = f"({loop}) = {expected}"
    assert value(example) is True


@pytest.mark.parametrize(
    "text",
    [
        'substring("foobar", 0)',
        'substring("foobar", 7)',
        'substring("foobar", -7)',
        'substring("foobar", 1.5)',
        'substring("foobar", 3, 0)',
        'substring("foobar", 3, 5)',
        'substring("foobar", -2, 3)',
        'substring("", 1)',
        'matches("a", "[")',
        'matches("a", "a", "y")',
        'replace("abc", "x*", "-")',
        'replace("abc", "b", "$")',
        'split("abc", "")',
        'string join(["a", 1])',
        "sublist([1, 2, 3], 1, 0)",
        "sublist([1, 2, 3], 2, 3)",
        "sublist([1, 2, 3], -1, 2)",
        "sublist([1, 2, 3], 0)",
        "insert before([1], 2, 0)",
        "insert before([], 1, 0)",
        "remove([1], 1.5)",
        "remove([1], 2)",
        "count()",
        "count(1, 2)",
        "count(null)",
        'sum([1, "a"])',
        'sum([@"P1D"])',
        "sum()",
        "mean([null])",
        'min([1, "a"])',
        "min([true, false])",
        "min([null])",
        "max()",
        "product([true])",
        'median(["a"])',
        "append(null, 1)",
        "concatenate([1], null)",
        "reverse(null)",
        "flatten(null)",
        "union(null, [1])",
        "list replace([1], function(item) true, 2)",
        "decimal(1, 6177)",
        "decimal(1, -6112)",
        "floor(1.5, null)",
        "round up(null, 1)",
        "round half up(1.5)",
        "modulo(1, 0)",
        "sqrt(-1)",
        "log(0)",
        "log(-1)",
        "exp(100000)",
        'abs("1")',
        "day of year(1)",
        'week of year("2026-01-01")',
        "now(1)",
        "today(null)",
        "not()",
        "not(1)",
        "all(0)",
        "any([false, 1])",
        "get entries(1)",
        "context merge([{}, null])",
        'context put(null, "a", 1)',
    ],
)
def test_outside_the_domain_of_a_function_is_null_with_a_warning(result, text):
    evaluated = result(text)
    assert evaluated.value is None
    assert evaluated.warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Rounded numbers have the places asked for, zeros too.
        ("string(decimal(2.5, 2))", "2.50"),
        ("string(decimal(2, 2))", "2.00"),
        ("string(round half up(1.995, 2))", "2.00"),
        ("string(floor(1.5))", "1"),
        ("string(floor(7, 0))", "7"),
        ("string(decimal(1234.5, -2))", "1200"),
        ("string(decimal(1, 40))", "1"),
        # A scale may be any number in its range.
        ("decimal(1/3, 2.9) = 0.33", True),
        ("round up(1.121, 2.5) = 1.13", True),
        # What is left out of named arguments is null.
        ("list contains(list: [1, null])", True),
        ("append(list: [1])", [1, None]),
        ('number(from: "1")', 1),
        ('number(from: "1.5", grouping separator: ",")', 1.5),
        ("floor(n: 1.5)", 1),
        ('time(hour: 1, minute: 2, second: 3, offset: @"PT1H")', "01:02:03+01:00"),
        ("time(hour: 1, minute: 2)", None),
        ("string join(list: [1], delimiter: 2)", None),
        ("count(lists: [1])", None),
        ("min(c1: 3, c2: 1, c3: 2)", 1),
        ("sum(n1: 1, n2: 2)", 3),
        ("all(b1: true, b2: false)", False),
        ("append(list: [1], item1: 2, item2: 3)", [1, 2, 3]),
        ("append(list: [1], item: [2])", [1, [2]]),
        ("concatenate(list1: [1], list2: [2])", [1, 2]),
        ("union(list: [1, 1])", [1]),
        ("min(c2: 1)", None),
        ("min(c1: 1, c3: 2)", None),
        # A list of one is its item where an item is asked for, and the other way round.
        ("abs([-1])", 1),
        ("count(1)", 1),
        ("reverse(1)", [1]),
        ("upper case(['a'])".replace("'", '"'), "A"),
        ("abs([-1, 2])", None),
        ("date and time(@'2026-03-01', time('09:00:00'))".replace("'", '"'), "2026-03-01T09:00:00"),
    ],
)
def test_arguments_and_results(value, text, expected):
    assert value(text) == expected


GIVEN = {
    **dict.fromkeys(("number", "integer", "truncated", "point", "any"), "1"),
    "string": '"a"',
    "boolean": "true",
    "list": "[1]",
    "context": "{a: 1}",
    **dict.fromkeys(("date", "day"), '@"2026-01-01"'),
    "time": '@"10:00:00"',
    "date and time": '@"2026-01-01T10:00:00"',
    **dict.fromkeys(("duration", "days and time duration"), '@"PT1H"'),
    "years and months duration": '@"P1M"',
    "range": "[1..2]",
    "function": "(function(a, b) a < b)",
}


@pytest.mark.parametrize("name", BUILTINS)
def test_null_where_no_null_is_taken_gives_null_and_so_does_one_argument_too_many(result, name):
    for signature in BUILTINS[name].signatures:
        given = [GIVEN[each.kind] for each in signature.parameters]
        for index, each in enumerate(signature.parameters):
            if each.kind != "any" and not each.nullable:
                evaluated = result(f"{name}({', '.join([*given[:index], 'null', *given[index + 1 :]])})")
                assert evaluated.value is None
                assert evaluated.warnings
        if not any(each.variadic for known in BUILTINS[name].signatures for each in known.parameters):
            evaluated = result(f"{name}({', '.join([*given, '1', '1', '1', '1', '1'])})")
            assert evaluated.value is None
            assert evaluated.warnings


# Name and parameters of DMN 1.5, tables 72 to 82. What is not there is of Camunda 8.
SIGNATURES = """
date(from) date(year, month, day) date and time(date, time) date and time(from) time(from)
time(hour, minute, second, offset) number(from, grouping separator, decimal separator) string(from) duration(from)
years and months duration(from, to) range(from) not(negand) substring(string, start position, length)
string length(string) upper case(string) lower case(string) substring before(string, match)
substring after(string, match) replace(input, pattern, replacement, flags) contains(string, match)
starts with(string, match) ends with(string, match) matches(input, pattern, flags) split(string, delimiter)
string join(list, delimiter) string join(list) list contains(list, element) count(list) min(list) max(list) sum(list)
mean(list) all(list) any(list) sublist(list, start position, length) append(list, item) concatenate(list)
insert before(list, position, newItem) remove(list, position) list replace(list, position, newItem)
list replace(list, match, newItem) reverse(list) index of(list, match) union(list) distinct values(list) flatten(list)
product(list) median(list) stddev(list) mode(list) decimal(n, scale) floor(n) floor(n, scale) ceiling(n)
ceiling(n, scale) round up(n, scale) round down(n, scale) round half up(n, scale) round half down(n, scale) abs(n)
modulo(dividend, divisor) sqrt(number) log(number) exp(number) odd(number) even(number) is(value1, value2)
before(point1, point2) before(point, range) before(range, point) before(range1, range2)
after(point1, point2) after(point, range) after(range, point) after(range1, range2) meets(range1, range2)
met by(range1, range2) overlaps(range1, range2) overlaps before(range1, range2) overlaps after(range1, range2)
finishes(point, range) finishes(range1, range2) finished by(range, point) finished by(range1, range2)
includes(range, point) includes(range1, range2) during(point, range) during(range1, range2) starts(point, range)
starts(range1, range2) started by(range, point) started by(range1, range2) coincides(point1, point2)
coincides(range1, range2) day of year(date) day of week(date) month of year(date) week of year(date)
sort(list, precedes) get value(m, key) get entries(m) context(entries) context put(context, key, value)
context put(context, keys, value) context merge(contexts) now() today()
"""


@pytest.mark.parametrize("signature", [f"{each})".strip() for each in SIGNATURES.replace("\n", " ").split(")")[:-1]])
def test_every_function_of_the_standard_takes_arguments_by_the_names_it_has_there(signature):
    name, _, parameters = signature.removesuffix(")").partition("(")
    named = [each for each in parameters.split(", ") if each]
    accepted = [[each.name for each in known.parameters] for known in BUILTINS[name].signatures]
    assert any(names[: len(named)] == named for names in accepted), accepted
