"""The pictures that a tumour board ordered: nothing until it is asked for, then the viewer with
what was done.
"""

from __future__ import annotations

import ipywidgets

from netcourse.reading.lessons.board.tumour_board import TumourBoard
from netcourse.reading.viewer.viewer import Viewer
from netcourse.scanner import Study, scan

_SERIES = {
    "ct": ("CT late arterial", "CT"),
    "ssr": ("PT",),
    "fdg": ("FDG",),
    "mri": ("T1 arterial", "DWI"),
}
_UNDER_PET = "CT low dose"


class BoardPictures(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets carries no types
    """The ordered examinations of a board's patient, as series of one viewer; it follows the
    board's orders.

    CT brings two phases, each PET its own series over a low-dose CT, MRI two views. `viewer` is
    None while nothing is ordered.

    >>> board = TumourBoard([("dedifferentiated_metastasis", 0)])
    >>> BoardPictures(board)
    Pictures ordered: none
    """

    def __init__(self, board: TumourBoard) -> None:
        self.board = board
        self.viewer: Viewer | None = None
        self._ordered: tuple[str, tuple[str, ...]] | None = None
        self._words = ipywidgets.HTML()
        super().__init__([self._words])
        self._follow()
        board.watch(self._follow)

    def __repr__(self) -> str:
        return f"Pictures ordered: {', '.join(self.series) or 'none'}"

    @property
    def series(self) -> tuple[str, ...]:
        """The series that were ordered, in the order of the viewer."""
        found = [
            name for test, names in _SERIES.items() if test in self.board.done for name in names
        ]
        found = [name for name in found if name != "FDG" or self.board.patient.fdg is not None]
        only_pet = bool(found) and not any(name.startswith("CT") for name in found)
        return (*((_UNDER_PET,) if only_pet else ()), *found)

    def _follow(self) -> None:
        """Take what was ordered anew; leave the viewer alone when nothing changed."""
        ordered = (self.board.patient.id, self.series)
        if ordered == self._ordered:
            return
        self._ordered = ordered
        if not self.series:
            self._words.value = "<p>No picture yet: order CT, a PET/CT or MRI.</p>"
            self.children = [self._words]
            return
        self._words.value = f"<p>Scanning {self.board.patient.title} …</p>"
        study = scan(self.board.patient, self.series)
        self._show(study)
        self._words.value = (
            f"<p>Done so far: {'; '.join(volume.description for volume in study.volumes.values())}."
            " SYNTHETIC.</p>"
        )

    def _show(self, study: Study) -> None:
        if self.viewer is None:
            self.viewer = Viewer(study, title="What was ordered")
        else:
            self.viewer.show(study)
        self.children = [self._words, self.viewer]
