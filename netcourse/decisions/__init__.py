"""The clinical rules: pure functions from a patient or a measurement to a `Decision`.

One package per topic, each of which imports only from those before it: `core`, `ct`, `somatostatin`,
`tracer`, `heterogeneity`, `prrt`, `board`.
"""

from importlib import import_module
from typing import Any

__all__ = ["board", "core", "ct", "heterogeneity", "prrt", "somatostatin", "tracer"]


def __getattr__(name: str) -> Any:
    """Load a topic at its first use, such as `netcourse.decisions.prrt`."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
