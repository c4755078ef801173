"""Files without what says who the patient is: the basic profile of DICOM PS3.15 (annex E), with two
of its options.

`dicom-anonymizer` holds the standard's table of what becomes of each element. *Retain patient
characteristics* keeps sex, age, size and weight, and *retain longitudinal information with modified
dates* keeps the time between injection and scan, for without them a PET has no SUV. All dates of a
run move by the same span. Of private elements only those stay that the standard calls safe and that
the SUV needs. What is burned into the pixels is not looked at: pictures that may hold such text are
left out.
"""

from __future__ import annotations

import uuid
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import Any

from netcourse.scanner.doors.dicom_in import why_left_out
from netcourse.scanner.doors.extra import need, new_folder
from netcourse.scanner.doors.identity import NEVER, SAFE, identifying
from netcourse.scanner.doors.suv import GE, parse_date, parse_datetime, parse_time

FIRST_DAY = datetime(2000, 1, 1, 8)
"""Where the earliest moment of an anonymised study is put."""
METHOD = "PS3.15 basic profile, patient characteristics kept, dates moved"
_KEPT = ("PatientSex", "PatientAge", "PatientSize", "PatientWeight", "PatientSexNeutered")
_MOMENTS = (
    ("StudyDate", "StudyTime"),
    ("SeriesDate", "SeriesTime"),
    ("AcquisitionDate", "AcquisitionTime"),
    ("ContentDate", "ContentTime"),
)
_UID_ACTIONS = ("replace_UID", "delete_or_empty_or_replace_UID")
_INJECTED = ("RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStopDateTime")
_INJECTED_TIMES = ("RadiopharmaceuticalStartTime", "RadiopharmaceuticalStopTime")


@dataclass(frozen=True)
class Anonymised:
    """What was written, and how many files were left out, by reason."""

    written: tuple[Path, ...]
    left_out: tuple[tuple[str, int], ...]


def anonymise(
    folder: str | PathLike[str], out: str | PathLike[str], pseudonym: str = "CASE"
) -> Anonymised:
    """Write the CT, MR and PET pictures of a folder, anonymised, into a new one.

    Every patient becomes `pseudonym`, so keep one in a folder. The same UID becomes the same new
    one throughout the run, and another in the next. The files of `folder` are not touched. Raises
    FileExistsError where `out` holds files, ValueError where `folder` holds several patients or
    nothing to write. Look at the result before you share it: no program knows every way to say a
    name.
    """
    pydicom = need("pydicom")
    need("dicomanonymizer")
    root, left, found = Path(folder), Counter[str](), []
    if not root.is_dir():
        raise FileNotFoundError(2, "there is no such folder", str(root))
    for path, header in _headers(pydicom, root):
        if reason := why_left_out(header):
            left[reason] += 1
        else:
            found.append((path, header))
    if len({str(header.get("PatientID", "")) for _, header in found}) > 1:
        raise ValueError(f"{root} holds several patients; keep one in a folder")
    if not found:
        reasons = "; ".join(f"{n} × {reason}" for reason, n in left.items())
        raise ValueError(
            f"{root} holds no CT, MR or PET pictures to anonymise ({reasons or 'empty'})"
        )
    start = min((first for _, header in found if (first := _earliest(header))), default=FIRST_DAY)
    move = FIRST_DAY - start
    rules = _rules()
    target, written = new_folder(out), []
    for number, (path, _) in enumerate(found, 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path)
            _without_identity(dataset, pseudonym, move, rules)
        if rest := identifying(dataset):
            raise ValueError(f"{path.name} still holds {', '.join(rest)}; it was not written")
        file = target / f"{number:05}.dcm"
        dataset.save_as(file, enforce_file_format=True)
        written.append(file)
    return Anonymised(tuple(written), tuple(sorted(left.items())))


def _headers(pydicom: Any, root: Path) -> Iterator[tuple[Path, Any]]:
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield path, pydicom.dcmread(path, stop_before_pixels=True)
        except (pydicom.errors.InvalidDicomError, EOFError):
            continue


def _rules() -> dict[Any, Any]:
    """What becomes of each element: the standard's table, with new UIDs that nobody can go back
    from, since the secret behind them is forgotten.
    """
    simple, secret = need("dicomanonymizer.simpledicomanonymizer"), uuid.uuid4()

    def rename(part: Any, where: Any) -> None:
        element = part.get(where)
        if element is not None and element.VR == "UI" and element.value:
            many = not isinstance(element.value, str)
            new = [
                one if one.startswith("1.2.840.10008.") else f"2.25.{uuid.uuid5(secret, one).int}"
                for one in (element.value if many else [element.value])
            ]
            element.value = new if many else new[0]

    return {
        where: rename if action.__name__ in _UID_ACTIONS else action
        for where, action in simple.initialize_actions_2024b().items()
    }


def _moments(dataset: Any) -> dict[tuple[str, str], datetime]:
    """The moments of a dataset by their date and time elements."""
    found = {}
    for date, time in _MOMENTS:
        day, hour = parse_date(dataset.get(date)), parse_time(dataset.get(time))
        if day is not None:
            found[date, time] = day + (hour or timedelta(0))
    return found


def _earliest(dataset: Any) -> datetime | None:
    moments = list(_moments(dataset).values())
    for isotope in dataset.get("RadiopharmaceuticalInformationSequence") or ():
        moments += [when for word in _INJECTED if (when := parse_datetime(isotope.get(word)))]
    return min(moments, default=None)


def _without_identity(dataset: Any, pseudonym: str, move: timedelta, rules: dict[Any, Any]) -> None:
    simple = need("dicomanonymizer.simpledicomanonymizer")
    kept = {word: dataset[word].value for word in _KEPT if word in dataset}
    moments = _moments(dataset)
    isotopes = [_injected(item, moments) for item in _isotopes(dataset)]
    safe = list(_safe_private(dataset))

    for part in [dataset, *_inside(dataset)]:
        held = {(element.tag.group, element.tag.element) for element in part}
        there = {where: what for where, what in rules.items() if len(where) > 2 or where in held}
        simple.anonymize_dataset(part, there, True, dict)
    for word, value in kept.items():
        setattr(dataset, word, value)
    for (date, time), when in moments.items():
        setattr(dataset, date, (when + move).strftime("%Y%m%d"))
        setattr(dataset, time, (when + move).strftime("%H%M%S.%f"))
    for item, injected in zip(_isotopes(dataset), isotopes, strict=True):
        for words in _INJECTED:
            if words in item:
                del item[words]
        for words in _INJECTED_TIMES:
            if words in item:
                del item[words]
        if injected is not None:
            item.RadiopharmaceuticalStartDateTime = (injected + move).strftime("%Y%m%d%H%M%S.%f")
            item.RadiopharmaceuticalStartTime = (injected + move).strftime("%H%M%S.%f")
    for (group, creator), element, vr, value in safe:
        if creator == GE:
            scanned = parse_datetime(value)
            value = (scanned + move).strftime("%Y%m%d%H%M%S") if scanned else ""
        dataset.private_block(group, creator, create=True).add_new(element, vr, value)
    for element in dataset.iterall():  # the table replaces some of these by words; none is needed
        if element.keyword in NEVER:
            element.value = [] if element.VR == "SQ" else ""
    dataset.PatientName = dataset.PatientID = pseudonym
    dataset.PatientBirthDate = ""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = METHOD
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    for where in (0x00020016, 0x00020100, 0x00020102):
        dataset.file_meta.pop(where, None)


def _inside(dataset: Any) -> list[Any]:
    """Every dataset within the sequences of another."""
    items = [item for element in dataset if element.VR == "SQ" for item in element.value]
    return items + [deeper for item in items for deeper in _inside(item)]


def _isotopes(dataset: Any) -> list[Any]:
    return list(dataset.get("RadiopharmaceuticalInformationSequence") or ())


def _injected(isotope: Any, moments: dict[tuple[str, str], datetime]) -> datetime | None:
    """When the tracer was injected, on the day of the scan where only the time is known."""
    whole = parse_datetime(isotope.get("RadiopharmaceuticalStartDateTime"))
    time = parse_time(isotope.get("RadiopharmaceuticalStartTime"))
    scanned = moments.get(("AcquisitionDate", "AcquisitionTime")) or moments.get(
        ("SeriesDate", "SeriesTime")
    )
    if whole or time is None or scanned is None:
        return whole
    injected = datetime(scanned.year, scanned.month, scanned.day) + time
    return injected if injected <= scanned else injected - timedelta(days=1)


def _safe_private(dataset: Any) -> Iterator[tuple[tuple[int, str], int, str, Any]]:
    for (group, creator), elements in SAFE.items():
        try:
            block = dataset.private_block(group, creator)
        except KeyError:
            continue
        for element in elements:
            if element in block:
                yield (group, creator), element, block[element].VR, block[element].value
