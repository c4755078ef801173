"""The classroom: a folder of answers files in, a gradebook and a page for every learner out.

Nothing that was handed in is run, unpacked or parsed beyond plain JSON within limits; marks are
worked out anew.
"""

from netcourse.classroom.collect.roster import Person, read_roster
from netcourse.classroom.collect.submissions import Rejected, Submission
from netcourse.classroom.grade.folder import grade_folder, only
from netcourse.classroom.lms.handover import HandOver, hand_over, plan_hand_over
from netcourse.classroom.pack.key_file import KeyFile, read_key
from netcourse.classroom.report.outcome import Graded, Report

__all__ = [
    "Graded",
    "HandOver",
    "KeyFile",
    "Person",
    "Rejected",
    "Report",
    "Submission",
    "grade_folder",
    "hand_over",
    "only",
    "plan_hand_over",
    "read_key",
    "read_roster",
]
