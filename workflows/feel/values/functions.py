"""Functions as values, and how arguments reach their parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from workflows.feel.errors import NoValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workflows.feel.run import Run
    from workflows.feel.types import FunctionType


class Invocable(ABC):
    """Whatever can be called in FEEL."""

    __slots__ = ()

    @abstractmethod
    def invoke(self, run: Run, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Raises NoValue when the arguments do not fit."""

    @abstractmethod
    def types(self) -> Sequence[FunctionType]:
        """One type for each way it can be called."""


class Function(Invocable):
    """A function with typed parameters: one written in FEEL, or a business knowledge model."""

    __slots__ = ("body", "name", "parameters", "type")

    def __init__(
        self,
        parameters: Sequence[str],
        type: FunctionType,
        body: Callable[[Run, list[Any]], Any],
        name: str = "",
    ) -> None:
        self.parameters = tuple(parameters)
        self.type = type
        self.body = body
        self.name = name

    def invoke(self, run: Run, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        run.charge(4)
        if named:
            if not named.keys() <= set(self.parameters):
                raise NoValue(f"参数应为 (parameters are)：{'、'.join(self.parameters)}")
            positional = [named.get(name) for name in self.parameters]  # DMN 1.5, 10.3.2.13.5
        if len(positional) != len(self.parameters):
            raise NoValue(f"需要 {len(self.parameters)} 个参数 (arguments)，得到 (got) {len(positional)}")
        arguments = [
            run.coerce(argument, type) for argument, type in zip(positional, self.type.parameters, strict=True)
        ]
        with run.deeper():
            return self.body(run, arguments)

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
