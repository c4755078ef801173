"""Scan a patient in a notebook, with a bar that shows how far the scan is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import anywidget
import traitlets as t
from IPython.display import display

from netcourse.patients import Patient
from netcourse.scanner import USUAL, Scan, Study, scan

_WORDS = {"body": "building the body", "PT": "PET", "FDG": "FDG PET"}


class ScanProgress(anywidget.AnyWidget):
    """A bar and a word; when the scan is done, one quiet line stays."""

    _esm = """
    export default { render({ model, el }) {
      const bar = document.createElement("progress"), words = document.createElement("span"), line = document.createElement("p");
      bar.max = 1;
      bar.style.cssText = "width: 260px; margin-right: 12px; vertical-align: middle";
      bar.setAttribute("aria-label", "Scan");
      words.setAttribute("role", "status");
      line.style.cssText = "margin: 4px 0; font: 14px system-ui, sans-serif";
      line.append(bar, words);
      const show = () => {
        bar.value = model.get("share");
        bar.hidden = model.get("share") >= 1;
        words.textContent = model.get("share") >= 1 ? `${model.get("label")}: ready` : `${model.get("label")}: ${model.get("word")} …`;
      };
      model.on("change:share", show);
      show();
      el.append(line);
    } };
    """
    label = t.Unicode().tag(sync=True)
    word = t.Unicode("").tag(sync=True)
    share = t.Float(0.0).tag(sync=True)

    def __repr__(self) -> str:
        return self.label


def scanned(patient: Patient, series: Sequence[str] | Mapping[str, Scan] = USUAL) -> Study:
    """Scan a patient and show the progress meanwhile; see `netcourse.scanner.scan`."""
    bar = ScanProgress(label=f"Scan of {patient.title}, SYNTHETIC")
    display(bar)  # type: ignore[no-untyped-call]  # IPython ships no types here

    def tell(share: float, word: str) -> None:
        with bar.hold_sync():
            bar.word, bar.share = _WORDS.get(word, word), share

    return scan(patient, series, progress=tell)
