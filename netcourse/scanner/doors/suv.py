"""The SUV of a PET from its DICOM header.

After the vendor-neutral pseudo-code of QIBA (version of 2018-06-26,
https://qibawiki.rsna.org/index.php/Standardized_Uptake_Value_(SUV)): body-weight SUV from Bq/mL
with the dose decayed to the moment to which the pictures are corrected, Philips' own factors where
the pictures hold counts, and GE's own scan time where a series was made later. Nothing is guessed:
what is missing is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from netcourse.scanner.study import TracerDose

PHILIPS, PHILIPS_GROUP = "Philips PET Private Group", 0x7053
GE, GE_GROUP = "GEMS_PETD_01", 0x0009
_LEAST_BQ = 1e5
_NUCLIDE = {"Fluorine": "f18", "Gallium": "ga68", "Copper": "cu64", "Zirconium": "zr89"}


class NoSuvError(ValueError):
    """The header does not give the SUV; the message names what is missing or wrong."""


def suv_factor(headers: Sequence[Any]) -> tuple[float, TracerDose | None]:
    """Return what the rescaled values of a PET series are multiplied with to be SUV (body weight),
    and the dose behind it where the header gives it.

    `headers` are the datasets of all its slices. Raises NoSuvError.
    """
    first = headers[0]
    units = str(first.get("Units", "")).upper()
    done = {str(word).upper() for word in _many(first.get("CorrectedImage"))}
    if missing := [word for word in ("ATTN", "DECY") if word not in done]:
        raise NoSuvError(
            f"Corrected Image (0028,0051) is without {' and '.join(missing)}: no attenuation or"
            " decay correction, no SUV"
        )
    if units == "GML":
        kind = str(first.get("SUVType", "") or "BW").upper()
        if kind != "BW":
            raise NoSuvError(f"SUV Type (0054,1006) is {kind}; body weight (BW) is needed")
        return 1.0, None
    if units == "CNTS":
        factor = _private(first, PHILIPS_GROUP, PHILIPS, 0x00)
        if factor:
            return factor, None
        activity = _private(first, PHILIPS_GROUP, PHILIPS, 0x09)
        if not activity:
            raise NoSuvError(
                "Units (0054,1001) is CNTS, and neither the SUV factor (7053,1000) nor the activity"
                " factor (7053,1009) of Philips is there"
            )
        dose = _dose(headers)
        return activity / dose.bq_per_ml, dose
    if units != "BQML":
        raise NoSuvError(f"Units (0054,1001) is {units or 'missing'}; BQML, GML or CNTS is needed")
    dose = _dose(headers)
    return 1 / dose.bq_per_ml, dose


def _dose(headers: Sequence[Any]) -> TracerDose:
    first = headers[0]
    sequence = first.get("RadiopharmaceuticalInformationSequence") or [None]
    isotope, missing = sequence[0], []
    if isotope is None:
        raise NoSuvError("Radiopharmaceutical Information Sequence (0054,0016) is missing")
    weight = number(first.get("PatientWeight"))
    activity = number(isotope.get("RadionuclideTotalDose"))
    half_life = number(isotope.get("RadionuclideHalfLife"))
    for value, words in (
        (weight, "Patient's Weight (0010,1030)"),
        (activity, "Radionuclide Total Dose (0018,1074)"),
        (half_life, "Radionuclide Half Life (0018,1075)"),
    ):
        if not value or value < 0:
            missing.append(words)
    correction = str(first.get("DecayCorrection", "")).upper()
    if correction not in ("START", "ADMIN"):
        missing.append(
            f"Decay Correction (0054,1102), which is {correction or 'empty'} where START or ADMIN"
            " is needed"
        )
    uptake = timedelta(0)
    if correction == "START":
        scanned, injected = _scan_start(headers), _injection(first, isotope)
        if scanned is None:
            missing.append("Series Time (0008,0031) or Acquisition Time (0008,0032)")
        if injected is None:
            missing.append("Radiopharmaceutical Start Date Time (0018,1078) or Time (0018,1072)")
        if scanned and injected:
            uptake = scanned - injected
            if uptake < timedelta(0) and not isotope.get("RadiopharmaceuticalStartDateTime"):
                uptake += timedelta(days=1)  # a time without a date, before midnight
            if uptake < timedelta(0):
                missing.append(f"a sensible time: injected {injected}, scanned {scanned}")
    if missing:
        raise NoSuvError(f"the header is without {'; '.join(missing)}")
    assert weight
    assert activity
    assert half_life
    if activity < _LEAST_BQ:
        raise NoSuvError(
            f"Radionuclide Total Dose (0018,1074) is {activity:g}; DICOM's unit is Bq, and this"
            " looks like MBq"
        )
    if uptake > timedelta(seconds=20 * half_life):
        raise NoSuvError(
            f"{uptake} lie between injection and scan, more than 20 half-lives; check the dates"
        )
    return TracerDose(
        str(isotope.get("Radiopharmaceutical", "") or "unknown tracer"),
        _nuclide(isotope),
        half_life,
        number(isotope.get("RadionuclidePositronFraction")) or 1.0,
        activity,
        uptake.total_seconds(),
        (number(first.get("ActualFrameDuration")) or 0.0) / 1000,
        weight,
    )


def _nuclide(isotope: Any) -> str:
    code = (isotope.get("RadionuclideCodeSequence") or [None])[0]
    words = str(code.get("CodeMeaning", "")) if code is not None else ""
    return next((id for name, id in _NUCLIDE.items() if name.lower() in words.lower()), "unknown")


def _scan_start(headers: Sequence[Any]) -> datetime | None:
    """The moment to which the pictures are corrected: the series' own time, unless it is after the
    first picture, as in a series that was made later.
    """
    first = headers[0]
    taken = [
        when
        for header in headers
        if (when := moment(header, "AcquisitionDate", "AcquisitionTime")) is not None
    ]
    series = moment(first, "SeriesDate", "SeriesTime")
    if series and (not taken or series <= min(taken)):
        return series
    if own := _private(first, GE_GROUP, GE, 0x0D):
        return parse_datetime(own)
    return min(taken) if taken else series


def _injection(first: Any, isotope: Any) -> datetime | None:
    whole = parse_datetime(isotope.get("RadiopharmaceuticalStartDateTime"))
    if whole:
        return whole
    time = parse_time(isotope.get("RadiopharmaceuticalStartTime"))
    day = next(
        (
            date
            for keyword in ("AcquisitionDate", "SeriesDate", "StudyDate")
            if (date := parse_date(first.get(keyword))) is not None
        ),
        None,
    )
    return None if time is None or day is None else day + time


def moment(header: Any, date: str, time: str) -> datetime | None:
    """Return a moment that a date and a time of a header give together; None where one is
    missing.
    """
    day, hour = (
        parse_date(header.get(date) or header.get("StudyDate")),
        parse_time(header.get(time)),
    )
    return None if day is None or hour is None else day + hour


def parse_date(text: Any) -> datetime | None:
    """Return a day, also as old scanners wrote it; None for what is none.

    >>> parse_date("20260131"), parse_date("2026.01.31"), parse_date("31 Jan")
    (datetime.datetime(2026, 1, 31, 0, 0), datetime.datetime(2026, 1, 31, 0, 0), None)
    """
    for form in ("%Y%m%d", "%Y.%m.%d", "%Y-%m-%d"):
        try:
            return datetime.strptime(str(text).strip(), form)
        except ValueError:
            continue
    return None


def parse_time(text: Any) -> timedelta | None:
    """Return a time of day; None for what is none.

    >>> print(parse_time("093015.5"), parse_time("09:28"), parse_time(""))
    9:30:15.500000 9:28:00 None
    """
    found = re.fullmatch(r"(\d\d):?(\d\d)(?::?(\d\d(?:\.\d+)?))?", str(text).strip())
    if not found:
        return None
    hours, minutes, seconds = found.groups("0")
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def parse_datetime(text: Any) -> datetime | None:
    """Return date and time of a DICOM date time, without its offset from UTC; None for what is
    none.

    >>> print(parse_datetime("20260131093015.5+0100"), parse_datetime("2026"))
    2026-01-31 09:30:15.500000 None
    """
    found = re.fullmatch(r"(\d{8})(\d{4}(?:\d\d)?(?:\.\d+)?)(?:[+-]\d{4})?", str(text).strip())
    day, time = (parse_date(found[1]), parse_time(found[2])) if found else (None, None)
    return None if day is None or time is None else day + time


def number(value: Any) -> float | None:
    """Return a number of a header, also where a comma is its point; None for what is none.

    >>> number("72,5"), number(""), number(None), number("7e1")
    (72.5, None, None, 70.0)
    """
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return None


def _private(header: Any, group: int, creator: str, element: int) -> Any:
    """The value of a private element; None where it is not there."""
    try:
        value = header.private_block(group, creator)[element].value
    except KeyError:
        # Some anonymisers drop the creator and keep the value where it usually lies.
        found = header.get((group, 0x1000 | element))
        value = None if found is None else found.value
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace").strip("\0 ")
    return number(value) if group == PHILIPS_GROUP else value


def _many(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else list(value)
