"""A decision that requires others, for tests: who handles a report depends on the season and on what was reported."""

from __future__ import annotations

#: ``advice`` (a literal expression) requires ``limit`` (UNIQUE), which requires ``season`` (FIRST).
#: A code of "twice" matches two rules of ``limit``, which no look through the table can foresee.
GRAPH = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="limits" name="时限" namespace="urn:test">
<decision id="season" name="季节"><decisionTable id="season-table" hitPolicy="FIRST">
<input id="month" label="月份"><inputExpression id="month-x"><text>month</text></inputExpression></input>
<output id="season-out" name="season"/>
<rule id="summer"><inputEntry id="s1"><text>[6..8]</text></inputEntry><outputEntry id="s1o"><text>"夏"</text></outputEntry></rule>
<rule id="else"><inputEntry id="s2"><text>-</text></inputEntry><outputEntry id="s2o"><text>"其他"</text></outputEntry></rule>
</decisionTable></decision>
<decision id="limit" name="处置时限"><informationRequirement id="r1"><requiredDecision href="#season"/></informationRequirement>
<decisionTable id="limit-table" hitPolicy="UNIQUE">
<input id="code"><inputExpression id="code-x"><text>code</text></inputExpression></input>
<input id="in-season"><inputExpression id="season-x"><text>season</text></inputExpression></input>
<output id="hours-out" name="hours"/><output id="unit-out" name="unit"/>
<rule id="hot"><inputEntry id="l1"><text>"0104"</text></inputEntry><inputEntry id="l2"><text>"夏"</text></inputEntry>
<outputEntry id="l1o"><text>0.1 + 0.2</text></outputEntry><outputEntry id="l1p"><text>"work_hour"</text></outputEntry></rule>
<rule id="one"><inputEntry id="l3"><text>starts with(?, "tw")</text></inputEntry><inputEntry id="l4"><text>-</text></inputEntry>
<outputEntry id="l3o"><text>1</text></outputEntry><outputEntry id="l3p"><text>"work_day"</text></outputEntry></rule>
<rule id="other"><inputEntry id="l5"><text>ends with(?, "ice")</text></inputEntry><inputEntry id="l6"><text>-</text></inputEntry>
<outputEntry id="l5o"><text>2</text></outputEntry><outputEntry id="l5p"><text>"work_day"</text></outputEntry></rule>
</decisionTable></decision>
<decision id="advice" name="建议"><variable id="advice-v" name="advice"/>
<informationRequirement id="r2"><requiredDecision href="#limit"/></informationRequirement>
<literalExpression id="advice-x"><text>string(limit.hours) + limit.unit</text></literalExpression></decision>
</definitions>""".encode()
