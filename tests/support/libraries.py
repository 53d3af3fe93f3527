"""Decision files that import one another, and a table with faults, for tests."""

from __future__ import annotations

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def library(factor: int = 2) -> bytes:
    """Functions and types alone, no decision: ``lib.scaled(x)``."""
    return f"""<definitions xmlns="{NAMESPACE}" id="lib" name="lib" namespace="urn:lib">
<businessKnowledgeModel id="scaled" name="scaled"><encapsulatedLogic><formalParameter name="x" typeRef="number"/>
<literalExpression><text>x * {factor}</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
</definitions>""".encode()


IMPORTING = f"""<definitions xmlns="{NAMESPACE}" id="fees" name="fees" namespace="urn:fees">
<import namespace="urn:lib" name="lib" importType="{NAMESPACE}"/>
<decision id="fee" name="fee"><knowledgeRequirement><requiredKnowledge href="urn:lib#scaled"/></knowledgeRequirement>
<literalExpression><text>lib.scaled(n)</text></literalExpression></decision></definitions>""".encode()


def faulty(hit_policy: str = "UNIQUE") -> bytes:
    """Rules 1 and 2 overlap at 5, and nothing covers what is below 0 or above 9."""
    return f"""<definitions xmlns="{NAMESPACE}" id="levels" name="levels" namespace="urn:levels">
<decision id="level" name="等级"><decisionTable id="t" hitPolicy="{hit_policy}">
<input id="i" label="分数"><inputExpression typeRef="number"><text>score</text></inputExpression></input>
<output id="o" name="level" typeRef="string"/>
<rule id="r1"><inputEntry><text>[0..5]</text></inputEntry><outputEntry><text>"低"</text></outputEntry></rule>
<rule id="r2"><inputEntry><text>[5..9]</text></inputEntry><outputEntry><text>"高"</text></outputEntry></rule>
</decisionTable></decision></definitions>""".encode()
