"""Synthetic patients from archetypes: the same archetype and seed give the same patient everywhere.

An archetype is a TOML file in `archetypes/`, a page a clinician can edit: the fields of `Patient`,
where

- `{ low = 10, high = 20 }` may stand for any number, a list for a lesion's `place`, a list of directions for the `side` of its
  clone B: the seed draws one;
- `ssr_times = { of = "liver", low = 1.5, high = 3 }` gives a lesion's SUVmax as read, relative to an organ, and `fdg_times`
  that on the FDG scan, which a patient has where there is an `[fdg]` table;
- `[[scatter]]` stands for many lesions of one kind; with `seeded = true` the archetype as written has none of them.

Seed 0 is the archetype as written (middle of each range, first of each list).
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from math import exp
from pathlib import Path
from statistics import NormalDist
from typing import Any, TypeVar

from pydantic import ValidationError

from netcourse.evidence import figure, figures
from netcourse.evidence.own import CASES, LOCAL, own_pages, read_own
from netcourse.patients.model import Patient
from netcourse.patients.organs import OrganUptake
from netcourse.patients.toml_file import read_toml

T = TypeVar("T")
_TOGETHER = {"ssr": "uptake", "fdg": "fdg/uptake"}
"""What makes all uptake of one scan vary together, per scan, by the name of its draw."""


class Draws:
    """Random numbers by name: each depends on the seed and on its own name alone.

    numpy and random promise no stable stream over versions; SHA-256 does.

    >>> Draws(7).uniform("age", 40, 60) == Draws(7).uniform("age", 40, 60)
    True
    """

    def __init__(self, *seed: object) -> None:
        self._seed = "/".join(map(str, seed))

    def unit(self, name: str) -> float:
        """Return a number in the open interval (0, 1)."""
        digest = hashlib.sha256(f"{self._seed}/{name}".encode()).digest()
        return (int.from_bytes(digest[:6], "big") + 0.5) / 2**48

    def uniform(self, name: str, low: float, high: float) -> float:
        """Return a number between low and high, rounded to 3 decimals."""
        return round(low + (high - low) * self.unit(name), 3)

    def spread(self, name: str, sd: float) -> float:
        """Return a factor around 1, lognormal with that standard deviation, within ±2 SD."""
        quantile = NormalDist().inv_cdf(0.0228 + 0.9544 * self.unit(name))
        return round(exp(sd * quantile), 6)

    def choice(self, name: str, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[int(self.unit(name) * len(options))]

    def in_ball(self, name: str, radius: float = 1.0) -> tuple[float, float, float]:
        """Return a point in a ball around 0, rounded to 3 decimals."""
        for attempt in range(1000):
            point = [2 * self.unit(f"{name}/{attempt}/{axis}") - 1 for axis in "xyz"]
            if sum(step * step for step in point) <= 1:
                break
        x, y, z = (round(radius * step * 0.999, 3) for step in point)
        return x, y, z


def archetypes() -> dict[str, str]:
    """Return the ids of all archetypes with their titles."""
    return {id: row["title"] for id, row in sorted(_archetypes().items())}


def generate(archetype: str, seed: int = 0) -> Patient:
    """Return the patient of that archetype and seed; seed 0 is the archetype as written.

    Raises KeyError for an unknown archetype and ValueError for a negative seed.

    >>> generate("ileum_disseminated")
    Patient ileum_disseminated-0: Ileal NET G2 with liver metastases, 4 lesions, SYNTHETIC
    """
    if archetype not in _archetypes():
        raise KeyError(f"no archetype '{archetype}'; there are {', '.join(archetypes())}")
    if seed < 0:
        raise ValueError(f"seed is {seed}; it must be 0 or more")
    return from_rows(_archetypes()[archetype], archetype, seed)


def load_patient(path: Path | str, seed: int = 0) -> Patient:
    """Return the patient that a TOML file of the archetypes' form describes.

    Raises ValueError that names file, field and what is allowed.
    """
    path = Path(path)
    try:
        rows = located(read_toml(path), path)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    try:
        return from_rows(rows, path.stem, seed)
    except ValidationError as error:
        lines = [
            f"{path.name}, {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}"
            for e in error.errors()
        ]
        raise ValueError("\n".join(lines)) from None
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name}: {error.args[0] if error.args else error}") from None


def fingerprint(patient: Patient) -> str:
    """Return 12 hexadecimal digits that change when anything said of the patient changes; what is
    left at its default says nothing.
    """
    text = json.dumps(patient.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def located(rows: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a patient file's rows with its folder of `pictures`, which is written as seen from the
    file, as the whole path.
    """
    folder = rows.get("pictures")
    there = str((path.parent / folder).resolve()) if isinstance(folder, str) and folder else folder
    return rows | ({"pictures": there} if "pictures" in rows else {})


def from_rows(rows: dict[str, Any], name: str, seed: int) -> Patient:
    """Draw a patient from an archetype's rows."""
    draws = Draws(name, seed)
    vary = seed > 0 and not rows.get("pictures")
    rows = _drawn(rows, draws, vary)
    body = draws.spread("body", figure("patient.vary.body").value) if vary else 1.0
    together = {
        scan: draws.spread(name, figure("patient.vary.uptake").value) if vary else 1.0
        for scan, name in _TOGETHER.items()
    }
    if vary:
        rows["age_y"] = min(90, max(20, rows["age_y"] + round(draws.uniform("age", -6, 6))))
        rows["height_cm"] = round(rows["height_cm"] * (1 + draws.uniform("height", -0.04, 0.04)), 1)
        rows["weight_kg"] = round(rows["weight_kg"] * body, 1)
    for scan in ("ssr", "earlier_ssr", "fdg"):
        if scan in rows or scan == "ssr":
            rows[scan] = _organs(rows.get(scan, {}), scan, together, draws, vary)
    lesions = list(rows.pop("lesions", []))
    for group in rows.pop("scatter", []):
        if vary or not group.get("seeded"):
            lesions += _scattered(group, draws)
    rows["lesions"] = [_lesion(dict(row), rows, together, draws, vary) for row in lesions]
    adult = rows["age_y"] >= figure("clinic.adult").value
    female, male = ("woman", "man") if adult else ("girl", "boy")
    words = {"age": rows["age_y"], "person": female if rows["sex"] == "female" else male}
    # Filled by name alone: str.format takes widths and fields of objects from whoever wrote this.
    told = re.sub(r"\{([^{}]*)\}", lambda found: str(words[found[1]]), rows["history"]["story"])
    rows["history"] = rows["history"] | {"story": " ".join(told.split())}
    return Patient.model_validate(rows | {"id": f"{name}-{seed}", "seed": seed})


@cache
def _archetypes() -> dict[str, dict[str, Any]]:
    folder = resources.files(__package__) / "archetypes"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    own = {}
    for path in own_pages(CASES):
        own[path.stem] = read_own(path)
        own[path.stem]["title"] = f"{own[path.stem].get('title', path.stem)} ({LOCAL})"
    return {
        f.name.removesuffix(".toml"): tomllib.loads(f.read_text(encoding="utf-8")) for f in files
    } | own


def _drawn(value: Any, draws: Draws, vary: bool, name: str = "") -> Any:
    """Replace each `{ low, high }` by a number; leave the ranges of groups to their drawers."""
    if isinstance(value, dict):
        if set(value) == {"low", "high"}:
            return (
                draws.uniform(name, value["low"], value["high"])
                if vary
                else (value["low"] + value["high"]) / 2
            )
        return {
            key: below if key == "scatter" else _drawn(below, draws, vary, f"{name}/{key}")
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [
            _drawn(
                below, draws, vary, f"{name}/{below.get('id', i) if isinstance(below, dict) else i}"
            )
            for i, below in enumerate(value)
        ]
    return value


def _organs(
    given: dict[str, Any], scan: str, together: dict[str, float], draws: Draws, vary: bool
) -> dict[str, Any]:
    """Complete the normal organs and, for a seeded patient, vary them together and each a little.

    An organ that differs widely between people (its figure has a range) and is not given is drawn
    from its range instead.
    """
    scan = scan.removeprefix("earlier_")
    told = {name: given[name] for name in ("tracer", "days_ago") if name in given}
    tracer = told.setdefault("tracer", "f18_fdg" if scan == "fdg" else "ga68_dotatate")
    organs = {organ: suv for organ, suv in given.items() if organ not in told}
    full, usual, each = (
        OrganUptake(tracer=tracer, suv=organs).suv,
        figures(f"uptake.{tracer}"),
        figure("patient.vary.organ").value,
    )
    if vary:
        head = "" if scan == "ssr" else f"{scan}/"
        for organ, suv in full.items():
            low, high = usual[organ].low, usual[organ].high
            if low is None or high is None or organ in organs:
                full[organ] = round(
                    suv * together[scan] * draws.spread(f"{head}organ/{organ}", each), 3
                )
            else:
                full[organ] = round(low * (high / low) ** draws.unit(f"{head}organ/{organ}"), 3)
    return told | {"suv": full}


def _scattered(group: dict[str, Any], draws: Draws) -> Iterator[dict[str, Any]]:
    """Spread one kind of lesion over its places: many small ones, few large ones."""
    low, high = group["count"]["low"], group["count"]["high"]
    count = int(low + (high - low + 1) * draws.unit(f"scatter/{group['id']}"))
    size, times = group["size_mm"], group["ssr_times"]
    for i in range(1, count + 1):
        name = f"scatter/{group['id']}{i}"
        yield {
            "id": f"{group['id']}{i}",
            "place": group["place"][(i - 1) % len(group["place"])],
            "size_mm": round(
                size["low"] + (size["high"] - size["low"]) * draws.unit(f"{name}/size") ** 2, 1
            ),
            "ssr_times": {
                "of": times["of"],
                "low": draws.uniform(f"{name}/suv", times["low"], times["high"]),
            },
            "pattern": group["pattern"],
            "offset": draws.in_ball(f"{name}/offset"),
        } | _scattered_fdg(group, name, draws)


def _scattered_fdg(group: dict[str, Any], name: str, draws: Draws) -> dict[str, Any]:
    if "fdg_times" not in group:
        return {}
    times = group["fdg_times"]
    return {
        "fdg_times": {
            "of": times["of"],
            "low": draws.uniform(f"{name}/fdg", times["low"], times["high"]),
        }
    }


def _lesion(
    row: dict[str, Any],
    patient: dict[str, Any],
    together: dict[str, float],
    draws: Draws,
    vary: bool,
) -> dict[str, Any]:
    """Settle one lesion's place, offset and uptake."""
    name = f"lesion/{row['id']}"
    if isinstance(row["place"], list):
        row["place"] = draws.choice(f"{name}/place", row["place"]) if vary else row["place"][0]
    row.setdefault("offset", draws.in_ball(f"{name}/offset", 0.7) if vary else (0.0, 0.0, 0.0))
    if "clone_b" in row:
        row["clone_b"] = clone = dict(row["clone_b"])
        if clone.get("side") and isinstance(clone["side"][0], list):
            clone["side"] = (
                draws.choice(f"{name}/side", clone["side"]) if vary else clone["side"][0]
            )
    for scan, head in (("ssr", ""), ("fdg", "fdg/")):
        if scan in patient:
            _settle(row, scan, patient[scan]["suv"], together[scan], draws, f"{name}/{head}", vary)
    return row


def _settle(
    row: dict[str, Any],
    scan: str,
    organs: dict[str, float],
    together: float,
    draws: Draws,
    name: str,
    vary: bool,
) -> None:
    """Settle a lesion's uptake on one scan, both clones alike."""
    if times := row.pop(f"{scan}_times", None):
        low, high = times["low"], times.get("high", times["low"])
        factor = draws.uniform(f"{name}times", low, high) if vary else (low + high) / 2
        row[f"{scan}_suv_max"] = round(factor * organs[times["of"]], 3)
    elif vary:
        jitter = together * draws.spread(f"{name}uptake", figure("patient.vary.lesion").value)
        for part in (row, row.get("clone_b", {})):
            for key in (f"{scan}_suv", f"{scan}_suv_max"):
                if key in part:
                    part[key] = round(part[key] * jitter, 3)
