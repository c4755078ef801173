"""Synthetic patients: the models, the archetypes and the seeded generator."""

from netcourse.patients.clinical import Condition, Grade, History, Labs, Pathology
from netcourse.patients.generator import Draws, archetypes, fingerprint, generate, load_patient
from netcourse.patients.model import CloneB, Lesion, OrganUptake, Part, Patient, Place, ScanOf, Uptake, places
from netcourse.patients.partial_volume import measured_suv, recovery, true_suv

__all__ = [
    "CloneB", "Condition", "Draws", "Grade", "History", "Labs", "Lesion", "OrganUptake", "Part", "Pathology", "Patient", "Place", "ScanOf",
    "Uptake", "archetypes", "fingerprint", "generate", "load_patient", "measured_suv", "places", "recovery", "true_suv",
]  # fmt: skip
