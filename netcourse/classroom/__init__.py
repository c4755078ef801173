"""The classroom: a folder of answers files in, a gradebook and a page for every learner out.

Nothing that was handed in is run, unpacked or parsed beyond plain JSON within limits; marks are
worked out anew.
"""

from netcourse.classroom.collect import Rejected, Submission, collect
from netcourse.classroom.folder import grade_folder, only
from netcourse.classroom.handover import HandedOver, hand_over
from netcourse.classroom.key_file import KeyFile, read_key
from netcourse.classroom.report import Graded, Report
from netcourse.classroom.roster import Person, read_roster

__all__ = [
    "Graded",
    "HandedOver",
    "KeyFile",
    "Person",
    "Rejected",
    "Report",
    "Submission",
    "collect",
    "grade_folder",
    "hand_over",
    "only",
    "read_key",
    "read_roster",
]
