"""A page that lists the operations: plain HTML from our own document, nothing loaded from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.openapi import TITLE
from api.permissions import public
from api.routing import new_router

router = new_router("OpenAPI")

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
code{{font-size:.95em;overflow-wrap:anywhere}}dt{{margin-top:1rem}}dd{{margin:0 0 0 1rem;color:#444}}</style>
<h1>{title}</h1><p>The whole description, for tools: <a href="/openapi.json">/openapi.json</a></p>{parts}</html>"""


@router.get("/docs", include_in_schema=False, dependencies=[public("接口说明,不含数据")])
def get_docs(request: Request) -> HTMLResponse:
    """Every operation, by resource."""
    parts: dict[str, list[str]] = {}
    for path, item in request.app.openapi()["paths"].items():
        for method, operation in item.items():
            parts.setdefault(operation["tags"][0], []).append(_entry(path, method, operation))
    listed = "".join(f"<h2>{escape(tag)}</h2><dl>{''.join(entries)}</dl>" for tag, entries in parts.items())
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return HTMLResponse(PAGE.format(title=escape(TITLE), parts=listed), headers=policy)


def _entry(path: str, method: str, operation: dict[str, Any]) -> str:
    said = escape(operation["description"]).replace("\n\n", "<br>")
    return f"<dt><code>{method.upper()} {escape(path)}</code></dt><dd>{said}</dd>"
