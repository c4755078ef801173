"""The class on the screen, live: a widget that reads the folder every few seconds and redraws when
something changed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import anywidget
import traitlets as t

from netcourse.assessment.exercise.load import find_exercise, load_exercise
from netcourse.assessment.exercise.model import Exercise
from netcourse.classroom.live.moment import CohortReader
from netcourse.classroom.live.screen import overview, question
from netcourse.classroom.pack.key_file import read_key

EVERY_S = 4.0
_HERE = Path(__file__).parent


class CohortView(anywidget.AnyWidget):
    """The class at work. `current` is a question's id or empty for the overview; `reference` shows
    what is right, `names` who is who, `big` writes for the projector, `dark` for the dark room. Names and reference are off
    until asked for.
    """

    _esm = _HERE / "view.js"
    _css = _HERE / "view.css"

    html = t.Unicode("").tag(sync=True)
    items = t.List(t.Unicode()).tag(sync=True)
    current = t.Unicode("").tag(sync=True)
    reference = t.Bool(False).tag(sync=True)
    names = t.Bool(False).tag(sync=True)
    big = t.Bool(False).tag(sync=True)
    dark = t.Bool(False).tag(sync=True)

    def __init__(self, reader: CohortReader, **how: Any) -> None:
        self.reader = reader
        self._running: asyncio.Task[None] | None = None
        super().__init__(**how)
        self.observe(self._draw, ["current", "reference", "names"])
        self._draw()

    def __repr__(self) -> str:
        moment = self.reader.look()
        return (
            "Cohort: nobody yet"
            if moment is None
            else f"Cohort: {len(moment.learners)} learners, {moment.answers} answers"
        )

    def start(self, every_s: float = EVERY_S) -> CohortView:
        """Read again every few seconds for as long as the notebook lives; needs a running event
        loop, as every notebook has.
        """
        with suppress(RuntimeError):
            self._running = asyncio.get_running_loop().create_task(self._again(every_s))
        return self

    def stop(self) -> None:
        """Stop reading."""
        if self._running is not None:
            self._running.cancel()

    def refresh(self) -> None:
        """Read the folder now."""
        self._draw()

    async def _again(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            self.refresh()

    def _draw(self, _change: Any = None) -> None:
        moment = self.reader.look()
        if moment is None:
            self.html = (
                f"<p>No answers yet in {self.reader.folder.name}. This page looks again every few"
                " seconds.</p>"
            )
            return
        self.items = [item.id for item in moment.exercise.items]
        known = self.current if self.current in self.items else ""
        self.html = (
            question(moment, known, self.reference) if known else overview(moment, self.names)
        )


def watch(
    folder: Path | str,
    exercise: str | Exercise | None = None,
    key: Path | str | None = None,
    every_s: float = EVERY_S,
) -> CohortView:
    """Return the live view of a shared folder: the last cell of a notebook. Without an exercise it
    follows the busiest one.
    """
    page = load_exercise(find_exercise(exercise)) if isinstance(exercise, str) else exercise
    return CohortView(CohortReader(folder, page, read_key(key) if key else None)).start(every_s)
