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


def test_a_reminder_leads_to_the_task_while_it_is_mine_to_do(server: Server, work: Work):
    with transaction(server.database) as session:
        runtime.urge_user_task(session, work.key, reason="市民又来电", actor="p-0001")
    link = f"//a[@href='/console/tasks/{work.key}']"
    with Browser(server) as first, Browser(server) as second:
        first.sign_in(work.first)
        second.sign_in(work.second)
        assert "市民又来电" in first.page("/messages").text_content()
        assert first.page("/messages").xpath(link)
        second.post(f"/tasks/{work.key}/claim")
        assert not first.page("/messages").xpath(link), "a colleague has it"
        assert second.page("/messages").xpath(link)
