"""Synthetic patients: the models, the archetypes and the seeded generator."""

from netcourse.patients.clinical import Condition, History, Labs, Pathology
from netcourse.patients.generator import Draws, archetypes, fingerprint, generate, load_patient
from netcourse.patients.model import (
    CloneB,
    Correlate,
    Histology,
    Lesion,
    Part,
    Patient,
    Pattern,
    Place,
    Uptake,
    places,
)
from netcourse.patients.organs import OrganUptake, ScanOf, Tracer, resolution_mm
from netcourse.patients.partial_volume import measured_suv, recovery, true_suv
from netcourse.patients.rescan import with_analogue, with_tracer

__all__ = [
    "CloneB",
    "Condition",
    "Correlate",
    "Draws",
    "Histology",
    "History",
    "Labs",
    "Lesion",
    "OrganUptake",
    "Part",
    "Pathology",
    "Patient",
    "Pattern",
    "Place",
    "ScanOf",
    "Tracer",
    "Uptake",
    "archetypes",
    "fingerprint",
    "generate",
    "load_patient",
    "measured_suv",
    "places",
    "recovery",
    "resolution_mm",
    "true_suv",
    "with_analogue",
    "with_tracer",
]
