"""The page of the drill: pictures on the left, one narrow column on the right, all by keyboard.

Two viewers lie on each other: while one case is read, the next is scanned in a thread and sent to
the viewer behind, so that Enter only brings it to the front. Before signing nothing on the page
knows of a lesion: Python tells the browser where they are once the reading is in the file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from pathlib import Path
from threading import RLock, Thread
from typing import Any

import ipywidgets
from pydantic import ValidationError

from netcourse.assessment.answers.model import CONFIDENCES, AnswersError
from netcourse.assessment.answers.store import StoredAnswers
from netcourse.assessment.drill.ability import Choice, next_case, round_case
from netcourse.assessment.drill.case import drill_case
from netcourse.assessment.drill.column import Column, later, told_at_signing, told_of_round
from netcourse.assessment.drill.curve import Curve
from netcourse.assessment.drill.log import NAME, DrillLog
from netcourse.assessment.drill.scoring import MOST_MARKS, OVERALL, CaseScore, Reading, score
from netcourse.assessment.drill.told import told
from netcourse.assessment.drill.topics import topic as topic_of
from netcourse.assessment.sheet.widget import answers_path
from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.somatostatin import CATEGORIES, NEXT_STEPS
from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.reading.viewer.shared import Marker
from netcourse.reading.viewer.viewer import Viewer
from netcourse.scanner import Study, scan

SERIES = ("CT late arterial", "CT", "PT")
_FIELDS = {"overall": OVERALL, "step": NEXT_STEPS, "confidence": CONFIDENCES}
_ASKED = {"overall": "the overall score", "step": "a decision", "confidence": "how sure you are"}
Scanner = Callable[[Patient], Study]


def drill(
    path: Path | str | None = None,
    scanner: Scanner | None = None,
    *,
    topic: str = "",
    cases: int | None = None,
) -> Drill:
    """Open the drill of the learner whose file it is, where it was left.

    `path` is the drill's file; without it `drill.json` beside the answers file. `scanner` makes a
    study from a patient (default: two CT phases and the receptor PET). With a `topic`, one of
    `TOPICS`, it is a round of so many `cases` (default: the figure drill.round) that begins by a
    press. Raises KeyError for an unknown topic, ValueError for fewer than one case.
    """
    if path is not None:
        return Drill(DrillLog(path), scanner, topic, cases)
    who = StoredAnswers(answers_path()).file.pseudonym
    kept = DrillLog(answers_path().with_name(NAME), pseudonym=str(who))
    return Drill(kept, scanner, topic, cases)


@dataclass(frozen=True)
class _Ready:
    """A case whose pictures are there."""

    choice: Choice
    study: Study


class Drill(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets carries no types
    """The drill at work: `mark`, `fill`, `sign` and `go_on` do from Python what the page does by
    hand.

    `phase` is "closed" (a round that waits to be begun), "waiting" (the pictures are being made),
    "reading" or "signed".
    """

    def __init__(
        self,
        kept: DrillLog,
        scanner: Scanner | None = None,
        topic: str = "",
        cases: int | None = None,
    ) -> None:
        self.cases = int(figure("drill.round").value) if cases is None else cases
        if self.cases < 1:
            raise ValueError(f"a round of {cases} cases; it must have 1 or more")
        self.topic, self.about = topic, topic_of(topic).words if topic else ""
        self.kept = kept
        self.readings = list(kept.readings)
        self.phase = "closed" if topic else "waiting"
        self.marks: list[dict[str, Any]] = []
        self.filled: dict[str, Any] = {}
        self._scan = scanner or (lambda patient: scan(patient, SERIES))
        self._lock = RLock()
        self._viewers: list[Viewer] = []
        self._front = 0
        self._choice: Choice | None = None
        self._behind: _Ready | None = None
        self._since = 0.0
        self._curve = Curve([])
        self._at: int | None = None
        self.column = Column()
        self.column.on_msg(self._heard)
        super().__init__([self.column])
        self.add_class("nc-drill")
        self._tell()
        if not topic:
            # After a restart the case at hand is the one chosen before the last was signed.
            self._fetch(*((self.scores[:-1], 1) if self.scores else ([], 0)))

    def __repr__(self) -> str:
        if self.topic:
            return f"Drill(round of {self.cases} on {self.topic}, {len(self.signed)} signed, SYNTHETIC)"
        return f"Drill(case {len(self.scores) + 1}, {len(self.scores)} signed, SYNTHETIC)"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        what = f"{self.cases} unmarked" if self.topic else "Unmarked"
        words = (
            f"<p><strong>The drill.</strong> {what} SYNTHETIC scans, signed one by one."
            f" Run this page to read. {escape(DISCLAIMER.capitalize())}.</p>"
        )
        return data | {"text/plain": repr(self), "text/html": words}, metadata

    @cached_property
    def scores(self) -> list[CaseScore]:
        """What every reading is worth; worked out when a case is first read or a curve asked for."""
        return [score(reading) for reading in self.readings]

    @property
    def curve(self) -> Curve:
        """The learning curve so far."""
        if len(self._curve.scores) != len(self.scores):
            self._curve = Curve(self.scores)
        return self._curve

    @property
    def signed(self) -> list[Reading]:
        """What was signed of this topic; everything where there is none."""
        return [one for one in self.readings if one.topic == self.topic or not self.topic]

    @property
    def round_done(self) -> bool:
        """Whether the case signed last was the last of a round."""
        return bool(self.topic and self.signed) and len(self.signed) % self.cases == 0

    @property
    def viewer(self) -> Viewer | None:
        """The viewer in front, None while the first pictures are being made."""
        return self._viewers[self._front] if self._viewers else None

    # ------------------------------------------------------------------ what a reader does

    def begin(self) -> None:
        """Begin a round, or go on with one that was left; ValueError where it has begun."""
        self._must_be("closed")
        self.phase = "waiting"
        self._tell()
        self._fetch(self.scores, 0)

    def mark(self, point_mm: tuple[float, float, float]) -> None:
        """Mark a place (z, y, x in mm); its scores are filled in afterwards."""
        self._must_be("reading")
        if len(self.marks) >= MOST_MARKS:
            raise ValueError(f"there are {MOST_MARKS} marks already; remove one first")
        self.marks.append({"point_mm": tuple(point_mm), "krenning": None, "category": None})
        self.filled.pop("none", None)
        self._renew_marks()

    def score_mark(self, mark: int, **scores: Any) -> None:
        """Score a mark (counted from 0): `krenning` 0 to 4, `category` an SSTR-RADS category."""
        self._must_be("reading")
        self.marks[mark] |= scores
        self._tell()

    def unmark(self, mark: int) -> None:
        """Remove a mark (counted from 0); ValueError where there is none."""
        self._must_be("reading")
        if not 0 <= mark < len(self.marks):
            raise ValueError(f"there is no mark {mark + 1}; there are {len(self.marks)}")
        self.marks.pop(mark)
        self._renew_marks()

    def fill(self, **fields: Any) -> None:
        """Fill in `none` (no lesion), `overall`, `step` or `confidence`."""
        self._must_be("reading")
        for name, value in fields.items():
            if name != "none" and value not in _FIELDS[name]:
                raise ValueError(
                    f"{name} is '{value}'; it must be one of {', '.join(_FIELDS[name])}"
                )
        if fields.get("none") and self.marks:
            raise ValueError("There are marks: remove them before you say that there is no lesion.")
        self.filled |= fields
        self._tell()

    def sign(self) -> CaseScore:
        """Sign the reading, keep it and tell what it is worth; ValueError while something is
        missing.
        """
        self._must_be("reading")
        assert self._choice is not None
        if missing := list(self._missing()):
            raise ValueError(f"Not signed yet: {', '.join(missing)}.")
        reading = Reading(
            seed=self._choice.seed,
            marks=tuple(self.marks),
            seconds=round(time.monotonic() - self._since, 1),
            signed=datetime.now(UTC).isoformat(timespec="seconds"),
            topic=self.topic,
            **{name: self.filled[name] for name in _FIELDS},
        )
        self.kept.add(reading)
        found = score(reading)
        self.scores.append(found)
        self.readings.append(reading)
        self.phase, self._at = "signed", None
        if self.viewer is not None:
            self.viewer.markers = [
                Marker(
                    f"F{n}",
                    one.what.split(":")[0],
                    one.point_mm,
                    "" if one.sign == "benign" else one.sign,
                )
                for n, one in enumerate(told(found), 1)
            ]
        self._tell()
        self.next_miss()
        return found

    def next_miss(self) -> None:
        """Go to the next lesion that was missed or mark that was false; to the next finding where
        there is none.
        """
        self._must_be("signed")
        rows = told(self.scores[-1])
        wrong = [n for n, one in enumerate(rows) if one.sign in ("missed", "false")] or list(
            range(len(rows))
        )
        if wrong:
            after = [n for n in wrong if self._at is None or n > self._at]
            self._look_at((after or wrong)[0])

    def go_on(self) -> None:
        """Show the next case."""
        self._must_be("signed")
        self.phase, self.marks, self.filled, self._at = "waiting", [], {}, None
        self._choice = None
        if self._behind is not None:
            self._bring(self._behind)
        elif self.round_done:  # the next round's pictures are made when it is asked for
            self._fetch(self.scores, 0)
        self._tell()

    # ------------------------------------------------------------------ pictures

    def _fetch(self, so_far: list[CaseScore], ahead: int) -> None:
        """Choose a case and make its pictures in the background."""
        first = self.kept.first_seed
        done = [one for one in so_far if one.reading.topic == self.topic]
        n = len(done) % self.cases  # of the round that is being read

        def make() -> None:
            try:
                if self.topic:
                    before = _before(so_far, done[len(done) - n :])
                    choice = round_case(first, before, n + ahead, self.topic)
                else:
                    choice = next_case(first, so_far, ahead)
                case = drill_case(choice.seed)
                _ = case.masses  # worked out now, so that signing takes no time
                ready = _Ready(choice, self._scan(case.patient))
            except Exception as error:
                told = f"The pictures could not be made ({error}). Run the page again."
                later(lambda: self._tell(told))
            else:
                later(lambda: self._arrived(ready))

        # A page that is closed does not wait for the pictures of its next case.
        Thread(target=make, name="netcourse drill", daemon=True).start()

    def _arrived(self, ready: _Ready) -> None:
        with self._lock:
            self._behind = ready
            self._lay(ready)
            if self.phase == "waiting":
                self._bring(ready)
            self._tell()

    def _lay(self, ready: _Ready) -> None:
        """Give the viewer behind a study; it loads while the one in front is read."""
        if len(self._viewers) < 2:
            viewer = Viewer(ready.study, markers=False)
            viewer.observe(lambda change: self._marked(viewer, change["new"]), "mark_mm")
            viewer.observe(lambda change: self._moved(viewer, change["new"]), "crosshair_mm")
            self._viewers.append(viewer)
            self.children = (self.column, *self._viewers)
        else:
            self._viewers[1 - self._front].show(ready.study)

    def _bring(self, ready: _Ready) -> None:
        """Bring the viewer behind to the front and begin to read; the next case is made meanwhile."""
        self._front = next(n for n, one in enumerate(self._viewers) if one.study is ready.study)
        self._choice, self._behind, self.phase = ready.choice, None, "reading"
        self._since = time.monotonic()
        if not self.topic or (len(self.signed) + 1) % self.cases:
            self._fetch(list(self.scores), 1)

    def _marked(self, viewer: Viewer, point: Any) -> None:
        if point is None or viewer is not self.viewer:
            return
        viewer.mark_mm = None
        if self.phase == "reading":
            self._heard(self.column, {"do": "mark", "point": point}, [])

    def _moved(self, viewer: Viewer, point: Any) -> None:
        """After signing the column tells of the finding at the crosshair."""
        if self.phase != "signed" or viewer is not self.viewer:
            return
        rows = told(self.scores[-1])
        at = next((n for n, one in enumerate(rows) if tuple(one.point_mm) == tuple(point)), None)
        if at is not None and at != self._at:
            self._at = at
            self._tell()

    def _look_at(self, finding: int) -> None:
        self._at = finding
        if self.viewer is not None:
            self.viewer.crosshair_mm = told(self.scores[-1])[finding].point_mm
        self._tell()

    # ------------------------------------------------------------------ the column

    def _heard(self, _column: Any, message: Any, _buffers: Any) -> None:
        with self._lock:  # JupyterLab's messages come in a thread of their own
            self._do(dict(message))

    def _do(self, message: dict[str, Any]) -> None:
        """Do what the page asks; what goes wrong is told there, in plain words."""
        what, mark = message.get("do"), message.get("mark")
        try:
            if what == "mark":
                self.mark(message["point"])
            elif what == "score" and isinstance(mark, int):
                self.score_mark(mark, **{message["name"]: message["value"]})
            elif what == "remove" and isinstance(mark, int):
                self.unmark(mark)
            elif what == "go" and isinstance(mark, int) and self.viewer is not None:
                self.viewer.crosshair_mm = self.marks[mark]["point_mm"]
            elif what == "fill":
                self.fill(**{message["name"]: message["value"]})
            elif what == "sign":
                self.sign()
            elif what == "miss":
                self.next_miss()
            elif what == "finding":
                self._look_at(int(message["n"]))
            elif what == "next":
                self.go_on()
            elif what == "begin":
                self.begin()
        except ValidationError as error:
            self._tell(error.errors()[0]["msg"])
        except (AnswersError, ValueError, KeyError, IndexError) as error:
            self._tell(str(error.args[0] if error.args else error))

    def _must_be(self, phase: str) -> None:
        if self.phase != phase:
            words = {
                "closed": "This round has not begun.",
                "waiting": "The pictures are not there yet.",
                "reading": "This case is not signed yet.",
                "signed": "This case is signed: nothing can be changed.",
            }
            raise ValueError(words[self.phase])

    def _round_told(self) -> str:
        """What came of the round, once it is over and no other has been begun; else ""."""
        if not self.round_done or self.phase not in ("closed", "signed"):
            return ""
        return told_of_round([score(one) for one in self.signed[-self.cases :]])

    def _missing(self) -> Any:
        """What must be filled in before signing, in words."""
        if not self.marks and not self.filled.get("none"):
            yield "mark a lesion, or say that there is none"
        for n, one in enumerate(self.marks, 1):
            if one["krenning"] is None or one["category"] is None:
                yield f"mark {n} has no scores"
        yield from (words for name, words in _ASKED.items() if self.filled.get(name) is None)

    def _renew_marks(self) -> None:
        if self.viewer is not None:
            self.viewer.markers = [
                Marker(f"M{n}", f"Mark {n}", one["point_mm"]) for n, one in enumerate(self.marks, 1)
            ]
        self._tell()

    def _tell(self, say: str = "") -> None:
        """Renew the column."""
        number = len(self.signed) + (self.phase != "signed")
        session = self.cases if self.topic else int(figure("drill.session").value)
        state: dict[str, Any] = {
            "phase": self.phase,
            "front": self._front if self.phase in ("reading", "signed") else None,
            "number": number,
            "of": session,
            "about": self.about,
            "round": self._round_told(),
            "next": self._behind is not None,
            "say": say or self.kept.notice,
            "choices": {
                "krenning": [str(level) for level in range(5)],
                "category": list(CATEGORIES),
                **{name: list(values) for name, values in _FIELDS.items()},
            },
            "marks": [{name: one[name] for name in ("krenning", "category")} for one in self.marks],
            "filled": self.filled,
        }
        if self._choice is not None:
            state["referral"] = drill_case(self._choice.seed).patient.history.story
        if self.phase == "signed":
            state |= told_at_signing(self.curve, self._at)
            state["returns"] = self._choice.returns if self._choice else ""
        self.column.state = state


def _before(so_far: Sequence[CaseScore], part: Sequence[CaseScore]) -> list[CaseScore]:
    """What was signed before the first of a part."""
    return list(so_far[: so_far.index(part[0])] if part else so_far)
