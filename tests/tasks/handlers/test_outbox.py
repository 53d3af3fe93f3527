from __future__ import annotations

from dataclasses import replace

import orjson

from tasks.handlers import Job
from tasks.handlers.outbox import write

JOB = Job(7, "outbox/write", 1, "send", 3, {"channel": "sms"}, {"text": "您反映的问题已办结"})


def test_a_message_is_one_file_named_by_its_job(tmp_path, monkeypatch):
    monkeypatch.setenv("BIHUAN_DATA", str(tmp_path))
    assert write(JOB) == {"outbox": {"file": "7.json"}}
    written = orjson.loads((tmp_path / "outbox" / "7.json").read_bytes())
    assert written == {"key": "7", "headers": {"channel": "sms"}, "variables": {"text": "您反映的问题已办结"}}


def test_written_twice_it_is_the_same_file(tmp_path, monkeypatch):
    monkeypatch.setenv("BIHUAN_DATA", str(tmp_path))
    write(JOB)
    write(JOB)
    write(replace(JOB, key=8))
    assert sorted(file.name for file in (tmp_path / "outbox").iterdir()) == ["7.json", "8.json"]
