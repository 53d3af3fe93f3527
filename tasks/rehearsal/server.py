"""The running server as a rehearsal sees it: the few requests it needs, as any integrator would send them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from PIL import Image

if TYPE_CHECKING:
    from datetime import datetime

Json = dict[str, Any]


class Server:
    """One connection pool to one server, with an API client's secret."""

    def __init__(self, url: str, secret: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {secret}"}, timeout=60)

    def close(self) -> None:
        self._http.close()

    def report(self, report: Json, *, photos: int, idempotency_key: str) -> Json:
        """Send a report with that many photos; returns the number and the query code of the case."""
        files: list[Any] = [("photos", (f"{one}.jpg", photo(one), "image/jpeg")) for one in range(photos)]
        # The report is a part like the photos, or it would be sent as a plain form when there are none.
        files.append(("report", (None, orjson.dumps(report), "application/json")))
        answer: Json = self._send("POST", "/cases", files=files, headers={"Idempotency-Key": idempotency_key}).json()
        return answer

    def case(self, number: str) -> Json:
        return self._get(f"/cases/{number}")

    def open_tasks(self, case_number: str) -> list[Json]:
        query = {"filter": {"businessId": case_number, "state": "CREATED"}, "sort": [{"field": "creationDate"}]}
        items: list[Json] = self._post("/v2/user-tasks/search", query)["items"]
        return items

    def variable(self, task: str, name: str) -> str | None:
        """The JSON text of a variable that a task can see."""
        path = f"/v2/user-tasks/{task}/variables/search?truncateValues=false"
        items = self._post(path, {"filter": {"name": name}})["items"]
        return items[0]["value"] if items else None

    def assign(self, task: str, person: str) -> None:
        self._send("POST", f"/v2/user-tasks/{task}/assignment", json={"assignee": person})

    def complete(self, task: str, variables: Json, person: str) -> None:
        headers = {"On-Behalf-Of": person}
        self._send("POST", f"/v2/user-tasks/{task}/completion", json={"variables": variables}, headers=headers)

    def incidents(self) -> list[Json]:
        """The open ones: what stopped because something failed."""
        items: list[Json] = self._post("/v2/incidents/search", {"filter": {"state": "ACTIVE"}})["items"]
        return items

    def pin_clock(self, at: datetime) -> None:
        self._send("PUT", "/v2/clock", json={"timestamp": int(at.timestamp() * 1000)})

    def reset_clock(self) -> None:
        self._send("POST", "/v2/clock/reset")

    def _get(self, path: str) -> Json:
        body: Json = self._send("GET", path).json()
        return body

    def _post(self, path: str, body: Json, **options: Any) -> Json:
        answer: Json = self._send("POST", path, json=body, **options).json()
        return answer

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, **options).raise_for_status()


def photo(number: int) -> bytes:
    """A small picture that is unlike the others."""
    picture = Image.new("RGB", (64, 48), (number * 37 % 256, number * 91 % 256, number * 53 % 256))
    target = BytesIO()
    picture.save(target, "JPEG")
    return target.getvalue()
