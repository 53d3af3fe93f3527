"""Modify a process instance: Camunda 8's instructions to activate, move and terminate elements."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from fastapi import Response
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from api.permissions import Actor, Permission, needs
from api.replies import no_content
from api.revisions import IfMatch, require
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import KEY_SCHEMA, KeyParameter, read_key
from api.v2.searching import Strict
from api.v2.suspension import Interference
from workflows import runtime
from workflows.engine import Activate, Given, Modification, Move, Terminate

router = new_router("Process instance", "/v2")
MOST = 1_000
NONE = "-1"  # Camunda 8's way to name no ancestor

ElementId = Annotated[str, Field(min_length=1, examples=["handle"])]


def _read_ancestor(value: Any) -> int | None:
    return None if value in {None, NONE} else read_key(value)


Ancestor = Annotated[
    int | None, BeforeValidator(_read_ancestor), WithJsonSchema({**KEY_SCHEMA, "pattern": "^(-1|[0-9]{1,19})$"})
]


class VariableInstruction(Strict):
    """Set before the element is activated: local to the scope, of the process instance where none is named."""

    variables: dict[str, Any] = Field(examples=[{"note": "现场复核"}])
    scopeId: str = ""


Variables = Annotated[list[VariableInstruction], Field(default=[], max_length=MOST)]


class ActivateInstruction(Strict):
    elementId: ElementId
    variableInstructions: Variables
    ancestorElementInstanceKey: Ancestor = None

    def instruction(self) -> Activate:
        return Activate(self.elementId, _given(self.variableInstructions), self.ancestorElementInstanceKey)


class TerminateInstruction(Strict):
    """All instances of an element, or one."""

    elementId: ElementId | None = None
    elementInstanceKey: KeyParameter | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.elementId is None) == (self.elementInstanceKey is None):
            raise ValueError("elementId 和 elementInstanceKey 必须且只能给一个")
        return self

    def instruction(self) -> Terminate:
        return Terminate(self.elementId, self.elementInstanceKey)


class Source(Strict):
    sourceType: Literal["byId", "byKey"]
    sourceElementId: ElementId | None = None
    sourceElementInstanceKey: KeyParameter | None = None

    @model_validator(mode="after")
    def as_its_type_says(self) -> Self:
        named = self.sourceElementId is not None, self.sourceElementInstanceKey is not None
        if named != (self.sourceType == "byId", self.sourceType == "byKey"):
            raise ValueError("byId 要有 sourceElementId,byKey 要有 sourceElementInstanceKey")
        return self


class AncestorScope(Strict):
    ancestorScopeType: Literal["direct", "inferred", "sourceParent"]
    ancestorElementInstanceKey: Ancestor = None

    def ancestor(self) -> int | str | None:
        return self.ancestorElementInstanceKey if self.ancestorScopeType == "direct" else self.ancestorScopeType


class MoveInstruction(Strict):
    sourceElementInstruction: Source
    targetElementId: ElementId
    ancestorScopeInstruction: AncestorScope | None = None
    variableInstructions: Variables

    def instruction(self) -> Move:
        source = self.sourceElementInstruction
        scope = self.ancestorScopeInstruction
        return Move(
            Terminate(source.sourceElementId, source.sourceElementInstanceKey),
            self.targetElementId,
            scope.ancestor() if scope else None,
            _given(self.variableInstructions),
        )


class ModificationBody(Interference):
    """What to activate comes first, then what to terminate; all of it or nothing."""

    activateInstructions: list[ActivateInstruction] = Field(default=[], max_length=MOST)
    moveInstructions: list[MoveInstruction] = Field(default=[], max_length=MOST)
    terminateInstructions: list[TerminateInstruction] = Field(default=[], max_length=MOST)


def _given(instructions: list[VariableInstruction]) -> tuple[Given, ...]:
    return tuple(Given(one.variables, one.scopeId) for one in instructions)


@router.post(
    "/process-instances/{processInstanceKey}/modification",
    dependencies=[needs(Permission.INSTANCE_MODIFY)],
    status_code=204,
)
def modify_process_instance(
    session: WriteSession,
    actor: Actor,
    processInstanceKey: KeyParameter,
    body: ModificationBody,
    if_match: IfMatch = None,
) -> Response:
    """Activate, move and terminate elements. 400 names the element and the reason of what cannot be done."""
    require(session, processInstanceKey, if_match)
    modification = Modification(
        tuple(one.instruction() for one in body.activateInstructions),
        tuple(one.instruction() for one in body.moveInstructions),
        tuple(one.instruction() for one in body.terminateInstructions),
    )
    runtime.modify_process_instance(session, processInstanceKey, modification, reason=body.reason, actor=actor)
    return no_content()
