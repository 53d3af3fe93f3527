"""DMN files in a few words."""

from __future__ import annotations

from html import escape

import pytest

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


class Dmn:
    """Writes the DMN a modelling tool would write."""

    @staticmethod
    def file(*elements: str, namespace: str = NAMESPACE, prefix: str = "") -> bytes:
        colon = f"{prefix}:" if prefix else ""
        xmlns = f"xmlns:{prefix}" if prefix else "xmlns"
        body = "".join(elements)
        if prefix:
            body = body.replace("</", "\0").replace("<", f"<{colon}").replace("\0", f"</{colon}")
        head = f'<{colon}definitions {xmlns}="{namespace}" id="file" name="文件" namespace="test">'
        return f'<?xml version="1.0" encoding="UTF-8"?>{head}{body}</{colon}definitions>'.encode()

    @staticmethod
    def input_data(name: str, type: str = "") -> str:
        return f'<inputData id="input_{name}" name="{name}"><variable name="{name}" typeRef="{type}"/></inputData>'

    @staticmethod
    def requires(decisions: tuple[str, ...] = (), inputs: tuple[str, ...] = ()) -> str:
        found = [f'<requiredDecision href="#{each}"/>' for each in decisions]
        found += [f'<requiredInput href="#input_{each}"/>' for each in inputs]
        return "".join(f"<informationRequirement>{each}</informationRequirement>" for each in found)

    @staticmethod
    def boxed(id: str, expression: str, *, type: str = "", requires: str = "") -> str:
        """A decision whose logic is given as XML."""
        return (
            f'<decision id="{id}" name="{id}"><variable name="{id}" typeRef="{type}"/>{requires}{expression}</decision>'
        )

    @staticmethod
    def feel(text: str, *, type: str = "") -> str:
        return f'<literalExpression typeRef="{type}"><text>{escape(text)}</text></literalExpression>'

    @staticmethod
    def knows(*names: str) -> str:
        return "".join(
            f'<knowledgeRequirement><requiredKnowledge href="#{each}"/></knowledgeRequirement>' for each in names
        )

    @staticmethod
    def function(id: str, parameters: dict[str, str], body: str, *, requires: str = "") -> str:
        """A business knowledge model."""
        listed = "".join(f'<formalParameter name="{name}" typeRef="{type}"/>' for name, type in parameters.items())
        return (
            f'<businessKnowledgeModel id="{id}" name="{id}"><variable name="{id}"/><encapsulatedLogic>{listed}{body}'
            f"</encapsulatedLogic>{requires}</businessKnowledgeModel>"
        )

    def literal(self, id: str, text: str, *, name: str = "", requires: str = "") -> str:
        return (
            f'<decision id="{id}" name="{name or id}"><variable name="{name or id}"/>{requires}'
            f"<literalExpression><text>{escape(text)}</text></literalExpression></decision>"
        )

    def table(
        self,
        inputs: list[str],
        outputs: list[str],
        rules: list[str],
        *,
        hit_policy: str = "UNIQUE",
        id: str = "table",
        name: str = "表",
        requires: str = "",
        attributes: str = "",
        input_values: str = "",
        output_values: dict[str, str] | None = None,
        defaults: dict[str, str] | None = None,
        type: str = "",
    ) -> str:
        """A rule is its cells separated by ` | `."""
        head = [
            f'<input id="in{n}" label="{each}"><inputExpression typeRef="{type}"><text>{escape(each)}</text>'
            f"</inputExpression>{self._values('inputValues', input_values)}</input>"
            for n, each in enumerate(inputs, 1)
        ]
        head += [
            f'<output id="out{n}" name="{each}">{self._values("outputValues", (output_values or {}).get(each, ""))}'
            f"{self._values('defaultOutputEntry', (defaults or {}).get(each, ''))}</output>"
            for n, each in enumerate(outputs, 1)
        ]
        return (
            f'<decision id="{id}" name="{name}">{requires}<decisionTable hitPolicy="{hit_policy}" {attributes}>'
            f"{''.join(head)}{''.join(self._rule(n, each, len(inputs)) for n, each in enumerate(rules, 1))}"
            "</decisionTable></decision>"
        )

    @staticmethod
    def _values(tag: str, text: str) -> str:
        return f"<{tag}><text>{escape(text)}</text></{tag}>" if text else ""

    @staticmethod
    def _rule(number: int, cells: str, inputs: int) -> str:
        entries = [
            f"<{tag} id='r{number}c{n}'><text>{escape(cell.strip())}</text></{tag}>"
            for n, cell in enumerate(cells.split("|"), 1)
            for tag in ["inputEntry" if n <= inputs else "outputEntry"]
        ]
        return f'<rule id="r{number}">{"".join(entries)}</rule>'


@pytest.fixture
def dmn() -> Dmn:
    return Dmn()
