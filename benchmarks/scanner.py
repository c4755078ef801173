"""How long a study takes and how much memory: `python benchmarks/scanner.py`.

Prints ratios measured in this one run: each part against the whole study, and the whole against the course's promise
of 3 s on two cores and 1.5 GB.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from netcourse.patients import generate
from netcourse.scanner import scan

PROMISED_S, PROMISED_GB, ROUNDS = 3.0, 1.5, 3


def best(run: Callable[[], object]) -> float:
    """Shortest of a few runs, seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


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
    }
    for name, seconds in rows.items():
        print(f"{name:22} {seconds:6.2f} s  {seconds / whole:5.2f} × PET/CT  {seconds / PROMISED_S:5.2f} × promised")
    if gb := peak_gb():
        print(f"{'peak memory':22} {gb:6.2f} GB {gb / PROMISED_GB:5.2f} × promised")


if __name__ == "__main__":
    main()
