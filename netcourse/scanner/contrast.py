"""Where iodinated contrast goes after an injection: attenuation of every tissue over time.

A Bae-type compartment model (evidence contrast.*): well-mixed vessels in series, organs in
parallel, each with blood and interstitium; the kidneys filter. Small tissues are driven by the
arteries. The whole is one linear system, so a step of time is one product of a matrix with a
vector, exact for an injection that is constant within the step.

>>> kinetics = enhance()
>>> [round(kinetics.hu("liver", t)) for t in (0, 38, 68)], kinetics.trigger_s
([55, 75, 101], 18.5)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from netcourse.evidence import figure, figures
from netcourse.patients import Patient

Array = NDArray[np.float64]

STEP_S = 0.5
_TO_PORTAL = ("spleen", "gut", "pancreas")
_CHAIN = (
    "central_veins",
    "right_heart",
    "lung_1",
    "lung_2",
    "lung_3",
    "left_heart",
    "aorta",
    "arteries",
)
_PARTS = 8  # in series where a transit has a delay
_LEGS = tuple(f"seen.legs.{part}" for part in range(_PARTS))
MOSAIC = (
    "primary",
    "hyper_hypo",
    "hyper_iso",
    "hyper_hyper",
    "hypo_hypo",
    "iso_hypo",
    "soft_tissue",
)
"""Lesions that are uneven; their parts are tissues of their own, `…_rich` and `…_poor`."""
_MEDULLA = tuple(f"tubule.medulla.{part}" for part in range(_PARTS))


def _value(id: str) -> float:
    return figure(id).value


def _checked(id: str, name: str, value: float) -> None:
    """Refuse a value outside the range that evidence gives."""
    found = figure(id)
    low, high = found.low or 0.0, found.high
    if not (low <= value and (high is None or value <= high)):
        raise ValueError(f"{name} is {value:g}; it must be from {low:g} to {high:g} {found.unit}")


@dataclass(frozen=True)
class Injection:
    """One injection of iodinated contrast into an arm vein; ValueError outside the ranges of
    evidence.
    """

    iodine_mg_per_kg: float = field(default_factory=lambda: _value("injection.iodine"))
    concentration_mg_ml: float = field(default_factory=lambda: _value("injection.concentration"))
    rate_ml_s: float = field(default_factory=lambda: _value("injection.rate"))
    arm_delay_s: float = field(default_factory=lambda: _value("contrast.arm_delay"))

    def __post_init__(self) -> None:
        for name in ("iodine_mg_per_kg", "concentration_mg_ml", "rate_ml_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name):g}; it must be above 0")
        _checked("contrast.arm_delay", "arm_delay_s", self.arm_delay_s)

    def iodine_mg(self, weight_kg: float) -> float:
        """Return the iodine given, mg: by weight, up to the cap."""
        return min(self.iodine_mg_per_kg * weight_kg, 1000 * _value("injection.iodine_cap"))

    def duration_s(self, weight_kg: float) -> float:
        """Return how long the injection lasts, s.

        >>> Injection().duration_s(70)
        25.0
        """
        return self.iodine_mg(weight_kg) / self.concentration_mg_ml / self.rate_ml_s


@dataclass(frozen=True)
class Circulation:
    """The body that the contrast meets. Without a cardiac output, the usual one for the weight."""

    weight_kg: float = field(default_factory=lambda: _value("contrast.weight"))
    cardiac_output_l_min: float | None = None
    gfr_ml_min: float = field(default_factory=lambda: _value("contrast.gfr"))

    def __post_init__(self) -> None:
        if not 30 <= self.weight_kg <= 200:
            raise ValueError(f"weight_kg is {self.weight_kg:g}; it must be from 30 to 200 kg")
        if self.cardiac_output_l_min is not None:
            _checked("contrast.cardiac_output", "cardiac_output_l_min", self.cardiac_output_l_min)
        _checked("contrast.gfr", "gfr_ml_min", self.gfr_ml_min)

    @classmethod
    def of(cls, patient: Patient, cardiac_output_l_min: float | None = None) -> Self:
        """Return a patient's circulation, as far as the patient's record tells."""
        return cls(weight_kg=patient.weight_kg, cardiac_output_l_min=cardiac_output_l_min)

    @property
    def size(self) -> float:
        """Weight against the reference adult's."""
        return self.weight_kg / _value("contrast.weight")

    @property
    def usual_output_l_min(self) -> float:
        """The cardiac output to be expected at this weight, L/min."""
        return float(_value("contrast.cardiac_output") * self.size ** _value("contrast.scale"))

    @property
    def output_ml_s(self) -> float:
        """The cardiac output, mL/s."""
        return (self.cardiac_output_l_min or self.usual_output_l_min) * 1000 / 60


@dataclass(frozen=True)
class Kinetics:
    """Attenuation over time: `curves` gives HU of each tissue at `times_s` after the start of the
    injection.

    `mass_mg` gives the iodine in the body and what has left it, at the same times.
    """

    times_s: Array
    curves: Mapping[str, Array]
    mass_mg: Mapping[str, Array]
    trigger_s: float | None

    def hu(self, tissue: str, time_s: float) -> float:
        """Return the attenuation of a tissue at a time, HU; before the injection as without
        contrast.

        Raises KeyError for an unknown tissue and ValueError beyond the end of the curves.
        """
        if tissue not in self.curves:
            raise KeyError(f"no tissue '{tissue}'; tissues are {', '.join(sorted(self.curves))}")
        if time_s > self.times_s[-1]:
            raise ValueError(f"time_s is {time_s:g}; the curves end at {self.times_s[-1]:g} s")
        return float(np.interp(time_s, self.times_s, self.curves[tissue]))

    def at(self, time_s: float) -> dict[str, float]:
        """Return the attenuation of every tissue at a time, HU."""
        return {tissue: self.hu(tissue, time_s) for tissue in self.curves}

    def peak(self, tissue: str) -> tuple[float, float]:
        """Return when a tissue is densest, s, and how dense it is then, HU."""
        curve = self.curves[tissue]
        return float(self.times_s[curve.argmax()]), float(curve.max())


@lru_cache(maxsize=64)
def enhance(
    injection: Injection | None = None,
    circulation: Circulation | None = None,
    until_s: float = 300.0,
) -> Kinetics:
    """Return the attenuation of every tissue from 0 to `until_s` seconds after the start of an
    injection.

    The trigger is when the aorta has risen by phase.trigger.rise, None if it never does. Source:
    evidence contrast.*.
    """
    injection, circulation = injection or Injection(), circulation or Circulation()
    system = _system(circulation)
    times = np.arange(0, until_s + STEP_S / 2, STEP_S)
    amount = _amounts(system, injection, circulation.weight_kg, times)
    per_mg_ml = _value("contrast.hu_per_mg_ml")
    curves = {
        tissue: plain + per_mg_ml * (amount @ weights)
        for tissue, (plain, weights) in system.seen.items()
    }
    body, left = amount[:, system.in_body].sum(axis=1), amount[:, system.index["left"]]
    risen = np.flatnonzero(curves["aorta"] >= curves["aorta"][0] + _value("phase.trigger.rise"))
    return Kinetics(
        times,
        curves,
        {"in body": body, "left": left},
        float(times[risen[0]]) if len(risen) else None,
    )


def _amounts(system: _System, injection: Injection, weight_kg: float, times: Array) -> Array:
    """Milligrams of iodine in every compartment at every time; in a step the mean of its injection
    goes in.
    """
    start, end = injection.arm_delay_s, injection.arm_delay_s + injection.duration_s(weight_kg)
    share = np.clip(np.minimum(times + STEP_S, end) - np.maximum(times, start), 0, None) / STEP_S
    given = share * injection.rate_ml_s * injection.concentration_mg_ml
    amount = np.zeros((len(times), len(system.index)))
    for k in range(len(times) - 1):
        amount[k + 1] = system.stay @ amount[k] + system.enter * given[k]
    return amount


@dataclass(frozen=True)
class _System:
    """Compartments by name, their transition over one step, what one mg/s adds, and how tissues see
    them.

    `seen` gives each tissue's attenuation without contrast and, per compartment, how 1 mg in it
    adds to mg I per mL of tissue.
    """

    index: Mapping[str, int]
    stay: Array
    enter: Array
    in_body: Array
    seen: Mapping[str, tuple[float, Array]]


class _Plumbing:
    """Collects compartments and flows into a matrix of rates, 1/s."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.rates: list[tuple[str, str, float]] = []
        self.copies: list[tuple[str, str, float]] = []

    def flow(self, source: str, target: str, rate: float) -> None:
        """Move `rate` of what is in `source` to `target` per second."""
        for name in (source, target):
            self.index.setdefault(name, len(self.index))
        self.rates.append((source, target, rate))

    def drive(self, source: str, target: str, rate: float) -> None:
        """Let `source` feed `target` without losing anything: the target is too small to act
        back.
        """
        self.index.setdefault(target, len(self.index))
        self.copies.append((source, target, rate))

    def matrix(self) -> Array:
        """Return the matrix of d(amounts)/dt."""
        found = np.zeros((len(self.index), len(self.index)))
        for source, target, rate in self.rates:
            found[self.index[source], self.index[source]] -= rate
            found[self.index[target], self.index[source]] += rate
        for source, target, rate in self.copies:
            found[self.index[target], self.index[source]] += rate
        return found


@lru_cache(maxsize=64)
def _system(body: Circulation) -> _System:
    pipes = _Plumbing()
    volume = {
        name: body.size * found["volume"] for name, found in _table("contrast.vessel").items()
    }
    organ = {
        name: {key: value if key == "flow" else body.size * value for key, value in row.items()}
        for name, row in _organs().items()
    }
    plasma = 1 - _value("contrast.haematocrit")
    _circulate(pipes, volume, organ, body.output_ml_s)
    for name, row in organ.items():
        _exchange(pipes, name, row["blood"], row["interstitium"], row["exchange"], plasma)
    _filter(pipes, organ["kidneys"]["blood"], body, plasma)
    whole = set(pipes.index)
    legs = _value("contrast.legs.transit") / _PARTS
    pipes.drive("body.blood", _LEGS[0], 1 / organ["body"]["blood"])
    for here, there in pairwise((*_LEGS, "seen")):
        pipes.flow(here, there, 1 / legs)
    perfusion = body.output_ml_s / body.size / (_value("contrast.cardiac_output") * 1000 / 60)
    for name, row in _tissues().items():
        rate = row["flow"] * perfusion / 6000
        pipes.drive("arteries", f"seen.{name}.blood", rate / volume["arteries"])
        pipes.flow(f"seen.{name}.blood", "seen", rate / row["blood"])
        _exchange(
            pipes, f"seen.{name}", row["blood"], row["interstitium"], row["exchange"] / 6000, plasma
        )
    rates, n = pipes.matrix(), len(pipes.index)
    driven = np.zeros((n + 1, n + 1))
    driven[:n, :n], driven[pipes.index["central_veins"], n] = rates, 1
    step = expm(driven * STEP_S)
    in_body = np.array([i for name, i in pipes.index.items() if name in whole and name != "left"])
    return _System(
        pipes.index, step[:n, :n], step[:n, n], in_body, _seen(pipes.index, volume, organ, body)
    )


def _circulate(
    pipes: _Plumbing, volume: dict[str, float], organ: dict[str, dict[str, float]], output: float
) -> None:
    """Connect vessels and organs; `output` in mL/s."""
    for here, there in pairwise(_CHAIN):
        pipes.flow(here, there, output / volume[here])
    portal = sum(organ[name]["flow"] for name in _TO_PORTAL) * output
    back = 0.0
    for name, row in organ.items():
        flow = row["flow"] * output
        pipes.flow("arteries", f"{name}.blood", flow / volume["arteries"])
        if name == "liver":
            pipes.flow("portal_vein", "liver.blood", portal / volume["portal_vein"])
            pipes.flow("liver.blood", "central_veins", (flow + portal) / row["blood"])
        elif name in _TO_PORTAL:
            pipes.flow(f"{name}.blood", "portal_vein", flow / row["blood"])
        else:
            back += flow
            pipes.flow(f"{name}.blood", "systemic_vein", flow / row["blood"])
    pipes.flow("systemic_vein", "large_vein", back / volume["systemic_vein"])
    pipes.flow("large_vein", "central_veins", back / volume["large_vein"])


def _exchange(
    pipes: _Plumbing, name: str, blood: float, interstitium: float, exchange: float, plasma: float
) -> None:
    """Let plasma and interstitium of a tissue even out; iodine does not enter cells."""
    if exchange and interstitium:
        pipes.flow(f"{name}.blood", f"{name}.interstitium", exchange / plasma / blood)
        pipes.flow(f"{name}.interstitium", f"{name}.blood", exchange / interstitium)


def _filter(pipes: _Plumbing, blood: float, body: Circulation, plasma: float) -> None:
    """Let the kidneys filter plasma into tubules, renal pelvis and out."""
    transit = {name: row["transit"] for name, row in _table("contrast.tubule").items()}
    pipes.flow("kidneys.blood", "tubule.cortex", body.gfr_ml_min / 60 / plasma / blood)
    path = ["tubule.cortex", *_MEDULLA, "tubule.pelvis", "left"]
    seconds = [transit["cortex"], *[transit["medulla"] / _PARTS] * _PARTS, transit["pelvis"]]
    for here, there, wait in zip(path, path[1:], seconds, strict=False):
        pipes.flow(here, there, 1 / wait)


def _seen(
    index: Mapping[str, int],
    volume: dict[str, float],
    organ: dict[str, dict[str, float]],
    body: Circulation,
) -> dict[str, tuple[float, Array]]:
    """How each tissue of the picture adds up from compartments."""
    blood, urine = _value("contrast.plain.blood"), _value("contrast.plain.urine")

    def parts(**compartments: float) -> Array:
        weights = np.zeros(len(index))
        for name, per_ml in compartments.items():
            weights[index[name]] = per_ml
        return weights

    def in_vessel(name: str) -> Array:
        return parts(**{name: 1 / volume[name]})

    legs = _value("contrast.legs.transit") / _PARTS
    tubule = {name: row["volume"] * body.size for name, row in _table("contrast.tubule").items()}
    liver, gut = organ["liver"], organ["gut"]
    found = {
        "aorta": (blood, in_vessel("aorta")),
        "portal_vein": (blood, in_vessel("portal_vein")),
        "right_heart": (blood, in_vessel("right_heart")),
        "left_heart": (blood, in_vessel("left_heart")),
        "upper_vein": (blood, in_vessel("central_veins")),
        "lung_vessel": (
            blood,
            parts(right_heart=0.5 / volume["right_heart"], left_heart=0.5 / volume["left_heart"]),
        ),
        "lower_vein": (blood, parts(**{_LEGS[-1]: 1 / legs})),
        "renal_vein": (blood, parts(**{"kidneys.blood": 1 / organ["kidneys"]["blood"]})),
        "cava": (
            blood,
            parts(
                **{
                    "kidneys.blood": 0.5 / organ["kidneys"]["blood"],
                    _LEGS[-1]: 0.5 / legs,
                }
            ),
        ),
        "upper_cava": (blood, in_vessel("large_vein")),
        "hepatic_vein": (blood, parts(**{"liver.blood": 1 / liver["blood"]})),
        "mesenteric_vessel": (
            blood,
            parts(arteries=0.5 / volume["arteries"], **{"gut.blood": 0.5 / gut["blood"]}),
        ),
        "liver": (
            _value("contrast.plain.liver"),
            parts(
                **{"liver.blood": 1 / liver["tissue"], "liver.interstitium": 1 / liver["tissue"]}
            ),
        ),
        "renal_pelvis": (urine, parts(**{"tubule.pelvis": 1 / tubule["pelvis"]})),
        "urine": (urine, parts()),
    }
    for name, row in _tissues().items():
        own = {
            here: 1.0
            for part in ("blood", "interstitium")
            if (here := f"seen.{name}.{part}") in index
        }
        if name == "kidney_cortex":
            own["tubule.cortex"] = 1 / tubule["cortex"]
        if name == "kidney_medulla":
            own |= dict.fromkeys(_MEDULLA, 1 / tubule["medulla"])
        found[name] = (row["plain"], parts(**own))
    for name in MOSAIC:
        plain, weights = found[name]
        for part, kept in figures("contrast.mosaic").items():
            found[f"{name}_{part}"] = (plain, kept.value * weights)
    return found


@cache
def _table(prefix: str) -> dict[str, dict[str, float]]:
    """The figures below a prefix as rows of columns."""
    rows: dict[str, dict[str, float]] = {}
    for id, found in figures(prefix).items():
        name, column = id.split(".")
        rows.setdefault(name, {})[column] = found.value
    return rows


def _organs() -> dict[str, dict[str, float]]:
    return _table("contrast.organ")


@cache
def _tissues() -> dict[str, dict[str, float]]:
    """Small tissues, with the spleen's fast and slow bands beside the spleen itself."""
    rows = dict(_table("contrast.tissue"))
    for band, row in _table("contrast.spleen_band").items():
        rows[f"spleen_{band}"] = rows["spleen"] | row
    return rows
