"""Radioligand therapy: who may have it by which rulebook, its dose and its response."""

from netcourse.decisions.prrt.criterion import criteria
from netcourse.decisions.prrt.eligibility import PRRT_VERDICTS, prrt, prrt_table
from netcourse.decisions.prrt.rulebook import COURSE, Profile, profile, profiles

__all__ = [
    "COURSE",
    "PRRT_VERDICTS",
    "Profile",
    "criteria",
    "profile",
    "profiles",
    "prrt",
    "prrt_table",
]
