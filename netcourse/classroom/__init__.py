"""The classroom: a folder of answers files in, a gradebook and a page for every learner out.

Nothing that was handed in is run, unpacked or parsed beyond plain JSON within limits; marks are worked out anew.
"""

from netcourse.classroom.collect import Rejected, Submission, collect
from netcourse.classroom.folder import grade_folder
from netcourse.classroom.report import Graded, Report

__all__ = ["Graded", "Rejected", "Report", "Submission", "collect", "grade_folder"]
