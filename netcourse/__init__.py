"""netcourse: a reading room in a notebook, for the imaging of neuroendocrine neoplasms.

The names that a notebook needs; each room is loaded when one of its names is first used. What is
behind them lies in the rooms, such as `nc.decisions.prrt` or `nc.lessons.krenning`.

>>> import netcourse as nc
>>> patient = nc.generate("ileum_disseminated")
>>> nc.krenning(nc.Uptake(suv_max=6.2, blood_pool=1.5, liver=5.0, spleen=17.0)).verdict
'3'
>>> nc.netpet(patient).verdict, nc.prrt(patient).verdict
('P1', 'eligible')
>>> nc.figure("krenning.borderline").value
0.1
>>> nc.decisions.prrt.prrt_table(patient)["netter1"].verdict
'eligible'
>>> nc.scam(patient)
Traceback (most recent call last):
AttributeError: netcourse has no 'scam'; the nearest name is 'scan'
"""

from difflib import get_close_matches
from importlib import import_module
from typing import Any

# Each name and the module that holds it, under its own name or the one after the colon.
_NAMES = {
    # patients and their pictures
    "generate": "patients",
    "Uptake": "patients",
    "scan": "scanner",
    "CtScan": "scanner",
    "MrScan": "scanner",
    "PetScan": "scanner",
    "open_dicom": "scanner.doors:read_dicom",
    # reading
    "Viewer": "reading",
    "measure": "reading",
    "scanned": "reading",
    # rules
    "krenning": "decisions.somatostatin",
    "sstr_rads": "decisions.somatostatin",
    "netpet": "decisions.heterogeneity",
    "tracer": "decisions.tracer",
    "prrt": "decisions.prrt",
    # sources
    "figure": "evidence",
    "numbers": "reading",
    "teach": "reading",
    # lessons and exercises
    "lab": "reading.lab.function",
    "plot_axes": "reading.lab.function",
    "Range": "reading.lab",
    "Choice": "reading.lab",
    "Switch": "reading.lab",
    "Lab": "reading.lab",
    "Question": "reading.lab",
    "story": "reading",
    "exercise": "assessment:open_exercise",
    "progress": "assessment",
    "reading_series": "assessment.sheet.reading_series",
    "drill": "assessment.drill",
    "check": "course.selftest:check_computer",
}
_ROOMS = {
    name: name for name in ("evidence", "patients", "simulation", "scanner", "decisions", "reading")
} | {"lessons": "reading.lessons", "assessment": "assessment"}
__all__ = [*_NAMES, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"netcourse.{_ROOMS[name]}")
    if name not in _NAMES:
        near = get_close_matches(name, __all__, 1)
        hint = f"the nearest name is '{near[0]}'" if near else "see dir(netcourse)"
        raise AttributeError(f"netcourse has no '{name}'; {hint}")
    module, _, there = _NAMES[name].partition(":")
    return getattr(import_module(f"netcourse.{module}"), there or name)


def __dir__() -> list[str]:
    return sorted(__all__)
