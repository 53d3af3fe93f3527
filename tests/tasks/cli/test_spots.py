"""`bihuan spots`: plates get their codes, are listed and taken down."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tasks.cli import app
from tests.support import city
from workflows.store import transaction

TABLE = "\ufeffname,address,lon,lat\n万豪广场,乐坪大道,111.9945,27.7281\n中心汽车站,长青中街,111.9982,27.7332\n"


@pytest.fixture
def bihuan(database, url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("BIHUAN_DATA", str(tmp_path))
    with transaction(database) as session:
        city.settle(session)
    return lambda *arguments: CliRunner().invoke(app, ["spots", *arguments])


def test_plates_get_codes_once_are_listed_and_taken_down(bihuan, tmp_path):
    table = tmp_path / "spots.csv"
    table.write_text(TABLE, "utf-8")
    added = bihuan("add", str(table)).output.splitlines()
    assert [line.split()[2] for line in added] == ["万豪广场", "中心汽车站"]
    assert bihuan("add", str(table)).output == ""
    assert sorted(bihuan("list").output.splitlines()) == sorted(added)
    code, grid = added[0].split()[:2]
    assert added[0] in bihuan("list", "--grid", grid).output
    assert bihuan("retire", code).exit_code == 0
    assert code not in bihuan("list").output
    assert "SPOT_NOT_FOUND" in bihuan("retire", code).output


def test_a_wrong_table_changes_nothing_and_says_where(bihuan, tmp_path):
    table = tmp_path / "spots.csv"
    table.write_text(TABLE + "月球,静海,0,0\n", "utf-8")
    assert "不在任何网格里" in bihuan("add", str(table)).output
    assert bihuan("list").output == ""
    table.write_text("name,lon\nx,1\n", "utf-8")
    assert "缺少 address、lat" in bihuan("add", str(table)).output
