"""How long a study takes and how much memory: `python benchmarks/scanner.py`.

Every study is the first that a fresh process makes, of a patient not seen before, so that nothing
hides behind a cache. Prints each as a ratio to the course's promise (3 s and 1.2 GB for a whole-body
PET/CT on two cores, 0.3 s for a further phase of the upper abdomen, 1.5 s for the first CT) and to
the numpy floor: table look-up, blur, noise and Poisson counts on just as many voxels. Then what is
not cold: the curves of an injection (50 ms), a cohort of 10,000 (5 s).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import timing
from scipy import ndimage

from netcourse.patients import generate
from netcourse.scanner import Circulation, Injection, enhance, scan
from netcourse.simulation.cohort import cohort
from netcourse.simulation.readers.ct_detection import read

COLD = {
    "PET/CT, 4 lesions": ("ileum_disseminated", ["CT", "PT"], 3.0),
    "PET/CT, 34 lesions": ("liver_metastases_g2", ["CT", "PT"], 3.0),
    "PET/CT, woman": ("uncinate_and_node", ["CT", "PT"], 3.0),
    "first CT": ("ileum_disseminated", ["CT"], 1.5),
    "first CT, upper abdomen": ("ileum_disseminated", ["CT late arterial"], 1.5),
    "PET alone": ("ileum_disseminated", ["PT"], 3.0),
}
PROMISED_GB, PHASE_S, SEED = 1.2, 0.3, 11
BODY, SCANNED = (682, 288, 432), (341, 192, 288)
best = partial(timing.best, rounds=3)


def cold(archetype: str, series: list[str]) -> dict[str, float]:
    """Scan in this process, then scan a further phase: seconds of both, and the peak memory in GB."""
    patient = generate(archetype, SEED)
    start = time.perf_counter()
    scan(patient, series)
    first = time.perf_counter()
    scan(patient, ["CT delayed"])
    return {"first": first - start, "phase": time.perf_counter() - first, "gb": peak_gb() or 0.0}


def peak_gb() -> float | None:
    """Peak memory of this process so far; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def in_a_fresh_process(archetype: str, series: list[str], rounds: int = 3) -> dict[str, float]:
    """The shortest of a few cold scans, each in a process of its own."""
    command = [sys.executable, str(Path(__file__)), archetype, *series]
    runs = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(rounds)
    ]
    return {name: min(run[name] for run in runs) for name in runs[0]}


def floor() -> float:
    """What numpy needs for a PET/CT of as many voxels without any of our own code."""
    codes, rng = np.zeros(BODY, np.uint8), np.random.default_rng(0)
    table = np.arange(256, dtype=np.float32)
    start = time.perf_counter()
    for k in range(0, len(codes), 8):
        np.take(table, codes[k : k + 8])
    ct = ndimage.gaussian_filter(np.zeros(SCANNED, np.float32), (0, 0.5, 0.5))
    ct += rng.standard_normal(SCANNED, dtype=np.float32)
    pet = np.ones((SCANNED[0], SCANNED[1] // 2, SCANNED[2] // 2), np.float32)
    ndimage.gaussian_filter(rng.poisson(50 * ndimage.gaussian_filter(pet, 0.8)), 0.8)
    return time.perf_counter() - start


def main() -> None:
    least = min(floor() for _ in range(3))
    print(f"{'numpy floor of a PET/CT':26} {least:6.2f} s")
    phases, memory = [], []
    for name, (archetype, series, promised) in COLD.items():
        took = in_a_fresh_process(archetype, series)
        phases.append(took["phase"])
        memory.append(took["gb"])
        print(
            f"{name:26} {took['first']:6.2f} s  {took['first'] / least:5.2f} × floor "
            f" {took['first'] / promised:5.2f} × promised"
        )
    print(f"{'a further phase':26} {min(phases):6.2f} s  {min(phases) / PHASE_S:20.2f} × promised")
    for name, seconds, promised in (
        (
            "contrast curves, 300 s",
            best(lambda: enhance.__wrapped__(Injection(), Circulation())),
            0.05,
        ),
        ("10,000 patients read", best(lambda: read(cohort(10_000))), 5.0),
    ):
        print(f"{name:26} {seconds:6.3f} s  {seconds / promised:20.2f} × promised")
    if max(memory):
        print(
            f"{'peak memory':26} {max(memory):6.2f} GB {max(memory) / PROMISED_GB:20.2f} × promised"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(cold(sys.argv[1], sys.argv[2:])))
    else:
        main()
