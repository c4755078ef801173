"""The series of a study: which show anatomy and which uptake, which come first, and what they are
called.
"""

from __future__ import annotations

from netcourse.scanner.study import Study, Volume


def anatomical(study: Study) -> list[str]:
    """Return the names of the CT and MR series, in the study's order."""
    return [name for name, volume in study.volumes.items() if volume.modality != "PT"]


def pets(study: Study) -> list[str]:
    """Return the names of the PET series, in the study's order."""
    return [name for name, volume in study.volumes.items() if volume.modality == "PT"]


def first(names: list[str], usual: str) -> str | None:
    """Return the usual name where it is among the names, else the first of them, or None.

    >>> first(["CT late arterial", "CT"], "CT"), first(["DWI"], "CT"), first([], "PT")
    ('CT', 'DWI', None)
    """
    return usual if usual in names else next(iter(names), None)


def usual(study: Study) -> tuple[str | None, str | None]:
    """Return the series and the PET that come first: `CT` and `PT` where there are such."""
    return first(anatomical(study), "CT"), first(pets(study), "PT")


def pair(study: Study, series: str | None, pet: str | None) -> Study:
    """Return the study with one anatomical series and one PET, as they are looked at and measured
    together.
    """
    return study.only(*[name for name in (series, pet) if name is not None])


def base(study: Study) -> str:
    """Return the name of the series whose slices are counted: the usual one, or a longer one where
    that covers less of the body.
    """
    order = sorted(
        study.volumes,
        key=lambda name: (name not in usual(study), study.volumes[name].modality == "PT"),
    )
    reach = {
        name: study.volumes[name].spacing_mm[0] * study.volumes[name].array.shape[0]
        for name in order
    }
    longest = max(reach.values())
    return next(
        name for name in order if reach[name] + study.volumes[name].spacing_mm[0] >= longest
    )


def labels(study: Study) -> dict[str, str]:
    """Return what each series is called on the pictures: from its description, or from its name
    where two descriptions agree.

    >>> from netcourse.scanner.study import Study, Volume
    >>> import numpy as np
    >>> words = {"CT": "CT, portal venous phase", "CT late": "CT, 50 s after injection", "CT low dose": "CT, unenhanced",
    ...          "CT plain": "CT, unenhanced", "DWI": "MR, DWI", "PT": "PET, 68Ga-DOTATATE"}
    >>> volumes = {name: Volume("CT", np.zeros((1, 1, 1)), (3, 1, 1), (0, 0, 0), "HU", text) for name, text in words.items()}
    >>> list(labels(Study("x", "X", volumes)).values())
    ['Portal venous CT', 'CT at 50 s', 'Low dose CT', 'Plain CT', 'DWI MR', '68Ga-DOTATATE PET']
    """
    found = {name: _from_description(volume) for name, volume in study.volumes.items()}
    told = list(found.values())
    return {
        name: label if told.count(label) == 1 else _from_name(name) for name, label in found.items()
    }


def _from_description(volume: Volume) -> str:
    modality, _, what = volume.description.partition(", ")
    if what.endswith(" after injection"):
        return f"{modality} at {what.removesuffix(' after injection')}"
    return _with_capital(f"{what.removesuffix(' phase')} {modality}".strip())


def _from_name(name: str) -> str:
    modality, _, what = name.partition(" ")
    return _with_capital(f"{what} {modality}") if modality in ("CT", "MR") and what else name


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]
