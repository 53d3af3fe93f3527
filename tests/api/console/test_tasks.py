"""The inbox and the form of a task, by hand: what is offered, taken, kept, refused and sent."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from lxml import html
from PIL import Image
from sqlalchemy import and_, or_, select, update

from api.console.uploads import PHOTO, STAGE
from tests.api.console.conftest import PASSWORD, Browser, Work
from workflows import runtime
from workflows.runtime import staff
from workflows.store import read, transaction
from workflows.store.tables import Case, Deadline, Event, Photo, ProcessInstance, Seat, StaffAccount, UserTask
from workflows.store.tables.governance import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from sqlalchemy.orm import Session

    from tests.api.conftest import Server


@pytest.fixture
def first(server: Server, work: Work) -> Iterator[Browser]:
    with Browser(server) as opened:
        opened.sign_in(work.first)
        yield opened


@pytest.fixture
def second(server: Server, work: Work) -> Iterator[Browser]:
    with Browser(server) as opened:
        opened.sign_in(work.second)
        yield opened


def task_of(server: Server, key: int) -> UserTask:
    with read(server.database) as session:
        return session.scalars(select(UserTask).where(UserTask.key == key)).one()


def task_case(session: Session, key: int) -> int | None:
    of = select(ProcessInstance.case_id).join(UserTask, UserTask.process_instance_key == ProcessInstance.key)
    return session.scalars(of.where(UserTask.key == key)).one()


def listed(browser: Browser, name: str) -> set[str]:
    return {link.rsplit("/")[-1] for link in browser.page(f"/tasks?list={name}").xpath("//table//a/@href")}


def test_a_task_of_a_seat_is_offered_to_whoever_holds_it_and_to_nobody_else(first: Browser, server: Server, work: Work):
    assert str(work.key) in listed(first, "claimable")
    with Browser(server) as stranger:
        stranger.sign_in("plain")
        assert str(work.key) not in listed(stranger, "claimable")
        assert stranger.get(f"/tasks/{work.key}").status_code == 404
        assert stranger.post(f"/tasks/{work.key}/claim").status_code == 404
        assert stranger.post(f"/tasks/{work.key}/complete", result="属实").status_code == 404
    assert task_of(server, work.key).state == "CREATED"


def test_taken_it_is_mine_and_shown_to_colleagues_and_given_back_it_is_everyones(
    first: Browser, second: Browser, work: Work
):
    first.post(f"/tasks/{work.key}/claim")
    assert str(work.key) in listed(first, "mine")
    assert str(work.key) in listed(second, "colleagues")
    first.post(f"/tasks/{work.key}/unclaim")
    assert str(work.key) in listed(second, "claimable")


def test_the_second_to_take_it_is_told_and_changes_nothing(server: Server, first: Browser, second: Browser, work: Work):
    first.post(f"/tasks/{work.key}/claim")
    assert second.post(f"/tasks/{work.key}/claim").status_code == 409
    assert second.post(f"/tasks/{work.key}/unclaim").status_code == 403
    assert task_of(server, work.key).assignee == work.first


def test_answers_of_whoever_was_too_late_are_still_there(first: Browser, second: Browser, work: Work):
    first.post(f"/tasks/{work.key}/claim")
    answer = second.post(f"/tasks/{work.key}/complete", result="不属实", reason="</textarea><script>现场没有</script>")
    assert answer.status_code == 409
    page = html.fromstring(answer.text)
    assert page.xpath("//textarea[@name='reason']/text()") == ["</textarea><script>现场没有</script>"]
    assert page.xpath("//input[@checked]/@value") == ["不属实"]


def test_a_task_that_a_colleague_takes_meanwhile_is_not_completed_for_them(server: Server, first: Browser, work: Work):
    with ThreadPoolExecutor() as pool:
        with transaction(server.database) as session:
            runtime.assign_user_task(session, work.key, work.second, actor=work.second)
            answer = pool.submit(first.post, f"/tasks/{work.key}/complete", result="属实")
            time.sleep(1)  # it waits for the instance, having seen the task as it was
        assert answer.result().status_code == 409
    assert task_of(server, work.key).state == "CREATED"


@pytest.mark.parametrize("answers", [{}, {"result": "也许"}, {"result": "不属实"}])
def test_answers_that_do_not_fit_the_form_come_back_with_what_is_wrong(
    server: Server, first: Browser, work: Work, answers: dict[str, str]
):
    refused = first.post(f"/tasks/{work.key}/complete", **answers)
    assert refused.status_code == 400
    assert html.fromstring(refused.text).xpath("//*[contains(@class, 'wrong')]//*[@class='error']")
    assert task_of(server, work.key).state == "CREATED"


def test_completed_it_goes_on_in_the_name_of_the_person(server: Server, first: Browser, work: Work):
    answer = first.post(f"/tasks/{work.key}/complete", result="属实")
    assert answer.url.path == "/console/tasks"
    (said,) = html.fromstring(answer.text).xpath("//p[contains(@class, 'gone-on')]")
    assert "现场核实 ·" in said.text_content()
    assert "→ 立案审核 · 人民城市共治共享指挥调度中心 受理席" in said.text_content(), (
        "what happens next, and who does it"
    )
    done = task_of(server, work.key)
    assert (done.state, done.completed_by) == ("COMPLETED", work.first)
    assert first.post(f"/tasks/{work.key}/complete", result="属实").status_code == 409


def test_what_was_typed_is_kept_as_a_draft_also_when_the_task_is_taken(first: Browser, second: Browser, work: Work):
    first.post(f"/tasks/{work.key}/draft", reason="写到一半")
    assert first.page(f"/tasks/{work.key}").xpath("//textarea[@name='reason']/text()") == ["写到一半"]
    assert second.page(f"/tasks/{work.key}").xpath("//textarea[@name='reason']/text()") == []
    first.post(f"/tasks/{work.key}/claim", reason="写到一半又一句")
    assert first.page(f"/tasks/{work.key}").xpath("//textarea[@name='reason']/text()") == ["写到一半又一句"]


def test_drafts_saved_at_once_are_one(first: Browser, work: Work):
    with ThreadPoolExecutor() as pool:
        saved = pool.map(lambda text: first.post(f"/tasks/{work.key}/draft", reason=text).status_code, "一二三四")
    assert set(saved) == {200}
    assert first.page(f"/tasks/{work.key}").xpath("//textarea[@name='reason']/text()")[0] in "一二三四"


def ask(browser: Browser, work: Work, kind: str, why: str, **more: str) -> httpx.Response:
    return browser.post(f"/tasks/{work.key}/requests", **{"/request": kind, "/request-reason": why, **more})


def test_more_time_is_asked_for_with_a_reason_and_once(server: Server, first: Browser, work: Work):
    assert ask(first, work, "suspension", "下雨", **{"/until": "改天"}).status_code == 400
    assert ask(first, work, "extension", " ").status_code == 400
    asked = ask(first, work, "suspension", "下雨", **{"/until": "2099-01-01"})
    assert asked.status_code == 400, "no more than a year"
    assert html.fromstring(asked.text).xpath("//textarea[@name='/request-reason']/text()") == ["下雨"]
    assert ask(first, work, "extension", "要等配件").status_code == 200
    assert ask(first, work, "extension", "要等配件").status_code == 409
    with read(server.database) as session:
        begun = select(ProcessInstance.key).where(ProcessInstance.process_id == "deadline-extension")
        assert len(session.scalars(begun).all()) == 1


def test_what_was_typed_is_kept_when_more_time_is_asked_for_or_the_task_is_given_back(first: Browser, work: Work):
    text = "//textarea[@name='reason']/text()"
    refused = ask(first, work, "extension", " ", reason="写到一半")
    assert html.fromstring(refused.text).xpath(text) == ["写到一半"]
    assert ask(first, work, "extension", "要等配件", reason="写到一半").status_code == 200
    assert first.page(f"/tasks/{work.key}").xpath(text) == ["写到一半"]
    first.post(f"/tasks/{work.key}/claim", reason="写到一半")
    first.post(f"/tasks/{work.key}/unclaim", reason="又写了一句")
    assert first.page(f"/tasks/{work.key}").xpath(text) == ["又写了一句"]


def test_more_time_is_not_asked_for_when_the_photo_sent_with_it_is_none(first: Browser, work: Work):
    said = {"/request": "extension", "/request-reason": "要等配件", "once": "one-form"}
    address, headers = f"/console/tasks/{work.key}/requests", {"origin": first.origin}
    refused = first.http.post(address, data=said, files={PHOTO: ("a.jpg", b"none")}, headers=headers)
    assert refused.status_code == 415
    assert "要等配件" in refused.text
    assert first.http.post(address, data=said, headers=headers).status_code == 200, "nothing was asked before"


def test_a_double_click_is_one_request_and_one_answer(first: Browser, work: Work):
    """Without scripts the second is answered: that it was done, not that it could not be."""
    (once,) = first.page(f"/tasks/{work.key}").xpath("//input[@name='once']/@value")
    for _ in range(2):
        assert "申请已提交" in ask(first, work, "extension", "要等配件", once=once).text
    for _ in range(2):
        answer = first.post(f"/tasks/{work.key}/complete", result="属实", once=once)
        assert (answer.status_code, answer.url.path) == (200, "/console/tasks")
    other = first.post(f"/tasks/{work.key}/complete", result="不属实", reason="改了主意", once=once)
    assert other.status_code == 409
    assert "您已经提交过了" in other.text, "not that a colleague had taken it"
    assert "改了主意" in other.text


def test_a_refused_reassignment_stands_on_the_task_with_what_was_typed(lead: Browser, work: Work):
    refused = lead.post(f"/tasks/{work.key}/assign", person="p-9999", reason="原承办人休假")
    assert refused.status_code == 400
    assert html.fromstring(refused.text).xpath("//input[@name='reason']/@value") == ["原承办人休假"]


def picture(kind: str = "JPEG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), "green").save(out, kind)
    return out.getvalue()


def send_photo(
    browser: Browser, key: int, content: bytes, name: str = "a.jpg", stage: str = "handling"
) -> httpx.Response:
    return browser.http.post(
        f"/console/tasks/{key}/photos",
        data={STAGE: stage, "reason": "写到一半"},
        files={PHOTO: (name, content)},
        headers={"origin": browser.origin},
    )


def test_a_photo_of_the_work_is_shown_and_on_record(server: Server, first: Browser, work: Work):
    assert send_photo(first, work.key, picture("PNG"), "../../<b>.png").status_code == 200
    (source,) = first.page(f"/tasks/{work.key}").xpath("//figure//img/@src")
    shown = first.http.get(source)
    assert shown.headers["content-type"] == "image/jpeg"
    for file in server.app.state.settings.photo_directory.rglob(f"{source.rpartition('/')[2]}*"):
        file.unlink()
    assert first.http.get(source).status_code == 404, "its file is lost"
    with read(server.database) as session:
        added = session.scalars(select(Event).where(Event.tag == "photo:add").order_by(Event.key.desc())).first()
    assert added is not None
    assert (added.actor, added.details["task"]) == (work.first, str(work.key))


@pytest.mark.parametrize(
    ("content", "stage", "status"),
    [(b"<svg onload=alert(1)>", "handling", 415), (picture(), "report-of-someone", 400), (b"", "handling", 415)],
)
def test_what_is_no_photo_is_refused(first: Browser, work: Work, content: bytes, stage: str, status: int):
    refused = send_photo(first, work.key, content, stage=stage)
    assert refused.status_code == status
    assert html.fromstring(refused.text).xpath("//textarea[@name='reason']/text()") == ["写到一半"]
    assert first.page(f"/tasks/{work.key}").xpath("//figure") == []


def test_photos_sent_by_themselves_lose_nothing_that_was_typed(first: Browser, work: Work):
    send_photo(first, work.key, picture())
    assert first.page(f"/tasks/{work.key}").xpath("//textarea[@name='reason']/text()") == ["写到一半"]


def test_what_is_missing_is_marked_at_its_field_and_named_by_no_pointer(first: Browser, work: Work):
    page = html.fromstring(first.post(f"/tasks/{work.key}/complete", reason="").text)
    [alert] = page.xpath("//*[@role='alert']")
    marked = page.xpath("//*[contains(@class, 'field') and contains(@class, 'wrong')]")
    assert f"{len(marked)} 处没有填好" in alert.text_content()
    assert "/" not in alert.text_content()


@pytest.mark.parametrize(
    ("step", "stage"), [("平台受理", "report"), ("问题处置", "handling"), ("及时回访", "inspection")]
)
def test_a_photo_is_offered_for_the_stage_that_the_case_is_in(
    server: Server, first: Browser, work: Work, step: str, stage: str
):
    with transaction(server.database) as session:
        session.execute(update(Case).where(Case.key == task_case(session, work.key)).values(step=step))
    offered = first.page(f"/tasks/{work.key}").xpath(f"//input[@name='{STAGE}']")
    assert [one.get("value") for one in offered] == ["report", "handling", "inspection"]
    assert [one.get("value") for one in offered if one.get("checked") is not None] == [stage]


@pytest.mark.parametrize("content", [picture(), b"no picture"])
def test_a_task_is_completed_together_with_its_photos_or_not_at_all(
    server: Server, first: Browser, work: Work, content: bytes
):
    answer = first.http.post(
        f"/console/tasks/{work.key}/complete",
        data={"result": "属实", STAGE: "inspection"},
        files={PHOTO: ("a.jpg", content)},
        headers={"origin": first.origin},
    )
    with read(server.database) as session:
        photos = session.scalars(select(Photo).where(Photo.case_key == task_case(session, work.key))).all()
    assert [one.stage for one in photos] == (["inspection"] if answer.status_code == 200 else [])
    assert answer.status_code == (200 if content != b"no picture" else 415)
    assert task_of(server, work.key).state == ("COMPLETED" if photos else "CREATED")


def test_nobody_adds_photos_to_the_task_of_another(first: Browser, second: Browser, work: Work):
    first.post(f"/tasks/{work.key}/claim")
    assert send_photo(second, work.key, picture()).status_code == 409


def test_a_supervisor_gives_a_task_to_someone_with_a_reason(server: Server, lead: Browser, first: Browser, work: Work):
    assert lead.post(f"/tasks/{work.key}/assign", person=work.second, reason=" ").status_code == 400
    assert lead.post(f"/tasks/{work.key}/assign", person="p-9999", reason="请假").status_code == 400
    assert first.post(f"/tasks/{work.key}/assign", person=work.first, reason="请假").status_code == 403
    assert lead.post(f"/tasks/{work.key}/assign", person=work.second, reason="请假").status_code == 200
    assert task_of(server, work.key).assignee == work.second
    with read(server.database) as session:
        given = session.scalars(select(Event).where(Event.tag == "user-task:assign").order_by(Event.key.desc())).first()
    assert given is not None
    assert given.details == {"assignee": work.second, "reason": "请假"} | given.details
    with read(server.database) as session:
        case = session.get(Case, task_case(session, work.key))
    told = lead.page(f"/cases/{case.number}?tab=timeline").xpath("//li[strong='指派']")
    assert "现场核实" in told[0].text_content(), "by its name, not its id"


def signed_in(server: Server, person: str) -> Browser:
    with transaction(server.database) as session:
        if session.get(StaffAccount, person) is None:
            staff.create_account(session, person, PASSWORD, person=person, roles=[], actor="tests")
    opened = Browser(server)
    opened.sign_in(person)
    return opened


def task_beside(server: Server, process: str) -> tuple[int, str]:
    """The open task of the newest instance that decides about a case, and somebody who may take it."""
    with read(server.database) as session:
        row = session.execute(
            select(UserTask.key, UserTask.candidate_groups)
            .join(ProcessInstance, ProcessInstance.key == UserTask.process_instance_key)
            .where(ProcessInstance.process_id == process, UserTask.state == "CREATED")
            .order_by(UserTask.key.desc())
        ).first()
        assert row is not None
        held = [group.partition("@") for group in row.candidate_groups]
        seats = [and_(Seat.role == role, Seat.unit_id == unit) for role, _, unit in held]
        return row.key, str(session.scalars(select(Seat.person_id).where(or_(*seats))).first())


def test_who_approves_sees_what_is_asked_and_the_case_and_who_asked_what_it_waits_for(
    server: Server, lead: Browser, first: Browser, work: Work
):
    with read(server.database) as session:
        case = session.get_one(Case, task_case(session, work.key))
        name = session.get_one(Person, work.first).name
    ask(first, work, "extension", "要等配件,周五到货")
    key, person = task_beside(server, "deadline-extension")
    with signed_in(server, person) as approver:
        page = " ".join(approver.page(f"/tasks/{key}").text_content().split())
        listed = approver.page("/tasks?list=claimable").xpath(f"string(//tr[@data-key='{key}'])")
    for said in ("延期 · 核实", name, "要等配件,周五到货", case.number, case.text):
        assert said in page, said
    assert case.number in listed
    assert "部门初审" in first.page(f"/tasks/{work.key}").text_content(), "what it waits for"
    shown = lead.page(f"/cases/{case.number}").text_content()
    assert "要等配件,周五到货" in shown
    assert "部门初审" in shown


def test_a_letter_of_supervision_stands_on_the_task_to_answer_it_and_on_the_case(
    server: Server, lead: Browser, work: Work
):
    with read(server.database) as session:
        number = session.get_one(Case, task_case(session, work.key)).number
        instance = session.get_one(UserTask, work.key).process_instance_key
    for answers in ({"result": "属实"}, {"result": "立案"}, {"result": "按建议派遣"}):
        with transaction(server.database) as session:
            of = (UserTask.process_instance_key == instance, UserTask.state == "CREATED")
            task = session.scalars(select(UserTask.key).where(*of)).one()
            runtime.complete_user_task(session, task, answers, actor="p-0121")
    (clock,) = lead.page(f"/cases/{number}/act/supervise").xpath("//select/option[@value != '']/@value")
    lead.post(f"/cases/{number}/act/supervise", clock=clock, reason="市民催问")
    key, person = task_beside(server, "supervision")
    with signed_in(server, person) as leader:
        page = leader.page(f"/tasks/{key}").text_content()
        assert "督 办 件" in page
        assert number in page
        case = lead.page(f"/cases/{number}").text_content()
        assert "还没有回复" in case
        leader.post(f"/tasks/{key}/complete", decision="办理说明", note="已到现场,今天办完")
    case = lead.page(f"/cases/{number}").text_content()
    assert "只说明办理情况 · 已到现场,今天办完" in case
    assert "督办审核" in case, "what it waits for now"


def test_who_was_late_can_appeal_once_from_the_task_they_did(
    server: Server, first: Browser, second: Browser, work: Work
):
    with transaction(server.database) as session:
        number = session.get_one(Case, task_case(session, work.key)).number
        of = session.scalars(select(Deadline).where(Deadline.element_instance_key == work.key)).one()
        of.due = runtime.now(session) - timedelta(hours=3)
    first.post(f"/tasks/{work.key}/complete", result="属实")
    assert first.page(f"/cases/{number}").xpath(f"//a[@href='/console/tasks/{work.key}'][text()='申诉超期']")
    assert first.page(f"/tasks/{work.key}").xpath("//input[@name='/request']/@value") == ["appeal"]
    assert not second.page(f"/tasks/{work.key}").xpath("//input[@name='/request']"), "who did not do it has no say"
    assert ask(second, work, "appeal", "暴雨").status_code == 409
    assert ask(first, work, "appeal", " ").status_code == 400
    sent = ask(first, work, "appeal", "暴雨,道路封闭")
    assert sent.status_code == 200
    assert "申请已提交" in sent.text
    assert ask(first, work, "appeal", "暴雨,道路封闭").status_code == 409
    key, person = task_beside(server, "overdue-appeal")
    with signed_in(server, person) as approver:
        page = approver.page(f"/tasks/{key}").text_content()
    assert "暴雨,道路封闭" in page
