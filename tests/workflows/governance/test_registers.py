from __future__ import annotations

import json

import pytest

from tests.support.city import PACKS, add_register
from workflows.governance import registers
from workflows.governance.registers import RegisterMismatch, RegisterMissing


def pack_with(folder, name, content, schema):
    (folder / "registers").mkdir()
    (folder / "registers" / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    if schema is not None:
        (folder / "registers" / f"{name}.schema.json").write_text(json.dumps(schema), encoding="utf-8")
    return folder


def test_the_shipped_packs_fit_their_schemas():
    assert list(registers.read_pack(PACKS / "case-handling")) == ["filing-conditions"]
    assert list(registers.read_pack(PACKS / "loudi")) == ["organisation"]


def test_a_register_that_breaks_its_schema_names_the_place(tmp_path):
    pack = pack_with(
        tmp_path, "stalls", [{"places": "many"}], {"items": {"properties": {"places": {"type": "integer"}}}}
    )
    with pytest.raises(RegisterMismatch, match=r"stalls\.json.*/0/places 应为整数") as refused:
        registers.read_pack(pack)
    assert refused.value.details == [{"pointer": "/0/places", "message": "应为整数"}]


def test_a_register_without_a_schema_is_refused(tmp_path):
    pack = pack_with(tmp_path, "stalls", [], None)
    with pytest.raises(RegisterMismatch, match=r"缺少 stalls\.schema\.json"):
        registers.read_pack(pack)


def test_a_pack_without_registers_has_none(tmp_path):
    assert registers.read_pack(tmp_path) == {}


def test_the_latest_version_counts_and_is_formed_once(session):
    formed = []

    def form(content):
        formed.append(content)
        return tuple(content)

    add_register(session, "tests", "stalls", [1])
    assert registers.latest(session, "tests", "stalls", form) == (1,)
    assert registers.latest(session, "tests", "stalls", form) == (1,)
    add_register(session, "tests", "stalls", [1, 2], version=2)
    assert registers.latest(session, "tests", "stalls", form) == (1, 2)
    assert formed == [[1], [1, 2]]


def test_a_register_nobody_deployed_is_missing(session):
    with pytest.raises(RegisterMissing, match="loudi/stalls"):
        registers.latest(session, "loudi", "stalls", list)
