"""Documents as PDF: A4, Chinese that can be read and copied, whatever the page holds."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
import reportlab
from pypdf import PdfReader

from tests.support import papers
from workflows.intake.printing import print_pdf
from workflows.intake.rendering import Unprintable, render


def pdf_of(template: str, **data: object) -> PdfReader:
    return read(render(template, {"title": "决定书", "number": "样〔2026〕第1号", **data}))


def read(page: str) -> PdfReader:
    return PdfReader(BytesIO(print_pdf(page)))


def text_of(reader: PdfReader) -> str:
    return "".join("".join(page.extract_text().split()) for page in reader.pages)


@pytest.mark.parametrize("name", papers.TEMPLATES)
def test_every_word_of_a_sample_can_be_copied_from_its_pdf(name: str) -> None:
    reader = read(papers.written(name))
    text = text_of(reader)
    manifest = papers.manifest(name)
    facts = [fact if isinstance(fact, str) else fact["text"] for fact in manifest["example"]["facts"]]
    for words in (manifest["title"], *facts, *(one["text"] for one in manifest.get("remedies", ())), "2026年3月2日"):
        assert "".join(words.split()) in text


def test_pages_are_a4_titled_and_numbered() -> None:
    reader = pdf_of("".join(f"<p>第 {n} 段。</p>" for n in range(60)))
    assert len(reader.pages) > 1
    assert {tuple(round(float(side)) for side in page.mediabox) for page in reader.pages} == {(0, 0, 595, 842)}
    assert reader.metadata is not None
    assert reader.metadata.title == "决定书 样〔2026〕第1号"
    for number, page in enumerate(reader.pages, 1):
        assert f"— {number} —" in page.extract_text()


def test_a_paragraph_over_many_pages_loses_nothing() -> None:
    words = "".join(f"第{n}句，" for n in range(2000))
    reader = pdf_of(f"<p>{words}</p>")
    text = text_of(reader)
    for number in range(1, len(reader.pages) + 1):
        text = text.replace(f"—{number}—", "")
    assert text == words


def test_the_same_page_gives_the_same_bytes() -> None:
    page = papers.written()
    assert print_pdf(page) == print_pdf(page)


def test_no_line_begins_with_what_ends_a_sentence() -> None:
    for spare in range(1, 12):
        reader = pdf_of(f"<p>{'字' * spare}{'字《字字》字，' * 40}</p>")
        lines = [line.strip() for page in reader.pages for line in page.extract_text().splitlines() if "字" in line]
        assert len(lines) > 5
        assert [line for line in lines if line[0] in "，》" or line[-1] == "《"] == []


def test_lists_tables_and_breaks_keep_their_words() -> None:
    text = text_of(
        pdf_of(
            "<h3>甲</h3>乙<ul><li>丙<strong>丁</strong>戊</li></ul><ol><li>己</li></ol>庚<br/>辛<hr/>"
            '<table><thead><tr><th colspan="2">壬</th></tr></thead>'
            '<tr><td rowspan="2">癸</td><td>子</td></tr><tr><td>丑</td></tr></table>'
            '<section class="seal"><p>寅</p></section><p class="right">卯 &lt;b&gt; &amp;</p>'
        )
    )
    assert text.replace("•", "").replace("1.", "").replace("—1—", "") == "甲乙丙丁戊己庚辛壬癸子丑寅卯<b>&"


def test_a_font_of_ones_own_is_embedded_and_must_have_every_character(tmp_path: Path) -> None:
    vera = str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")
    latin = render("<p>Ordnung</p>", {"title": "a", "number": "1"})
    [page] = PdfReader(BytesIO(print_pdf(latin, vera))).pages
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert any("/FontFile2" in font["/FontDescriptor"] for font in fonts if "/FontDescriptor" in font)
    assert "Ordnung" in page.extract_text()
    with pytest.raises(Unprintable, match="决"):
        print_pdf(papers.written(), vera)
    (tmp_path / "no.ttf").write_bytes(b"no font")
    for path in ("/nowhere.ttf", str(tmp_path / "no.ttf")):
        with pytest.raises(Unprintable, match="不能用"):
            print_pdf(latin, path)


@pytest.mark.parametrize(
    "template",
    [
        '<table><tr><td rowspan="9">1</td></tr></table>',
        '<table><tr><td>1</td></tr><tr><td colspan="2">2</td><td>3</td></tr><tr><td rowspan="2">4</td></tr></table>',
        "<p>𠮷</p>",
    ],
)
def test_what_cannot_be_printed_is_told(template: str) -> None:
    with pytest.raises(Unprintable):
        pdf_of(template)


@pytest.mark.parametrize(
    "template", ["", "<table></table>", "<ul></ul>", '<section class="seal"></section>', "<p></p>", "<p>" + "字" * 9000 + "</p>"]
)  # fmt: skip
def test_odd_pages_are_printed(template: str) -> None:
    assert len(pdf_of(template).pages) >= 1
