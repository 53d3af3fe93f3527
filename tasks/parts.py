"""The parts of a running bihuan: what each runs, with which settings, and how one sees that it works."""

from __future__ import annotations

import socket
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from tasks.children import Part

if TYPE_CHECKING:
    from tasks.settings import Settings

PATIENCE = 150.0  # a machine that is busy with other things takes ten times as long as an idle one


def parts(settings: Settings) -> list[Part]:
    """API and Prefect first; the sweep needs Prefect's server, the job worker and the fallback nothing."""
    python = sys.executable
    ours = {
        "DATABASE_URL": settings.database_url,
        "BIHUAN_DATA": str(settings.data.resolve()),
        "BIHUAN_CLOCK_CONTROL": "true" if settings.clock_control else "false",
        "BIHUAN_PREFECT_PAGES": settings.prefect_pages or settings.prefect_url,
    }
    quiet = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_HOME": str((settings.data / "prefect").resolve()),
        "PREFECT_API_URL": f"{settings.prefect_url}/api",
    }
    server = {
        # Old runs go; what fired when is in our own database. Prefect's feed of events would only repeat it, and its
        # writing makes requests fail that meet it in SQLite, each of which costs its client two seconds.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(int(timedelta(days=30).total_seconds())),
    }
    worker = {"PREFECT_RUNNER_POLL_FREQUENCY": "5", "PREFECT_LOGGING_LEVEL": "WARNING"}
    listen = ("--host", settings.host, "--port")
    return [
        Part(
            "api",
            (
                python,
                "-m",
                "uvicorn",
                "api.app:create_app",
                "--factory",
                *listen,
                str(settings.port),
                "--no-access-log",
            ),
            ours,
            lambda _: _lacks(f"{settings.api_url}/readyz"),
        ),
        Part(
            "prefect",
            (python, "-m", "prefect", "server", "start", *listen, str(settings.prefect_port)),
            quiet | server,
            lambda _: _lacks(f"{settings.prefect_url}/api/health"),
            PATIENCE,
        ),
        Part("jobs", (python, "-m", "tasks.jobs"), ours, lambda _: ""),
        Part("fallback", (python, "-m", "tasks.fallback"), ours, lambda _: ""),
        Part(
            "sweep",
            (python, "-m", "tasks.serve"),
            ours | quiet | worker,
            lambda started: _sweep_lacks(settings, started),
            PATIENCE + 3 * settings.sweep_seconds,
        ),
    ]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _lacks(url: str) -> str:
    try:
        response = httpx.get(url, timeout=5)
    except httpx.HTTPError as error:
        return f"{url}: {type(error).__name__} {error}"
    return "" if response.is_success else f"{url}: {response.status_code} {response.text[:200]}"


def _sweep_lacks(settings: Settings, started: float) -> str:
    """Prefect can be healthy and schedule nothing: only a sweep that has completed lately proves that it works."""
    query: dict[str, Any] = {
        "flows": {"name": {"any_": ["sweep-deadlines"]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
        "sort": "END_TIME_DESC",
        "limit": 1,
    }
    try:
        response = httpx.post(f"{settings.prefect_url}/api/flow_runs/filter", json=query, timeout=10)
        runs = response.raise_for_status().json()
    except httpx.HTTPError as error:
        return f"{type(error).__name__} {error}"
    last = datetime.fromisoformat(runs[0]["end_time"]).timestamp() if runs else 0.0
    if last < started:
        return "no scheduled sweep has completed yet"
    age = time.time() - last
    if age > 3 * settings.sweep_seconds + 30:
        return f"the last sweep completed {age:.0f} s ago, at {datetime.fromtimestamp(last, UTC):%H:%M:%S} UTC"
    return ""
