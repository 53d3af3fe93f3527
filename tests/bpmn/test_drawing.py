"""Diagrams are drawn with care: complete, orthogonal, on the grid, nothing crossing and nothing hidden."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

BPMN = Path(__file__).parents[2] / "bpmn"
DIAGRAMS = sorted(BPMN.glob("*/*.bpmn"))
TABLES = sorted(BPMN.glob("*/*.dmn"))
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "dmndi": "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    "dmn": "https://www.omg.org/spec/DMN/20191111/MODEL/",
}
SYMBOLS = ("startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent")
GRID = 10

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    def overlaps(self, other: Box) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def touches(self, a: Point, b: Point) -> bool:
        """Whether an orthogonal line runs through the inside."""
        low_x, high_x = sorted((a[0], b[0]))
        low_y, high_y = sorted((a[1], b[1]))
        return (
            low_x < self.x + self.width and self.x < high_x and self.y < low_y and high_y < self.y + self.height
            if low_y == high_y
            else low_y < self.y + self.height and self.y < high_y and self.x < low_x and high_x < self.x + self.width
        )

    def borders(self, point: Point) -> bool:
        x, y = point
        return (x in (self.x, self.x + self.width) and self.y <= y <= self.y + self.height) or (
            y in (self.y, self.y + self.height) and self.x <= x <= self.x + self.width
        )


@dataclass
class Plane:
    """One page of a file: what is drawn on it, and what it stands for."""

    elements: dict[str, etree._Element]
    shapes: dict[str, Box] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)
    edges: dict[str, list[Point]] = field(default_factory=dict)

    def around(self, element: str) -> set[str]:
        """The element, what it is attached to and every sub-process around it."""
        node = self.elements[element]
        found = {element, *(parent.get("id", "") for parent in node.iterancestors())}
        return found | ({host} if (host := node.get("attachedToRef")) else set())


def box(element: etree._Element) -> Box:
    return Box(*(float(element.get(name, "nan")) for name in ("x", "y", "width", "height")))


def planes(path: Path) -> list[Plane]:
    root = etree.parse(path).getroot()
    elements = {e.get("id"): e for e in root.iterfind(".//bpmn:process//*[@id]", NS)}
    found = []
    for drawn in root.iterfind("bpmndi:BPMNDiagram/bpmndi:BPMNPlane", NS):
        plane = Plane(elements)
        for shape in drawn:
            name = shape.get("bpmnElement")
            if shape.find("dc:Bounds", NS) is not None:
                plane.shapes[name] = box(shape.find("dc:Bounds", NS))
            else:
                plane.edges[name] = [
                    (float(point.get("x")), float(point.get("y"))) for point in shape.iterfind("di:waypoint", NS)
                ]
            if (label := shape.find("bpmndi:BPMNLabel/dc:Bounds", NS)) is not None:
                plane.labels[name] = box(label)
        found.append(plane)
    return found


def tag(element: etree._Element) -> str:
    return etree.QName(element).localname


def crossing(one: list[Point], other: list[Point]) -> bool:
    """Whether two orthogonal lines cross or run on each other; ends that meet do not count."""
    ends = {one[0], one[-1]} & {other[0], other[-1]}
    for a, b in pairwise(one):
        for c, d in pairwise(other):
            left, right = max(min(a[0], b[0]), min(c[0], d[0])), min(max(a[0], b[0]), max(c[0], d[0]))
            top, bottom = max(min(a[1], b[1]), min(c[1], d[1])), min(max(a[1], b[1]), max(c[1], d[1]))
            if left <= right and top <= bottom and not (left == right and top == bottom and (left, top) in ends):
                return True
    return False


@pytest.fixture(params=DIAGRAMS, ids=lambda path: path.parent.name + "/" + path.stem)
def diagram(request: pytest.FixtureRequest) -> list[Plane]:
    return planes(request.param)


def test_there_are_diagrams_and_tables() -> None:
    assert DIAGRAMS
    assert TABLES


def test_every_element_and_every_flow_is_drawn_exactly_once(diagram: list[Plane]) -> None:
    drawn = [name for plane in diagram for name in (*plane.shapes, *plane.edges)]
    nodes = {
        name
        for name, element in diagram[0].elements.items()
        if element.find("bpmn:incoming", NS) is not None
        or element.find("bpmn:outgoing", NS) is not None
        or tag(element) in {"sequenceFlow", "subProcess"}
    }
    assert sorted(drawn) == sorted(nodes)


def test_lines_are_orthogonal_and_end_on_what_they_connect(diagram: list[Plane]) -> None:
    for plane in diagram:
        for name, line in plane.edges.items():
            assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(line)), name
            flow = plane.elements[name]
            assert plane.shapes[flow.get("sourceRef", "")].borders(line[0]), name
            assert plane.shapes[flow.get("targetRef", "")].borders(line[-1]), name


def test_centres_are_on_the_grid(diagram: list[Plane]) -> None:
    off = [
        name
        for plane in diagram
        for name, shape in plane.shapes.items()
        if any(value % GRID for value in shape.centre) and tag(plane.elements[name]) != "subProcess"
    ]
    assert off == []


def test_no_two_lines_cross(diagram: list[Plane]) -> None:
    crossed = [
        pair for plane in diagram for pair in combinations(plane.edges, 2) if crossing(*(plane.edges[p] for p in pair))
    ]
    assert crossed == []


def test_no_line_runs_through_a_shape(diagram: list[Plane]) -> None:
    through = [
        (name, other)
        for plane in diagram
        for name, line in plane.edges.items()
        for other, shape in plane.shapes.items()
        if other
        not in plane.around(name)
        | plane.around(plane.elements[name].get("sourceRef", ""))
        | plane.around(plane.elements[name].get("targetRef", ""))
        and any(shape.touches(a, b) for a, b in pairwise(line))
    ]
    assert through == []


def test_no_label_is_hidden_by_a_line_a_shape_or_another_label(diagram: list[Plane]) -> None:
    def hidden(plane: Plane) -> Iterator[tuple[str, str]]:
        for name, label in plane.labels.items():
            for other, line in plane.edges.items():
                if any(label.touches(a, b) for a, b in pairwise(line)):
                    yield name, other
            for other, shape in plane.shapes.items():
                inside = other in {e.get("id") for e in plane.elements[name].iterancestors()}
                if not inside and label.overlaps(shape):
                    yield name, other
            for other, box_ in plane.labels.items():
                if other < name and label.overlaps(box_):
                    yield name, other

    assert [each for plane in diagram for each in hidden(plane)] == []


def test_shapes_do_not_overlap(diagram: list[Plane]) -> None:
    overlapping = [
        (one, other)
        for plane in diagram
        for one, other in combinations(plane.shapes, 2)
        if one not in plane.around(other)
        and other not in plane.around(one)
        and plane.shapes[one].overlaps(plane.shapes[other])
    ]
    assert overlapping == []


def test_everything_a_reader_has_to_name_is_named(diagram: list[Plane]) -> None:
    for plane in diagram:
        for name in plane.shapes:
            element = plane.elements[name]
            merges = tag(element).endswith("Gateway") and len(element.findall("bpmn:outgoing", NS)) == 1
            assert merges or element.get("name"), name
            if tag(element) in SYMBOLS or (tag(element).endswith("Gateway") and not merges):
                assert name in plane.labels
        for name in plane.edges:
            source = plane.elements[plane.elements[name].get("sourceRef", "")]
            chosen = tag(source) == "exclusiveGateway" and len(source.findall("bpmn:outgoing", NS)) > 1
            assert bool(plane.elements[name].get("name")) == chosen, name


def test_the_main_road_runs_from_left_to_right(diagram: list[Plane]) -> None:
    for plane in diagram:
        back = [name for name, line in plane.edges.items() if line[-1][0] < line[0][0]]
        assert len(back) < len(plane.edges) / 5, back


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_decision_is_drawn(path: Path) -> None:
    root = etree.parse(path).getroot()
    drawn = [shape.get("dmnElementRef") for shape in root.iterfind(".//dmndi:DMNShape", NS)]
    assert sorted(drawn) == sorted(decision.get("id") for decision in root.iterfind("dmn:decision", NS))
