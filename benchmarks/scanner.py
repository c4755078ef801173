"""How long a study takes and how much memory: `python benchmarks/scanner.py`.

Prints ratios measured in this one run: each part against the whole study, and against the course's
promises (3 s and 1.5 GB for a study on two cores, 50 ms for the curves of an injection, 5 s for a
cohort of 10,000).
"""

from __future__ import annotations

import sys
from functools import partial

import timing

from netcourse.patients import generate
from netcourse.scanner import Circulation, Injection, enhance, scan
from netcourse.simulation.cohort import cohort
from netcourse.simulation.readers.ct_detection import read

PROMISED_S, PROMISED_GB, ROUNDS = 3.0, 1.5, 3
best = partial(timing.best, rounds=ROUNDS)


def peak_gb() -> float | None:
    """Peak memory of this process so far; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main() -> None:
    few, many = generate("ileum_disseminated"), generate("liver_metastases_g2")
    whole = best(lambda: scan(few))
    rows = {
        "PET/CT, 4 lesions": whole,
        "PET/CT, 34 lesions": best(lambda: scan(many)),
        "CT alone, 4 lesions": best(lambda: scan(few, ["CT"])),
        "PET alone, 4 lesions": best(lambda: scan(few, ["PT"])),
        "late arterial CT": best(lambda: scan(few, ["CT late arterial"])),
    }
    for name, seconds in rows.items():
        print(
            f"{name:22} {seconds:6.2f} s  {seconds / whole:5.2f} × PET/CT "
            f" {seconds / PROMISED_S:5.2f} × promised"
        )
    for name, seconds, promised in (
        (
            "contrast curves, 300 s",
            best(lambda: enhance.__wrapped__(Injection(), Circulation())),
            0.05,
        ),
        ("10,000 patients read", best(lambda: read(cohort(10_000))), 5.0),
    ):
        print(f"{name:22} {seconds:6.3f} s  {seconds / promised:5.2f} × promised")
    if gb := peak_gb():
        print(f"{'peak memory':22} {gb:6.2f} GB {gb / PROMISED_GB:5.2f} × promised")


if __name__ == "__main__":
    main()
