"""Reporting, looking up and rating without an account, as a browser without JavaScript does it."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
from lxml import html
from sqlalchemy import func, select

from api.citizens import OURS
from api.citizens.pages import WORDS
from tests.api.citizens.conftest import DONE, SQUARE, case_of, code_of, elsewhere, form, handle, plate, report
from tests.api.console.conftest import PACKS
from tests.support.pictures import picture
from workflows import runtime
from workflows.governance import notices, spots
from workflows.governance.spots import Place
from workflows.store import read, transaction
from workflows.store.tables import Case, Photo, Report

if TYPE_CHECKING:
    from tests.api.conftest import Server

HOSTILE = """<img src=x onerror="alert(1)"><svg onload=alert(2)>"'>{{7*7}}</script>"""
LIMIT = 30_000  # bytes over the wire, nothing compressed


def page(answer: httpx.Response, status: int = 200) -> html.HtmlElement:
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)


def look_up(citizen: httpx.Client, code: str) -> httpx.Response:
    return citizen.post("/q", data={"code": code})


def invitation(citizen: httpx.Client, code: str) -> str:
    [link] = page(look_up(citizen, code)).xpath("//a[starts-with(@href, '/rate/')]/@href")
    return str(link)


def test_both_languages_have_the_same_words():
    assert set(WORDS["zh"]) == set(WORDS["en"])


def test_every_class_of_the_catalogue_has_a_name_and_every_condition_one_tile(citizen: httpx.Client, spot: str):
    shown = page(citizen.get(f"/r/{spot}"))
    register = json.loads((PACKS / "case-handling" / "registers" / "filing-conditions.json").read_text("utf-8"))
    assert sorted(shown.xpath("//input[@name='condition']/@value")) == sorted(one["code"] for one in register)
    first = shown.xpath("//fieldset//input[@name='condition']/@value")
    tiles = sorted((one for one in register if "tile" in one), key=lambda one: one["tile"])
    assert first == [one["code"] for one in tiles]


def test_a_report_from_a_plate_is_a_case_there(server: Server, citizen: httpx.Client, spot: str):
    shown = page(citizen.get(f"/r/{spot}"))
    assert SQUARE.address in shown.text_content()
    [sent] = shown.xpath("//form[@id='report']")
    fields = {name: value for name, value in sent.form_values() if name in {"key", "opened", "lon", "lat", "website"}}
    fields["opened"] = str(int(fields["opened"]) - 5)
    answer = report(citizen, spot, **fields, text="满出来了", phone="0738-0000001", place="东门")
    case = case_of(server, code_of(answer))
    with read(server.database) as session:
        hangs = spots.find(session, spot)
    assert (case.channel, case.lon, case.lat) == ("qr", hangs.lon, hangs.lat)
    assert case.address == f"{hangs.name} {SQUARE.address} 东门"
    assert case.spot == spot
    assert case.contact
    assert page(answer, 201).xpath("//*[local-name()='svg']")
    assert case.number in answer.text


def test_nothing_but_what_it_is_has_to_be_told(server: Server, citizen: httpx.Client, spot: str):
    case = case_of(server, code_of(report(citizen, spot)))
    assert (case.text, case.contact, case.photos) == ("垃圾容器满溢", False, 0)
    assert "请先选一类问题" in page(report(citizen, spot, condition=""), 400).text_content()
    assert "C9999-01" in page(report(citizen, spot, condition="C9999-01"), 400).text_content()


def test_without_a_plate_one_chooses_the_community_or_is_located(server: Server, citizen: httpx.Client):
    assert citizen.get("/r").headers["location"] == "/r/"
    [unit, *_] = page(citizen.get("/r/")).xpath("//select[@name='unit']/option[@value!='']/@value")
    case = case_of(server, code_of(report(citizen, "", unit=unit, place="样例路 3 号")))
    assert (case.channel, case.address) == ("web", "样例路 3 号")
    assert case.grid
    located = case_of(server, code_of(report(citizen, "", lon="111.9990", lat="27.7331")))
    assert (located.lon, located.lat) == (111.9990, 27.7331)
    assert "请选择所在社区" in page(report(citizen, ""), 400).text_content()
    assert report(citizen, "", lon="nan", lat="inf").status_code == 400


def test_sent_twice_it_is_one_case_and_with_other_words_it_is_refused(server: Server, citizen: httpx.Client, spot: str):
    key = uuid4().hex
    opened = str(int(time.time()) - 9)
    first, again = (report(citizen, spot, key=key, opened=opened, text="一件") for _ in range(2))
    assert code_of(first) == code_of(again)
    assert report(citizen, spot, key=key, opened=opened, text="另一件").status_code == 422
    with read(server.database) as session:
        assert session.scalar(select(func.count()).where(Case.text == "一件")) == 1


def test_a_script_is_answered_in_json(citizen: httpx.Client, spot: str):
    ask = {"accept": "application/json"}
    done = citizen.post(f"/r/{spot}", data=form(), files={"photo": ("", b"")}, headers=ask)
    assert done.status_code == 201
    assert set(done.json()) == {"number", "code", "next"}
    refused = citizen.post(f"/r/{spot}", data=form(condition=""), files={"photo": ("", b"")}, headers=ask)
    assert (refused.status_code, refused.json()["detail"]) == (400, "请先选一类问题")


def test_a_photo_is_kept_without_where_it_was_taken_and_what_is_none_is_refused(
    server: Server, citizen: httpx.Client, spot: str
):
    case = case_of(server, code_of(report(citizen, spot, ("../../x<b>.jpg", picture(), "image/jpeg"))))
    with read(server.database) as session:
        [photo] = session.scalars(select(Photo).where(Photo.case_key == case.key))
    assert (photo.stage, photo.media_type) == ("report", "image/jpeg")
    assert report(citizen, spot, ("x.jpg", b"<svg onload=alert(1)>", "image/jpeg")).status_code == 415


def test_programs_are_not_taken_for_people(citizen: httpx.Client, spot: str):
    for trap in ({"website": "http://x.invalid"}, {"opened": str(int(time.time()))}, {"opened": ""}):
        assert report(citizen, spot, **trap).status_code == 400
    assert report(citizen, spot, key="short").status_code == 400


def test_progress_is_shown_in_five_steps_without_anybody_s_name(server: Server, citizen: httpx.Client, spot: str):
    code = code_of(report(citizen, spot, phone="0738-0000009"))
    handle(server, code, DONE[:4])
    shown = page(look_up(citizen, f" {code[:5].lower()}-{code[5:].lower()} "))
    steps = [("".join(one.itertext("b")), one.get("class")) for one in shown.xpath("//ol[@class='steps']/li")]
    assert [step for step, _ in steps] == ["问题提交", "平台受理", "问题处置", "及时回访", "结果评价"]
    assert [how for _, how in steps] == ["done", "done", "done", "now", ""]
    text = shown.text_content()
    assert "样例-" not in text
    assert "0738-0000009" not in text
    assert "p-0" not in text
    assert "最迟" in text


def test_photos_of_the_work_are_shown_for_a_while_to_who_has_the_code(server: Server, citizen: httpx.Client, spot: str):
    code = code_of(report(citizen, spot, ("x.jpg", picture(), "image/jpeg")))
    [src] = page(look_up(citizen, code)).xpath("//details[@class='photos']//img/@src")
    shown = citizen.get(src)
    assert shown.headers["content-type"] == "image/jpeg"
    subject, expiry, signature = src.removeprefix("/q/photos/").split(".")
    for forged in (f"photo-999.{expiry}.{signature}", f"{subject}.9999999999.{signature}", f"{subject}.{expiry}.x"):
        assert citizen.get(f"/q/photos/{forged}").status_code == 404
    for file in server.app.state.settings.photo_directory.rglob("*.jpg"):
        file.unlink()
    assert citizen.get(src).status_code == 404, "its file is lost"
    server.app.state.settings.reporter_photos = False
    try:
        assert page(look_up(citizen, code)).xpath("//img") == []
    finally:
        server.app.state.settings.reporter_photos = True


def test_dissatisfied_it_is_handled_again_and_satisfied_it_is_closed(server: Server, citizen: httpx.Client, spot: str):
    code = code_of(report(citizen, spot))
    handle(server, code)
    first = invitation(citizen, code)
    assert page(citizen.get(first)).xpath("//button[@name='result']/@value") == ["满意", "基本满意", "不满意"]
    answer = citizen.post(first, data={"result": "不满意", "reason": "没有解决", "comment": HOSTILE})
    assert "重新处置" in page(answer).text_content()
    assert case_of(server, code).step == "问题处置"
    again = citizen.post(first, data={"result": "满意"})
    assert "您的评价：不满意" in page(again).text_content()
    handle(server, code, DONE[3:])
    second = invitation(citizen, code)
    assert second != first
    assert "办结" in page(citizen.post(second, data={"result": "满意"})).text_content()
    case = case_of(server, code)
    assert (case.state, case.satisfaction, case.reworks) == ("closed", "满意", 1)
    shown = page(look_up(citizen, code))
    assert [line.split("：")[0] for line in shown.xpath("//ul[1]/li/text()[1]")][:2] == ["第 1 次", "第 2 次"]
    assert shown.xpath("//a[starts-with(@href, '/rate/')]") == []
    assert "您的评价：不满意" in page(citizen.get(first)).text_content()


def test_looking_at_a_link_is_no_answer(server: Server, citizen: httpx.Client, spot: str):
    code = code_of(report(citizen, spot))
    handle(server, code)
    for _ in range(3):
        page(citizen.get(invitation(citizen, code)))
    assert case_of(server, code).step == "及时回访"


def test_in_english_problems_and_what_was_told_are_in_english(server: Server, citizen: httpx.Client, spot: str):
    code = code_of(report(citizen, spot))
    handle(server, code)
    register = json.loads((PACKS / "case-handling" / "registers" / "filing-conditions.json").read_text("utf-8"))
    citizen.cookies.set("bihuan_words", "en")
    form = page(citizen.get(f"/r/{spot}"))
    assert sorted(form.xpath("//label[input[@name='condition']]/text()")) == sorted(one["nameEn"] for one in register)
    shown = page(look_up(citizen, code))
    assert shown.xpath("string(//h1)") == "Rubbish bin overflowing"
    told = shown.xpath("//h2[.='Replies']/following-sibling::ul[1]/li/text()")
    assert told
    assert "".join(told).isascii()
    [link] = shown.xpath("//a[starts-with(@href, '/rate/')]/@href")
    assert "Rubbish bin overflowing" in page(citizen.get(link)).text_content()


def test_whatever_is_told_has_its_words(citizen: httpx.Client):
    for words in WORDS.values():
        assert {f"notice.{kind}" for kind in notices._TEXTS} <= set(words)


def test_large_print_and_language_are_remembered(citizen: httpx.Client):
    citizen.post("/display", data={"size": "large", "back": "/q"})
    citizen.post("/display", data={"words": "en", "back": "/q"})
    shown = page(citizen.get("/q"))
    assert shown.xpath("//html/@class") == ["large"]
    assert shown.xpath("//html/@lang") == ["en"]
    for back in ("//evil.invalid", "https://evil.invalid", "/\\evil.invalid", "/x\r\ny: z"):
        assert citizen.post("/display", data={"back": back}).headers["location"] == "/"


@pytest.mark.parametrize("path", ["/", "/r/{spot}", "/r/", "/q", "/rate/none"])
def test_every_page_keeps_to_itself(citizen: httpx.Client, spot: str, path: str):
    answer = citizen.get(path.format(spot=spot))
    shown = html.fromstring(answer.text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert [url for url in shown.xpath("//@src | //@href | //@action") if "//" in url] == []
    assert shown.xpath("//script[not(@src)] | //@style | //@onclick") == []
    assert shown.xpath("//input[not(@type='hidden')][not(@id)][not(ancestor::label)]") == []


@pytest.mark.parametrize("path", ["/", "/r/{spot}", "/r/", "/q", "/rate/none"])
def test_a_page_and_all_it_loads_is_light(citizen: httpx.Client, spot: str, path: str):
    answer = citizen.get(path.format(spot=spot), headers={"accept-encoding": "identity"})
    loads = html.fromstring(answer.text).xpath("//script/@src | //link[@rel='stylesheet']/@href")
    parts = [citizen.get(url, headers={"accept-encoding": "identity"}) for url in loads]
    assert all(part.status_code == 200 for part in parts)
    assert sum(len(part.content) for part in (answer, *parts)) <= LIMIT


def test_refusals_are_pages_in_plain_words(server: Server, citizen: httpx.Client, spot: str):
    with transaction(server.database) as session:
        [gone] = runtime.import_spots(session, [Place("拆掉的牌子", "", SQUARE.lon, SQUARE.lat)], actor="tests")
        runtime.retire_spot(session, gone.code, actor="tests")
    for path in ("/r/NOBODYS1", f"/r/{gone.code}", "/q/nothing", "/rate/nobody"):
        assert "没有这个页面" in page(citizen.get(path), 404).text_content(), path
    large = citizen.post(f"/r/{spot}", data=form(), files={"photo": ("x.jpg", b"x" * 21_000_000)})
    assert "照片太大" in page(large, 413).text_content()


def test_a_mistyped_address_is_a_page_for_people_and_a_problem_for_programs(citizen: httpx.Client):
    for path in ("/nowhere", "/R/K7PX2M9Q"):
        shown = citizen.get(path, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert shown.status_code == 404
        assert "没有这个页面" in shown.text
        told = citizen.get(path)
        assert told.status_code == 404
        assert told.headers["content-type"] == "application/problem+json"
    assert citizen.get("/cases", headers={"accept": "text/html"}).status_code == 401, "the API answers for its own"


def test_who_guesses_codes_is_slowed_down_and_told_nothing(server: Server, spot: str):
    counts = server.app.state.wrong_codes
    with httpx.Client(base_url=server.url, timeout=30) as citizen:
        code = code_of(report(citizen, spot))
        for _ in range(counts._allowed):
            assert "没有这个查询码" in page(look_up(citizen, "ABCDEFGHJK"), 404).text_content()
        stopped = look_up(citizen, code)
        assert "请等一分钟" in page(stopped, 429).text_content()
        assert int(stopped.headers["retry-after"]) <= 60
        assert citizen.get("/rate/guessed").status_code == 429
        assert "127.0.0.1" not in repr(counts.__dict__)
        counts._counts.clear()
        assert look_up(citizen, code).status_code == 200


def test_what_a_citizen_or_an_official_wrote_stays_text(server: Server, citizen: httpx.Client):
    spot = plate(server, elsewhere(name=HOSTILE[:60], address=HOSTILE))
    code = code_of(report(citizen, spot, text=HOSTILE, place=HOSTILE[:50]))
    handle(server, code)
    answers = [citizen.get(f"/r/{spot}"), look_up(citizen, code), citizen.get(invitation(citizen, code))]
    for answer in answers:
        assert "<img src=x" not in answer.text
        assert "<svg onload" not in answer.text
        assert "49" not in re.findall(r"\{\{.*?\}\}", answer.text)


def test_the_api_keeps_its_addresses_and_its_document(server: Server, citizen: httpx.Client):
    document = citizen.get("/openapi.json").json()
    assert {path.split("/")[1] for path in document["paths"]} & OURS == set()
    missing = citizen.get("/nothing")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert citizen.delete("/cases").status_code == 405
    assert json.loads(citizen.get("/livez").text) == {"status": "ok"}
    assert citizen.get("/console/login").status_code == 200


def test_no_cookie_but_how_a_page_is_shown_and_no_personal_data_in_it(server: Server, citizen: httpx.Client, spot: str):
    code = code_of(report(citizen, spot, phone="0738-0000002"))
    look_up(citizen, code)
    assert dict(citizen.cookies) == {}
    with read(server.database) as session:
        row = session.get(Report, case_of(server, code).key)
    assert row is not None
    assert row.reporter_phone == "0738-0000002"
