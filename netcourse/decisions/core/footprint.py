"""What a rule reads: the fields of a case that it looked at while it judged.

What a rule did not read cannot change its answer, so after a change only the rules that read what
changed are asked again.

>>> from netcourse.patients import generate
>>> seen = set[str]()
>>> watched(generate("ileum_disseminated"), seen).condition.nyha
1
>>> sorted(seen)
['condition', 'condition.nyha']
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
_SEEN = "_seen"


def watched(model: M, seen: set[str], under: str = "") -> M:
    """Return a twin of a model that notes in `seen` the dotted path of every field read from it, and
    from the models in its fields.

    A twin equals only itself, so that nothing remembered of another answers for it unread.
    """
    kind: Any = _watching(type(model))
    twin: M = kind.__new__(kind)
    object.__setattr__(twin, "__dict__", model.__dict__ | {_SEEN: (seen, under)})
    return twin


def moved(model: BaseModel, other: BaseModel, under: str = "") -> Iterator[str]:
    """Yield the dotted paths of the fields in which another model of the same kind is not the same.

    >>> from netcourse.decisions.core.sensitivity import changed
    >>> from netcourse.patients import generate
    >>> patient = generate("ileum_disseminated")
    >>> list(moved(patient, changed(patient, "condition.nyha", 2)))
    ['condition.nyha']
    """
    then = other.__dict__
    for name, value in model.__dict__.items():
        after = then[name]
        if after is value:
            continue
        if isinstance(value, BaseModel) and type(after) is type(value):
            yield from moved(value, after, f"{under}{name}.")
        else:
            yield f"{under}{name}"


@cache
def _watching(kind: type[BaseModel]) -> type[BaseModel]:
    """The kind of the twins of a model."""
    fields = frozenset(kind.model_fields)

    def read(self: Any, name: str) -> Any:
        value = kind.__getattribute__(self, name)
        if name in fields:
            own = object.__getattribute__(self, "__dict__")
            seen, under = own[_SEEN]
            seen.add(under + name)
            if isinstance(value, BaseModel) and _SEEN not in value.__dict__:
                value = own[name] = watched(value, seen, f"{under}{name}.")
        return value

    methods = {
        "__getattribute__": read,
        "__eq__": object.__eq__,
        "__hash__": object.__hash__,
        "__module__": kind.__module__,
    }
    return type(kind.__name__, (kind,), methods)
