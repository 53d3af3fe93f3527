"""Functions as values, and how arguments reach their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel.errors import NoValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workflows.feel.run import Run
    from workflows.feel.types import FunctionType


class Invocable:
    """Whatever can be called in FEEL."""

    __slots__ = ()

    def invoke(self, run: Run, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Raises NoValue when the arguments do not fit."""
        raise NotImplementedError

    def types(self) -> Sequence[FunctionType]:
        """One type for each way it can be called."""
        raise NotImplementedError


def is_function(value: Any) -> bool:
    """Asks the type: an object of the caller's may lie about its class."""
    return issubclass(type(value), Invocable)


class Function(Invocable):
    """A function with typed parameters: one written in FEEL, or a business knowledge model."""

    __slots__ = ("body", "cost", "name", "parameters", "type")

    def __init__(
        self,
        parameters: Sequence[str],
        type: FunctionType,
        body: Callable[[Run, list[Any]], Any],
        name: str = "",
        cost: int = 2,  # steps of the body
    ) -> None:
        self.parameters = tuple(parameters)
        self.type = type
        self.body = body
        self.name = name
        self.cost = 2 + cost

    def invoke(self, run: Run, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        run.charge(self.cost)
        if named:
            if not named.keys() <= set(self.parameters):
                raise NoValue(f"参数应为 (parameters are)：{'、'.join(self.parameters)}")
            positional = [named.get(name) for name in self.parameters]  # DMN 1.5, 10.3.2.13.5
        if len(positional) != len(self.parameters):
            raise NoValue(f"需要 {len(self.parameters)} 个参数 (arguments)，得到 (got) {len(positional)}")
        arguments = [run.coerce(value, type) for value, type in zip(positional, self.type.parameters, strict=True)]
        run.enter()
        try:
            return self.body(run, arguments)
        finally:
            run.calls -= 1

    def types(self) -> Sequence[FunctionType]:
        return (self.type,)


class HostFunction(Invocable):
    """A Python function that the caller of the evaluation lends. It gets FEEL values by position.

    What it returns crosses the border where the call was made.
    """

    __slots__ = ("function", "name")

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.function = function

    def invoke(self, run: Run, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        if named:
            raise NoValue("此函数只接受位置参数 (takes positional arguments only)")
        run.charge(1)
        try:
            return self.function(*positional)
        except (TypeError, ValueError, LookupError, ArithmeticError) as problem:
            raise NoValue(str(problem)) from problem

    def types(self) -> Sequence[FunctionType]:
        return ()
