"""Reads XML that nobody vouches for: no DOCTYPE, no entities, no network, a size that fits a drawing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from workflows.engine.errors import DiagramError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 4_000_000
_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)""")

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"


def parse_xml(source: bytes) -> etree._Element:
    """Return the root element, or raise DiagramError with line and column of what is wrong."""
    if len(source) > MAX_BYTES:
        raise DiagramError(
            f"文件有 {len(source)} 字节,超过上限 {MAX_BYTES} 字节。The file is larger than {MAX_BYTES} bytes."
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DiagramError(f"XML 格式错误:{error}。The XML is malformed.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DiagramError("不接受带 DOCTYPE 的文件。A file with a DOCTYPE is refused.")
    return root


def encoding_of(source: bytes) -> str:
    """In what a file that can be read is encoded: UTF-8 or UTF-16 by its first bytes, else what it declares."""
    if source[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    declared = _DECLARED.match(source)
    return declared[1].decode("ascii").lower() if declared else "utf-8"


def shown(source: bytes) -> str:
    """The file as text, for whom it is drawn."""
    try:
        return source.decode(encoding_of(source), "replace")
    except LookupError:  # an encoding that only the parser knows
        return source.decode("utf-8", "replace")


def split(tag: str) -> tuple[str, str]:
    """Split ``{namespace}local`` into its two parts."""
    namespace, _, local = tag.rpartition("}")
    return namespace[1:], local


def extensions(element: etree._Element) -> Iterator[etree._Element]:
    for holder in element.iterchildren(f"{{{BPMN}}}extensionElements"):
        yield from holder.iterchildren("{*}*")


def zeebe(element: etree._Element) -> str:
    namespace, local = split(element.tag)
    return local if namespace == ZEEBE else ""


def attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value).strip() for name, value in element.attrib.items()}


def text_of(element: etree._Element | None) -> str | None:
    """What an element holds beside the elements inside it; None for nothing, or for no element."""
    if element is None:
        return None
    return "".join([element.text or "", *(child.tail or "" for child in element)]).strip() or None


def referred(element: etree._Element, name: str) -> str:
    """The id that an attribute names, a QName in BPMN: a prefix may stand for the file's own target namespace."""
    value = element.get(name, "").strip()
    prefix, colon, local = value.rpartition(":")
    own = element.getroottree().getroot().get("targetNamespace")
    return local if colon and own is not None and element.nsmap.get(prefix) == own else value


def is_true(element: etree._Element, name: str, default: str = "false") -> bool:
    """An attribute of XML Schema's boolean type."""
    return element.get(name, default).strip() in {"true", "1"}
