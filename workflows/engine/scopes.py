"""The variables of an instance: one plain dictionary per element instance that has any of its own, as in Camunda 8."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from workflows.engine.tokens import Token


class Scopes:
    """Variables by the key of the element instance they belong to; the outermost is the process instance's."""

    def __init__(self, root: int, own: dict[int, dict[str, Any]] | None = None) -> None:
        self.root = root
        self.own = own if own is not None else {root: {}}

    def chain(self, token: Token) -> list[dict[str, Any]]:
        return [self.own[around.id] for around in token.lineage() if around.id in self.own]

    def view(self, token: Token) -> MutableMapping[str, Any]:
        """What an expression at this element sees: its own variables before those around it."""
        chain = self.chain(token)
        return chain[0] if len(chain) == 1 else ChainMap(*chain)

    def local(self, token: Token) -> dict[str, Any]:
        """The element's own variables, made when it had none."""
        return self.own.setdefault(token.id, {})

    def propagate(self, token: Token, variables: Mapping[str, Any]) -> None:
        """Write each variable where it is defined, from this element outwards; where it is nowhere, in the process."""
        chain = self.chain(token)
        for name, value in variables.items():
            next((scope for scope in chain if name in scope), self.own[self.root])[name] = value

    def restore(self, token: Token, own: dict[str, Any]) -> None:
        """Make the element's own variables again what they were."""
        if own:
            self.own[token.id] = own
        else:
            self.drop(token.id)

    def drop(self, key: int) -> None:
        self.own.pop(key, None)
