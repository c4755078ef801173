"""The small language in which answer keys are written: questions to the case, arithmetic and
comparisons.

`krenning(L1)`, `suv_max(L1) / reference("liver") >= 1`, `not in_liver(N1) and size_mm(N1) < 10`.
Python's parser reads it and the few node types below are walked by hand: there is no `eval`, no
attribute, no power, no loop, and a call reaches only the functions it is given.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from netcourse.assessment.keys.problems import did_you_mean

LONGEST = 300
DEEPEST = 12
LARGEST = 1e6

ALLOWED = (
    "+ - * /, comparisons, and, or, not, numbers, quoted words, lesion ids and the functions of the"
    " course"
)

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_NODES = (
    ast.Expression,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.UnaryOp,
    ast.Not,
    ast.USub,
    ast.BinOp,
    *_BINARY,
    ast.Compare,
    *_COMPARE,
    ast.Call,
    ast.Name,
    ast.Load,
    ast.Constant,
)


class ExpressionError(ValueError):
    """An expression that cannot be read or has no answer, said in plain words; `field` is where in
    the item it stands.
    """

    def __init__(self, text: str, field: str = "") -> None:
        self.field = field
        super().__init__(text)


@dataclass(frozen=True)
class Argument:
    """One argument of a function: a lesion id, a number, a rule's decision, or a quoted word.

    The word is one of `words`, or one for which `look_up` does not raise KeyError.
    """

    name: str
    kind: Literal["lesion", "number", "decision", "word"]
    words: tuple[str, ...] = ()
    optional: bool = False
    look_up: Callable[[str], object] | None = None


@dataclass(frozen=True)
class Function:
    """A question that an expression may ask; `call` gets the case first, then the arguments.

    `gives` is "number", "truth", "word", "point", or "decision" for a clinical rule, whose `flags`
    are the warnings that it may raise. `without_case` says that it asks nobody (the evidence, or
    what follows from its arguments) and gets only the arguments; `pure` ones only calculate.
    """

    name: str
    call: Callable[..., Any]
    parameters: tuple[Argument, ...]
    about: str
    gives: Literal["number", "truth", "word", "point", "decision"] = "number"
    pure: bool = False
    any_number: bool = False
    without_case: bool = False
    flags: tuple[str, ...] = ()

    @property
    def of_case(self) -> bool:
        """Whether it asks about the patient of a case."""
        return not (self.pure or self.without_case)

    @property
    def signature(self) -> str:
        """How to write it: `krenning(lesion[, "variant"])`.

        >>> Function("size_mm", len, (Argument("lesion", "lesion"),), "diameter").signature
        'size_mm(lesion)'
        """
        if self.any_number:
            return f"{self.name}(number, number, …)"
        written = ""
        for i, p in enumerate(self.parameters):
            word = f'"{p.name}"' if p.kind == "word" else p.name
            comma = ", " if i else ""
            written += f"[{comma}{word}]" if p.optional else comma + word
        return f"{self.name}({written})"


@dataclass(frozen=True)
class Expression:
    """A key as the author wrote it, read once: `lesions` are the ids it names, in their order."""

    text: str
    tree: ast.expr
    lesions: tuple[str, ...]
    functions: tuple[str, ...]


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Read an expression; ExpressionError says which part is not allowed.

    >>> parse("krenning(L1) >= 3").lesions
    ('L1',)
    >>> parse("2 ** 9 ** 9")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    netcourse.assessment.keys.expressions.ExpressionError: '2 ** 9 ** 9': '**' is not allowed; allowed are ...
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"has {len(text)} characters; {LONGEST} are allowed")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"'{text}' cannot be read; allowed are {ALLOWED}") from None
    _check_depth(tree, text)
    names: dict[str, None] = {}
    functions: dict[str, None] = {}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ExpressionError(f"'{text}': {_spell(node)} is not allowed; allowed are {ALLOWED}")
        if isinstance(node, ast.Constant):
            _check_constant(node.value, text)
        elif isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.keywords:
                raise ExpressionError(f"'{text}': write a call as function(argument, argument)")
            functions[node.func.id] = None
        elif isinstance(node, ast.Name) and id(node) not in called:
            names[node.id] = None
    ordered = sorted(names, key=text.find)
    return Expression(text, tree.body, tuple(ordered), tuple(functions))


def check(
    expression: Expression, functions: Mapping[str, Function], lesions: Sequence[str] | None
) -> list[str]:
    """Return what is wrong with an expression before any case is drawn: unknown names, wrong
    arguments.
    """
    found: list[str] = []
    arguments: set[int] = set()
    for node in ast.walk(expression.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        arguments.update(id(part) for part in (node.func, *node.args))
        function = functions.get(node.func.id)
        if function is None:
            found.append(
                f"no function '{node.func.id}'{did_you_mean(node.func.id, functions)}; there are"
                f" {', '.join(functions)}"
            )
        else:
            found += _check_arguments(node, function, functions, lesions)
    for node in ast.walk(expression.tree):
        if isinstance(node, ast.Name) and node.id in (lesions or ()) and id(node) not in arguments:
            found.append(
                f"'{node.id}' is a lesion: ask something about it, for example suv_max({node.id})"
            )
    called = {
        node.func.id
        for node in ast.walk(expression.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    unknown = [
        name for name in expression.lesions if name not in (lesions or ()) and name not in called
    ]
    found += [
        f"no lesion '{name}' in this case{did_you_mean(name, lesions or ())}; {_there_are(lesions)}"
        for name in unknown
    ]
    return list(dict.fromkeys(found))


def evaluate(
    expression: Expression, functions: Mapping[str, Function], lesions: Mapping[str, Any]
) -> Any:
    """Return the expression's value for one case; ExpressionError where it has none.

    Lesion ids stand for the objects in `lesions`. A rule's decision counts as its score in
    arithmetic and comparisons, and as its verdict beside a quoted word.

    >>> evaluate(parse("1 + 2 * 3 > 6 and not 1 > 2"), {}, {})
    True
    """
    try:
        return _value(expression.tree, functions, lesions)
    except ZeroDivisionError:
        raise ExpressionError(f"'{expression.text}': division by zero in this case") from None
    except ExpressionError:
        raise
    except (TypeError, ValueError, KeyError, ArithmeticError) as error:
        said = error.args[0] if error.args else error
        raise ExpressionError(f"'{expression.text}': {said}") from None


def _value(node: ast.expr, functions: Mapping[str, Function], lesions: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            if name not in lesions:
                raise ExpressionError(
                    f"no lesion '{name}' in this case; {_there_are(list(lesions) or None)}"
                )
            return lesions[name]
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name not in functions:
                raise ExpressionError(f"no function '{name}'{did_you_mean(name, functions)}")
            function = functions[name]
            values = [_value(argument, functions, lesions) for argument in arguments]
            if function.pure:
                values = [as_number(value) for value in values]
            return function.call(*values)
        case ast.BoolOp(op=op, values=parts):
            truths = (_truth(_value(part, functions, lesions)) for part in parts)
            return all(truths) if isinstance(op, ast.And) else any(truths)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(_value(operand, functions, lesions))
        case ast.UnaryOp(operand=operand):
            return -as_number(_value(operand, functions, lesions))
        case ast.BinOp(left=left, op=op, right=right):
            a, b = (
                as_number(_value(left, functions, lesions)),
                as_number(_value(right, functions, lesions)),
            )
            return _BINARY[type(op)](a, b)
        case ast.Compare(left=left, ops=ops, comparators=rest):
            values = [_value(part, functions, lesions) for part in (left, *rest)]
            words = any(isinstance(value, str) for value in values)
            values = [_plain(value, words) for value in values]
            return all(
                _compared(op, a, b) for op, a, b in zip(ops, values, values[1:], strict=False)
            )
    raise ExpressionError(f"{_spell(node)} is not allowed; allowed are {ALLOWED}")


def _compared(op: ast.cmpop, a: Any, b: Any) -> bool:
    if isinstance(a, str) != isinstance(b, str):
        raise ExpressionError(f"cannot compare {a!r} with {b!r}")
    return bool(_COMPARE[type(op)](a, b))


def as_number(value: Any) -> float:
    """Return a value as a number to calculate with, a decision as its score; ExpressionError for
    anything else.

    >>> as_number("liver")
    Traceback (most recent call last):
    netcourse.assessment.keys.expressions.ExpressionError: 'liver' is no number to calculate with
    """
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"{value!r} is no number to calculate with")
    return value


def gives_decision(expression: Expression, functions: Mapping[str, Function]) -> bool:
    """Whether an expression is one question to a rule, so that its value is a decision with
    reasons.
    """
    return _is_decision(expression.tree, functions)


def _plain(value: Any, as_word: bool = False) -> Any:
    """A decision as its score, or as its verdict beside a word; everything else as it is."""
    if not hasattr(value, "verdict"):
        return value
    if as_word:
        return value.verdict
    if value.decided and not value.verdict.isdecimal():
        raise ExpressionError(
            f"{value.question} is '{value.verdict}', which is no number; compare it with a quoted"
            " word"
        )
    return value.score


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError(f"{value!r} is neither true nor false: compare it with something")
    return value


def _check_arguments(
    node: ast.Call,
    function: Function,
    functions: Mapping[str, Function],
    lesions: Sequence[str] | None,
) -> list[str]:
    if function.any_number:
        return (
            []
            if node.args and not any(isinstance(a, ast.Name) for a in node.args)
            else [f"write {function.signature}"]
        )
    needed = sum(not p.optional for p in function.parameters)
    if not needed <= len(node.args) <= len(function.parameters):
        return [f"{function.name} has {len(node.args)} arguments; write {function.signature}"]
    found = []
    for argument, parameter in zip(node.args, function.parameters, strict=False):
        if parameter.kind == "number" and isinstance(argument, ast.Name):
            found.append(
                f"{function.signature}: {argument.id} is no number; ask something about it, for"
                f" example size_mm({argument.id})"
            )
        elif parameter.kind == "lesion" and not isinstance(argument, ast.Name):
            found.append(f"{function.signature} asks about a lesion; {_there_are(lesions)}")
        elif parameter.kind == "word" and (problem := _check_word(argument, parameter)):
            found.append(f"{function.name}: {problem}")
        elif parameter.kind == "decision" and not _is_decision(argument, functions):
            found.append(
                f"{function.signature} asks about a rule's answer, for example"
                f" {function.name}(krenning(L1), …)"
            )
    return found


def _check_word(argument: ast.expr, parameter: Argument) -> str | None:
    given = (
        argument.value
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        else None
    )
    if given is None:
        return (
            f"{parameter.name} is {ast.unparse(argument)}; write it in quotes, like"
            f' "{(parameter.words or ("name",))[0]}"'
        )
    if parameter.look_up:
        try:
            parameter.look_up(given)
        except KeyError as error:
            return str(error.args[0])
    elif given not in parameter.words:
        shown = ", ".join(f'"{word}"' for word in parameter.words)
        return (
            f'{parameter.name} is "{given}"{did_you_mean(given, parameter.words)}; allowed are'
            f" {shown}"
        )
    return None


def _is_decision(node: ast.expr, functions: Mapping[str, Function]) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    return node.func.id not in functions or functions[node.func.id].gives == "decision"


def _check_constant(value: object, text: str) -> None:
    if isinstance(value, str):
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(
            f"'{text}': {value!r} is not allowed; write a comparison, a number or a quoted word"
        )
    if not abs(value) <= LARGEST:
        raise ExpressionError(f"'{text}': numbers up to {LARGEST:g} are allowed")


def _check_depth(tree: ast.AST, text: str) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(2 * DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise ExpressionError(f"'{text[:60]}' is nested too deep; split it into several items")


def _spell(node: ast.AST) -> str:
    signs = {
        ast.Pow: "'**'",
        ast.Mod: "'%'",
        ast.FloorDiv: "'//'",
        ast.Attribute: "a dot",
        ast.Subscript: "a bracket [ ]",
    }
    named = {
        ast.Lambda: "lambda",
        ast.IfExp: "if … else",
        ast.ListComp: "a loop",
        ast.GeneratorExp: "a loop",
        ast.Is: "'is'",
        ast.In: "'in'",
    }
    return signs.get(type(node)) or named.get(type(node)) or f"'{type(node).__name__}'"


def _there_are(lesions: Sequence[str] | None) -> str:
    if lesions is None:
        return "the item names no case, so there are no lesions"
    if not lesions:
        return "this case has no lesions"
    return f"lesions are {', '.join(lesions[:12])}{' …' if len(lesions) > 12 else ''}"
