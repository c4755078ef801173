"""Whose a file of a learning platform's download is, as nbgrader's zip_collect wants to be told."""

from __future__ import annotations

import re
from pathlib import Path

from netcourse.classroom.collect.hand_in import hand_in
from netcourse.classroom.nbgrader.source import ANSWERS

_COPY = re.compile(r"answers([ _-]*\(?\d+\)?)?\.json", re.IGNORECASE)
_BEFORE = re.compile(
    r".*_attempt_\d{4}(?:-\d\d){5}_|[^\W_]+(?:_LATE)?_\d+_\d+_|[^_]+_\d+_assignsubmission_file_|"
    r"\d{14}_",
    re.IGNORECASE | re.DOTALL,
)


def submission_of(path: str) -> dict[str, str] | None:
    """Return `student_id` and `file_id` of a file that Moodle, Canvas, Blackboard or ILIAS packed;
    None where none of them wrote the path.

    >>> submission_of("Eva Ott_8006_assignsubmission_file/answers (1).json")
    {'student_id': 'Eva-Ott-8006', 'file_id': 'answers.json'}
    >>> submission_of("otteva_11_21_03_krenning.ipynb")["student_id"]
    'otteva-11'
    """
    told = hand_in(path)
    if not told.platform:
        return None
    if told.platform == "Blackboard":
        who = told.logins.rpartition("_")[2]
    else:
        who = told.logins or f"{told.name or told.squashed} {told.number}"
    name = _BEFORE.sub("", Path(path).name, count=1)
    return {
        "student_id": "-".join(re.findall(r"[\w.@]+", who.replace("_", " "))),
        "file_id": ANSWERS if _COPY.fullmatch(name) else name,
    }
