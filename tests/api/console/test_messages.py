"""Messages: a seat is told, each person of it reads for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.console.conftest import Browser, Work
from workflows import runtime
from workflows.runtime import Notified
from workflows.store import transaction

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from tests.api.conftest import Server


def unread(page: HtmlElement) -> list[str]:
    return [str(text) for text in page.xpath("//article[contains(@class, 'unread')]/h2/text()")]


def test_what_a_seat_is_told_each_of_its_people_reads_for_themselves(server: Server, work: Work):
    with transaction(server.database) as session:
        told = runtime.notify(
            session,
            dedupe=f"test-{work.key}",
            group=work.first,
            kind="escalation",
            subject=f"超期 {work.key}",
            text="<b>请尽快</b>",
            channels=["inbox"],
            at=runtime.now(session),
        )
    assert isinstance(told, Notified)
    with Browser(server) as first, Browser(server) as second:
        first.sign_in(work.first)
        second.sign_in(work.second)
        page = first.page("/messages")
        assert f"超期 {work.key}" in unread(page)
        assert "<b>请尽快</b>" in page.xpath("string(//main)")
        assert page.xpath("//nav//b[@class='count']")
        assert f"超期 {work.key}" not in second.page("/messages").text_content()
        (key,) = page.xpath(f"//article[h2='超期 {work.key}']//button/@value")
        assert second.post("/messages/read", key=key).status_code == 404
        first.post("/messages/read", key=key)
        assert f"超期 {work.key}" not in unread(first.page("/messages"))
