"""A virtual cohort: many lesions at once as arrays, for detection and for statistics. The same seed
gives the same cohort everywhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from netcourse.evidence import figure, figures

Floats = NDArray[np.float64]

KINDS = ("primary", "liver", "node", "benign_node", "bone", "peritoneum")
PATTERNS = ("hyper_hypo", "hyper_iso", "hyper_hyper", "hypo_hypo", "iso_hypo")
_SLOTS = ("first", "second", "third", "fourth")


@dataclass(frozen=True)
class Cohort:
    """The lesions of many patients, one row each: `patient` number, `kind`, whether `pancreatic` in
    origin, `size_mm`, `pattern`.

    `size_mm` is the diameter, of nodes the short axis; `pattern` is how it enhances ("occult": not
    on CT); all kinds but `benign_node` are metastases or primaries and positive on receptor PET.
    """

    patients: int
    patient: NDArray[np.int64]
    kind: NDArray[np.str_]
    pancreatic: NDArray[np.bool_]
    size_mm: Floats
    pattern: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.size_mm)

    def __repr__(self) -> str:
        return f"Cohort of {self.patients} synthetic patients with {len(self)} lesions"

    def of(self, *kinds: str) -> NDArray[np.bool_]:
        """Return which lesions are of some kinds."""
        return np.isin(self.kind, kinds)


def cohort(patients: int, seed: int = 0) -> Cohort:
    """Draw a cohort; ValueError for fewer than one patient or a negative seed.

    >>> cohort(100)
    Cohort of 100 synthetic patients with 737 lesions
    """
    if patients < 1 or seed < 0:
        raise ValueError(
            f"a cohort needs at least one patient and a seed from 0; got {patients} and {seed}"
        )
    pancreatic = units(seed, "origin", patients) < figure("cohort.pancreatic").value
    rows = []
    for kind in KINDS:
        shares = figures(f"cohort.share.{kind}")
        for slot in _SLOTS:
            if slot in shares:
                there = np.flatnonzero(units(seed, f"{kind}/{slot}", patients) < shares[slot].value)
                rows.append(
                    (
                        kind,
                        there,
                        _sizes(seed, kind, slot, patients)[there],
                        _patterns(seed, kind, slot, pancreatic)[there],
                    )
                )
    patient = np.concatenate([there for _, there, *_ in rows])
    return Cohort(
        patients,
        patient,
        np.concatenate([np.full(len(there), kind) for kind, there, *_ in rows]),
        pancreatic[patient],
        np.concatenate([size for *_, size, _ in rows]),
        np.concatenate([pattern for *_, pattern in rows]),
    )


def units(seed: int, name: str, count: int) -> Floats:
    """Return numbers in the open interval (0, 1) that depend on seed and name alone: SHA-256 in
    counter mode.

    >>> units(7, "size", 3).round(3).tolist() == units(7, "size", 5).round(3).tolist()[:3]
    True
    """
    head = f"cohort/{seed}/{name}/".encode()
    digests = b"".join(
        hashlib.sha256(head + str(block).encode()).digest() for block in range(-(-count // 4))
    )
    return (np.frombuffer(digests, "<u8")[:count] >> np.uint64(11)).astype(
        np.float64
    ) / 2**53 + 2.0**-54


def _sizes(seed: int, kind: str, slot: str, count: int) -> Floats:
    """Lognormal diameters within ±2 SD, mm."""
    quantile = ndtri(0.0228 + 0.9544 * units(seed, f"{kind}/{slot}/size", count))
    median, spread = (
        figure(f"cohort.size.{kind}.median").value,
        figure(f"cohort.size.{kind}.spread").value,
    )
    return np.asarray(np.round(median * np.exp(spread * quantile), 2))


def _patterns(seed: int, kind: str, slot: str, pancreatic: NDArray[np.bool_]) -> NDArray[np.str_]:
    """How each lesion enhances."""
    drawn = units(seed, f"{kind}/{slot}/pattern", len(pancreatic))
    if kind == "liver":
        found = np.empty(len(pancreatic), "<U12")
        for origin, here in (("pancreatic", pancreatic), ("enteric", ~pancreatic)):
            shares = [
                figure(f"pattern.sampling.{origin}.{name}").value
                for name in (*PATTERNS[:-1], "other")
            ]
            edges = np.cumsum(shares) / sum(shares)
            found[here] = np.array(PATTERNS)[np.searchsorted(edges, drawn[here])]
        return found
    usual = {"primary": "primary", "bone": "sclerotic"}.get(kind, "soft_tissue")
    occult = figure("cohort.occult_bone").value if kind == "bone" else 0.0
    return np.where(drawn < occult, "occult", usual)
