"""From the HTML of a document to PDF, A4, in a Chinese font: its words can be searched and copied."""

from __future__ import annotations

import re
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from lxml import html
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    KeepTogether,
    LayoutError,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from workflows.intake.lines import broken
from workflows.intake.rendering import Unprintable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement
    from reportlab.pdfgen.canvas import Canvas

#: Every reader of PDF knows it, with the Chinese font of the machine it runs on; nothing is embedded.
PLAIN_FONT = "STSong-Light"
LAST_PLAIN = "\uffff"  # the last character that it can show
WIDTH = A4[0] - (28 + 26) * mm  # GB/T 9704: 156 mm of text
INDENT = 28.0  # two characters
SEAL = 20 * mm
PADDING = 6  # of a frame, points
BREAK = "\u2028"
_SPACES = re.compile("[ \t\r\n]+")


def print_pdf(page: str, font: str | None = None) -> bytes:
    """``page`` is what ``rendering.page`` made. ``font`` is the path of a TrueType font to embed.

    The same page gives the same bytes. Unprintable where a character is not in the font.
    """
    root = html.document_fromstring(page)
    title, body = root.findtext("head/title") or "", root.find("body")
    name = _font(font, "".join(map(str, root.itertext())))
    made = BytesIO()
    room = {"leftMargin": 28 * mm, "rightMargin": 26 * mm, "topMargin": 37 * mm, "bottomMargin": 35 * mm}
    margins = {side: width - PADDING for side, width in room.items()}
    document = SimpleDocTemplate(made, pagesize=A4, title=title, lang="zh-CN", invariant=1, **margins)
    numbered = partial(_page_number, name)
    try:
        document.build(list(_flow(body, _styles(name))), onFirstPage=numbered, onLaterPages=numbered)
    except (LayoutError, ValueError, IndexError) as error:
        raise Unprintable(f"排不成版：{str(error)[:200]}") from error
    return made.getvalue()


def _font(path: str | None, text: str) -> str:
    if path is None:
        if rare := sorted({character for character in text if character > LAST_PLAIN}):
            raise Unprintable(f"PDF 的字体里没有这些字：{' '.join(rare)[:100]}；请配置含有它们的字体，或者打印 HTML")
        name = PLAIN_FONT
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(name))
        return name
    if path not in pdfmetrics.getRegisteredFontNames():
        try:
            pdfmetrics.registerFont(TTFont(path, path))
        except (OSError, TTFError) as error:
            raise Unprintable(f"字体 {path} 不能用：{error}") from error
    known = pdfmetrics.getFont(path).face.charToGlyph
    if rare := sorted({character for character in text if character.isprintable() and ord(character) not in known}):
        raise Unprintable(f"字体 {path} 里没有这些字：{' '.join(rare)[:100]}")
    return path


def _styles(font: str) -> dict[str, ParagraphStyle]:
    base = ParagraphStyle("p", fontName=font, fontSize=14, leading=25, wordWrap="CJK", firstLineIndent=INDENT)
    other: Callable[..., ParagraphStyle] = partial(ParagraphStyle, parent=base, firstLineIndent=0)
    return {
        "p": base,
        "h1": other("h1", fontSize=20, leading=30, alignment=TA_CENTER),
        "h2": other("h2", fontSize=22, leading=33, alignment=TA_CENTER),
        "h3": other("h3", spaceBefore=12, keepWithNext=1),
        "li": other("li", leftIndent=INDENT, bulletIndent=0, bulletFontName=font, bulletFontSize=14),
        "cell": other("cell", fontSize=12, leading=18),
        "number": other("number", alignment=TA_CENTER, spaceBefore=6, spaceAfter=12),
        "plain": other("plain"),
        "right": other("right", alignment=TA_RIGHT),
        "note": other("note", fontSize=10.5, leading=16),
        "notice": other("notice", borderWidth=1.5, borderColor=colors.black, borderPadding=6, spaceAfter=12),
        "seal": other("seal", alignment=TA_CENTER, leftIndent=WIDTH - 90 * mm),
    }


class _Lines(Paragraph):  # type: ignore[misc]
    """A paragraph of plain text, broken as Chinese is. Nothing in the text is markup."""

    @classmethod
    def of(cls, text: str, style: ParagraphStyle, bullet: str | None = None) -> _Lines:
        like = Paragraph("x", style).frags[0]
        return cls(None, style, bulletText=bullet, frags=[like.clone(text=text)])

    def breakLinesCJK(self, widths: Any) -> Any:  # noqa: N802 - its name there
        [frag] = self.frags
        width = partial(pdfmetrics.stringWidth, fontName=frag.fontName, fontSize=frag.fontSize)
        rooms = list(widths) if isinstance(widths, list | tuple) else [widths]
        lines: list[tuple[float, list[str]]] = []
        if hasattr(frag, "words"):  # the lines of one page of a paragraph that goes over two
            lines = [(rooms[-1] - width(line), [line]) for line in frag.words]
        else:
            for part in frag.text.split(BREAK):
                lines += [(spare, [line]) for spare, line in broken(part, rooms[len(lines) :] or rooms[-1:], width)]
        return frag.clone(kind=0, lines=lines, ascent=frag.fontSize, descent=-0.2 * frag.fontSize)


def _flow(parent: HtmlElement, styles: dict[str, ParagraphStyle]) -> Iterator[Flowable]:
    """What stands in an element, one below the other; loose text is a paragraph."""
    yield Spacer(0, 0.1)  # a page, even where nothing is on it
    loose = parent.text or ""
    for child in [*parent, None]:
        if child is not None and child.tag in {"br", "strong", "span"}:
            loose += (BREAK if child.tag == "br" else _words(child)) + (child.tail or "")
            continue
        if said := _said(loose).strip(" "):
            yield _Lines.of(said, styles["p"])
        if child is not None:
            yield from _BLOCKS.get(child.tag, _paragraph)(child, styles)
            loose = child.tail or ""


def _paragraph(element: HtmlElement, styles: dict[str, ParagraphStyle]) -> Iterator[Flowable]:
    style = styles.get(element.get("class", ""), styles.get(element.tag, styles["p"]))
    yield _Lines.of(_words(element), style)


def _list(element: HtmlElement, styles: dict[str, ParagraphStyle]) -> Iterator[Flowable]:
    for number, item in enumerate(element.iterchildren("li"), 1):
        yield _Lines.of(_words(item), styles["li"], f"{number}." if element.tag == "ol" else "•")


def _table(element: HtmlElement, styles: dict[str, ParagraphStyle]) -> Iterator[Flowable]:
    rows = [list(row.iterchildren("th", "td")) for row in element.iter("tr")]
    columns = max((sum(_span(cell, "colspan") for cell in row) for row in rows), default=0)
    if not columns:
        return
    cells: list[list[Any]] = [[""] * columns for _ in rows]
    spans, taken = [], set()
    for y, row in enumerate(rows):
        for cell in row:
            x = next((x for x in range(columns) if (x, y) not in taken), columns)
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            if x + wide > columns or y + high > len(rows):
                raise Unprintable("表格的行列对不上")
            taken |= {(x + dx, y + dy) for dx in range(wide) for dy in range(high)}
            cells[y][x] = _Lines.of(_words(cell), styles["cell"])
            spans.append(("SPAN", (x, y), (x + wide - 1, y + high - 1)))
    grid = [("GRID", (0, 0), (-1, -1), 0.75, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), *spans]
    head = len(element.findall("thead/tr"))
    yield Table(cells, colWidths=[WIDTH / columns] * columns, repeatRows=head, style=TableStyle(grid))


def _seal(element: HtmlElement, styles: dict[str, ParagraphStyle]) -> Iterator[Flowable]:
    """Organ and date to the right, and where the seal goes on them."""
    words = [_Lines.of(_words(child), styles["seal"]) for child in element]
    yield KeepTogether([Spacer(0, 24), _SealPlace(styles["p"].leading * len(words)), *words, Spacer(0, SEAL)])


class _SealPlace(Flowable):  # type: ignore[misc]
    """A dashed circle around the lines that follow."""

    def __init__(self, height: float) -> None:
        super().__init__()
        self.below = height / 2

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return WIDTH, SEAL / 2

    def draw(self) -> None:
        x, y = WIDTH - 45 * mm, -self.below
        self.canv.saveState()
        self.canv.setStrokeGray(0.6)
        self.canv.setDash(3, 3)
        self.canv.circle(x, y, SEAL)
        self.canv.restoreState()


def _rule(_element: HtmlElement, _styles: dict[str, ParagraphStyle]) -> Iterator[Flowable]:
    yield HRFlowable(width="100%", color=colors.black, thickness=0.75, spaceBefore=6, spaceAfter=6)


_BLOCKS: dict[str, Callable[[HtmlElement, dict[str, ParagraphStyle]], Iterator[Flowable]]] = {
    "ul": _list, "ol": _list, "table": _table, "section": _seal, "hr": _rule,
}  # fmt: skip


def _words(element: HtmlElement) -> str:
    """The text of an element, in one line but for its ``br``."""
    held = [_said(element.text)]
    for child in element:
        held += [BREAK if child.tag == "br" else _words(child), _said(child.tail)]
    return "".join(held).strip(" ")


def _said(text: str | None) -> str:
    return _SPACES.sub(" ", text or "")


def _span(cell: HtmlElement, name: str) -> int:
    return int(cell.get(name, 1))


def _page_number(font: str, canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont(font, 14)
    canvas.drawCentredString(A4[0] / 2, 25 * mm, f"— {document.page} —")
    canvas.restoreState()
