"""The labs, tables and pages of the lessons, one package per lesson."""

from importlib import import_module
from typing import Any

__all__ = [
    "board",
    "ct",
    "gallery",
    "heterogeneity",
    "krenning",
    "prrt",
    "sstr_rads",
    "start",
    "tracer",
]


def __getattr__(name: str) -> Any:
    """Load a lesson at its first use, such as `netcourse.reading.lessons.prrt`."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
