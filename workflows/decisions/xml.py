"""The XML of a DMN file as a small tree: DMN elements only, whichever version wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from workflows.decisions.errors import DmnError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 5_000_000

VERSIONS = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
LEAVES = {"text", "typeRef"}  # hold text alone


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A DMN element without its namespace. What other namespaces add (diagrams, extensions) is left out, but not
    where it would cut a text in two.
    """

    tag: str
    id: str  # its own, or that of the nearest element around it that has one
    attributes: dict[str, str]
    text: str
    children: tuple[Node, ...]

    def all(self, tag: str) -> list[Node]:
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Node | None:
        return next((child for child in self.children if child.tag == tag), None)

    def get(self, attribute: str) -> str:
        return self.attributes.get(attribute, "")

    def content(self) -> str:
        """The text of its <text> child: an expression, a test, a list of values."""
        text = self.first("text")
        return text.text.strip() if text else ""

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


def read_xml(xml: bytes) -> Node:
    """The <definitions> of a DMN file. Refuses what is too large, malformed, with a DOCTYPE, or not DMN 1.1 to 1.5."""
    if len(xml) > MAX_BYTES:
        raise _refused(f"文件过大 The file has {len(xml)} bytes, more than {MAX_BYTES}")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _refused(f"XML 有误 Malformed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused("不接受 DOCTYPE A DOCTYPE is not accepted")
    name = etree.QName(root)
    if name.namespace not in VERSIONS or name.localname != "definitions":
        raise _refused(f"不是 DMN 1.1–1.5 文件 Not a DMN 1.1 to 1.5 file: <{name.localname}> in {name.namespace!r}")
    return _node(root, name.namespace, "definitions")


def _refused(text: str) -> DmnError:
    return DmnError([Problem("definitions", text)])


def _node(element: etree._Element, namespace: str, outer_id: str) -> Node:
    own_id, tag = element.get("id", outer_id), etree.QName(element).localname
    return Node(
        tag=tag,
        id=own_id,
        attributes={str(name): str(value) for name, value in element.attrib.items()},
        text=element.text or "",
        children=tuple(
            _node(child, namespace, own_id)
            for child in element
            if tag in LEAVES or etree.QName(child).namespace == namespace
        ),
    )
