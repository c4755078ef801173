"""Two threads where the platform has threads; the results are the same with one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
THREADS = 1 if sys.platform == "emscripten" else 2


def each(work: Callable[[T], object], parts: Iterable[T], threads: int = THREADS) -> None:
    """Do some work for every part; an error in one of them is raised here."""
    if threads == 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, parts):
            pass
