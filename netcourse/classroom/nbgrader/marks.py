"""nbgrader's part: two preprocessors that mark by data in place of running the notebook, and a
collector that follows no link.

They need the extra `netcourse[nbgrader]`. Nothing that a learner wrote is run or shown to the
marker's Python; answers.json is read within limits, as everywhere in the course.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.plugins import FileNameCollectorPlugin
from nbgrader.preprocessors import NbGraderPreprocessor

from netcourse.assessment.answers.model import AnswersError, AnswersFile, read_answers
from netcourse.assessment.exercise.load import find_exercise, load_exercise
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.feedback import feedback
from netcourse.assessment.marking.scoring import Result, grade
from netcourse.classroom.nbgrader.names import submission_of
from netcourse.classroom.nbgrader.source import ANSWERS, NOTE, SEPARATOR
from netcourse.decisions.core import DISCLAIMER

REFUSED = "netcourse_refused"


class UseMasterNotebook(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts the released notebook in the place of what was handed in, whatever that holds."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return the released notebook; a note in it where the answers file is a link."""
        told, submitted = resources["nbgrader"], Path(resources["metadata"]["path"])
        course = submitted.parents[2]  # submitted/<learner>/<assignment>
        master = nbformat.read(
            course / "release" / told["assignment"] / f"{told['notebook']}.ipynb", as_version=4
        )  # type: ignore[no-untyped-call]
        if (submitted / ANSWERS).is_symlink():
            master.metadata[REFUSED] = (
                "answers.json is a link to another file; hand in the file itself"
            )
        return master, resources


class GradeByData(NbGraderPreprocessor):  # type: ignore[misc]
    """Marks each grade cell from answers.json: the value is a plain float between 0 and the item's
    points, with nothing on stderr.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return the notebook with every grade cell's feedback and points as its output."""
        refused = str(nb.metadata.pop(REFUSED, ""))
        file: AnswersFile | None = None
        if not refused:
            try:
                file = read_answers(Path(resources["metadata"]["path"]) / ANSWERS)
            except AnswersError as error:
                refused = str(error)
        results: dict[str, Result] = {}
        name = str(nb.metadata.get(NOTE, ""))
        for cell in nb.cells:
            asked = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and asked.get("grade"):
                text, points = self._marked(name, asked, file, refused, results)
                cell.execution_count = None
                said = {"output_type": "stream", "name": "stdout", "text": text + "\n"}
                mark = {
                    "output_type": "execute_result",
                    "data": {"text/plain": repr(points)},
                    "metadata": {},
                    "execution_count": None,
                }
                cell.outputs = [nbformat.from_dict(output) for output in (said, mark)]  # type: ignore[no-untyped-call]
        return nb, resources

    def _marked(
        self,
        name: str,
        mark: Any,
        file: AnswersFile | None,
        refused: str,
        results: dict[str, Result],
    ) -> tuple[str, float]:
        if file is None:
            return f"Not marked: {refused}.\n{DISCLAIMER}", 0.0
        exercise = _exercise(name)
        if name not in results:
            results[name] = grade(exercise, file.course_seed, file.answers)
        result = results[name][str(mark["grade_id"]).rpartition(SEPARATOR)[2]]
        told = str(feedback(exercise, file.course_seed, result))
        return told, float(min(float(mark["points"]), max(0.0, result.points)))


class CollectWithoutLinks(ExchangeCollect):  # type: ignore[misc]
    """nbgrader's own collector, except that a link in a submission is left behind instead of
    followed.
    """

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy a submission by way of a folder of our own, from which links are taken out; the log
        says so.
        """
        with tempfile.TemporaryDirectory() as scratch:
            staged = Path(scratch) / "submission"
            shutil.copytree(src, staged, symlinks=True)
            for path in [one for one in staged.rglob("*") if one.is_symlink()]:
                self.log.warning(
                    "%s is a link and was not collected", Path(src, path.relative_to(staged))
                )
                path.unlink()
            super().do_copy(str(staged), dest, log)


class PlatformCollector(FileNameCollectorPlugin):  # type: ignore[misc]
    """zip_collect's way to know whose a file is: by what the learning platform wrote into its path,
    with no regular expression to be found by trial.
    """

    def _match(self, filename: str) -> dict[str, str] | None:
        parts = Path(filename).parts
        inside = parts[parts.index("extracted") + 1 :] if "extracted" in parts else parts[-2:]
        found = submission_of("/".join(inside))
        if found is None:
            self.log.warning("No learning platform's name in %s: not collected", filename)
        return found


@lru_cache
def _exercise(name: str) -> Exercise:
    return load_exercise(find_exercise(name))
