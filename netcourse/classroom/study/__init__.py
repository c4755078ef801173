"""A study of learning: tests before, after and later on other patients of one difficulty, one table
of all answers, and what was gained. Nobody is named in it.
"""

from netcourse.classroom.study.data import merge, tidy_csv
from netcourse.classroom.study.plan import SESSIONS, Study, init_study, read_study
from netcourse.classroom.study.report import Gain, compare, report
from netcourse.classroom.study.size import learners_needed

__all__ = [
    "SESSIONS",
    "Gain",
    "Study",
    "compare",
    "init_study",
    "learners_needed",
    "merge",
    "read_study",
    "report",
    "tidy_csv",
]
