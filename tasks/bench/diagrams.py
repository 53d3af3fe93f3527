"""The diagrams that are measured, in our dialect (FEEL) and in SpiffWorkflow's (Python)."""

from __future__ import annotations

TASKS = ("accept", "review", "close")  # the user tasks of one lifecycle, in order
ANSWER = {"amount": 500, "note": "已核对"}

_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:bihuan:bench"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
)


def lifecycle(*, plain: bool = False) -> bytes:
    """受理 → 金额大于 100 就审核 → 办结: three user tasks, one decision."""
    nodes = (
        '<startEvent id="start" />'
        + _user("accept", plain=plain)
        + '<exclusiveGateway id="large" default="to-merge" />'
        + _user("review", plain=plain)
        + '<exclusiveGateway id="merge" />'
        + _user("close", plain=plain)
        + '<endEvent id="end" />'
    )
    flows = (
        _flow("start", "accept")
        + _flow("accept", "large")
        + _flow("large", "review", "amount > 100", plain=plain)
        + _flow("large", "merge", id="to-merge")
        + _flow("review", "merge")
        + _flow("merge", "close")
        + _flow("close", "end")
    )
    return _process("bench-lifecycle", nodes + flows)


def rework(*, plain: bool = False) -> bytes:
    """处置 → 核查不通过就返工: a loop over one user task."""
    nodes = (
        '<startEvent id="start" /><exclusiveGateway id="again" />'
        + _user("handle", plain=plain)
        + '<exclusiveGateway id="passed" default="to-end" /><endEvent id="end" />'
    )
    flows = (
        _flow("start", "again")
        + _flow("again", "handle")
        + _flow("handle", "passed")
        + _flow("passed", "again", "amount > 100", plain=plain)
        + _flow("passed", "end", id="to-end")
    )
    return _process("bench-rework", nodes + flows)


def chain(length: int, *, plain: bool = False) -> bytes:
    """So many script tasks in a row."""
    names = [f"t{number}" for number in range(length)]
    nodes = (
        '<startEvent id="start" />' + "".join(_script(name, plain=plain) for name in names) + '<endEvent id="end" />'
    )
    ends = ["start", *names, "end"]
    return _process("bench-chain", nodes + "".join(map(_flow, ends, ends[1:])))


def items(*, plain: bool = False) -> bytes:
    """A script task for each of ``items``, its results collected in ``results``."""
    loop = "multiInstanceLoopCharacteristics"
    if plain:
        inner = (
            f"<{loop}><loopDataInputRef>items</loopDataInputRef><loopDataOutputRef>results</loopDataOutputRef>"
            f'<inputDataItem id="item" name="item" /><outputDataItem id="x" name="x" /></{loop}>'
        )
    else:
        inner = (
            f'<{loop}><extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item"'
            f' outputCollection="results" outputElement="=x" /></extensionElements></{loop}>'
        )
    nodes = '<startEvent id="start" />' + _script("each", inner, plain=plain) + '<endEvent id="end" />'
    return _process("bench-items", nodes + _flow("start", "each") + _flow("each", "end"))


def waiting() -> bytes:
    """A user task for each of ``items``."""
    loop = (
        '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items"'
        ' inputElement="item" /></extensionElements></multiInstanceLoopCharacteristics></userTask>'
    )
    task = _user("each", plain=False).replace("</userTask>", loop)
    nodes = '<startEvent id="start" />' + task + '<endEvent id="end" />'
    return _process("bench-waiting", nodes + _flow("start", "each") + _flow("each", "end"))


def _script(id: str, inner: str = "", *, plain: bool) -> str:
    if plain:
        return f'<scriptTask id="{id}">{inner}<script>x = 1</script></scriptTask>'
    script = '<extensionElements><zeebe:script expression="=1" resultVariable="x" /></extensionElements>'
    return f'<scriptTask id="{id}">{script}{inner}</scriptTask>'


def _process(id: str, content: str) -> bytes:
    return f'{_HEAD}<process id="{id}" isExecutable="true">{content}</process></definitions>'.encode()


def _user(id: str, *, plain: bool) -> str:
    assignment = '<zeebe:userTask /><zeebe:assignmentDefinition candidateGroups="desk@centre" />'
    extensions = "" if plain else f"<extensionElements>{assignment}</extensionElements>"
    return f'<userTask id="{id}" name="{id}">{extensions}</userTask>'


def _flow(source: str, target: str, condition: str = "", *, id: str = "", plain: bool = False) -> str:
    text = f"{'' if plain else '='}{condition}".replace(">", "&gt;")
    inner = f'<conditionExpression xsi:type="tFormalExpression">{text}</conditionExpression>' if condition else ""
    ends = f'id="{id or f"{source}-{target}"}" sourceRef="{source}" targetRef="{target}"'
    return f"<sequenceFlow {ends}>{inner}</sequenceFlow>"
