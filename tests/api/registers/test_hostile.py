"""Whatever stands in any member of a lookup or an entry, the answer is never a failure of ours."""

from __future__ import annotations

from tests.api.test_no_500 import VALUES

LOOKUP = ("key", "alias", "where", "at", "place")
INNER = {
    "alias": ("kind", "value"),
    "where": ("name", "kind", "owners"),
    "place": ("unit", "grid", "lon", "lat", "within"),
}
GOOD = {"alias": {"kind": "plate", "value": "x"}, "where": {}, "place": {"lon": 112.0, "lat": 27.7}}
ENTRY = {"kind": "shop", "name": "样例"}
FIELDS = ("id", "kind", "name", "plate", "phone", "location", "owners")
PERMIT = {"id": "X-9", "kind": "festival", "name": "样例", "matters": ["E0402"]}


def test_no_value_in_a_lookup_is_a_500(admin):
    asked = [{name: value} for name in LOOKUP for value in VALUES]
    asked += [
        {outer: GOOD[outer] | {name: value}} for outer, names in INNER.items() for name in names for value in VALUES
    ]
    for filter in asked:
        answer = admin.post("/registers/parties/entries/search", json={"filter": filter})
        assert answer.status_code in {200, 400}, (filter, answer.text)


def test_no_value_in_an_entry_is_a_500(admin):
    given = [("parties", ENTRY | {name: value}) for name in FIELDS for value in VALUES]
    given += [("permits", PERMIT | {name: value}) for name in ("from", "to", "windows", "location") for value in VALUES]
    given += [
        ("parties", ENTRY | {"location": GOOD["place"] | {name: value}})
        for name in ("lon", "radius")
        for value in VALUES
    ]
    for register, data in given:
        answer = admin.post(f"/registers/{register}/entries", json={"data": data, "reason": "试"})
        assert answer.status_code in {201, 400, 409}, (data, answer.text)
        with_key = admin.put(f"/registers/{register}/entries/E-1", json={"data": data, "reason": "试"})
        assert with_key.status_code in {200, 400, 409}, (data, with_key.text)
