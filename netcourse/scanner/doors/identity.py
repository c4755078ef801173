"""What in a DICOM file still says who the patient is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netcourse.scanner.doors.suv import GE, GE_GROUP, PHILIPS, PHILIPS_GROUP
from netcourse.scanner.study import WATERMARK

MAKER = "netcourse"
# Names of people and what leads to them at once. Free texts and dates of visits are for the
# owner's judgement and for `anonymise`.
NEVER = (
    "PatientBirthDate",
    "PatientBirthTime",
    "PatientBirthName",
    "PatientMotherBirthName",
    "OtherPatientNames",
    "OtherPatientIDs",
    "OtherPatientIDsSequence",
    "IssuerOfPatientID",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "PatientTelecomInformation",
    "ResponsiblePerson",
    "MilitaryRank",
    "MedicalRecordLocator",
    "ReferringPhysicianName",
    "ReferringPhysicianAddress",
    "ReferringPhysicianTelephoneNumbers",
    "ConsultingPhysicianName",
    "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy",
    "PhysiciansOfRecord",
    "RequestingPhysician",
    "OperatorsName",
    "PersonName",
    "InstitutionName",
    "InstitutionAddress",
    "AccessionNumber",
)
# The private elements that DICOM PS3.15 table E.3.10-1 calls safe and that the SUV needs.
SAFE = {
    (PHILIPS_GROUP, PHILIPS): (0x00, 0x09),
    (GE_GROUP, GE): (0x0D,),
}


def is_our_own(dataset: Any) -> bool:
    """Whether the file is of a synthetic patient of this course."""
    name = str(dataset.get("PatientName", ""))
    return str(dataset.get("Manufacturer", "")) == MAKER and name.startswith(f"{WATERMARK}^")


def identifying(dataset: Any) -> list[str]:
    """Return the elements that may say who the patient is, as tag and name, without their values.

    A patient's name is allowed where it is the same as the pseudonym in Patient ID, or where
    Patient Identity Removed is YES.
    """
    found = []
    name, id = str(dataset.get("PatientName", "") or ""), str(dataset.get("PatientID", "") or "")
    removed = str(dataset.get("PatientIdentityRemoved", "")).upper() == "YES"
    if name.strip("^ ") and name != id and not removed:
        found.append(_words(dataset["PatientName"]))
    for element in _everything(dataset):
        if element.tag.is_private:
            if not _safe(dataset, element):
                found.append(_words(element))
        elif element.keyword in NEVER and not element.is_empty:
            found.append(_words(element))
    return list(dict.fromkeys(found))


def _everything(dataset: Any) -> Iterator[Any]:
    return iter(dataset.iterall())


def _safe(dataset: Any, element: Any) -> bool:
    group, number = element.tag.group, element.tag.element
    if number < 0x100:  # a creator's name is safe when all that it owns is
        return any((group, str(element.value)) == key for key in SAFE)
    block = dataset.get((group, number >> 8))
    creators = [str(block.value)] if block is not None else [c for g, c in SAFE if g == group]
    return any(number & 0xFF in SAFE.get((group, creator), ()) for creator in creators)


def _words(element: Any) -> str:
    name = "private" if element.tag.is_private else element.name
    return f"({element.tag.group:04X},{element.tag.element:04X}) {name}"
