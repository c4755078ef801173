"""The synthetic scanner: a patient in, a study out."""

from netcourse.scanner.acquisition import PHASES, CtScan, MrScan, PetScan, Scan, phase_start_s
from netcourse.scanner.attenuation import attenuation, lesion_hu, lesion_tissue, surrounding_tissue
from netcourse.scanner.contrast import Circulation, Injection, Kinetics, enhance
from netcourse.scanner.ct import SliceMix
from netcourse.scanner.ct_noise import noise_sd
from netcourse.scanner.dose import effective_dose_msv
from netcourse.scanner.lesions import part_positions, positions
from netcourse.scanner.scan import SERIES, USUAL, organ_positions, scan, slice_over_time
from netcourse.scanner.sphere import SphereScan, scan_sphere
from netcourse.scanner.study import Study, Volume

__all__ = [
    "PHASES",
    "SERIES",
    "USUAL",
    "Circulation",
    "CtScan",
    "Injection",
    "Kinetics",
    "MrScan",
    "PetScan",
    "Scan",
    "SliceMix",
    "SphereScan",
    "Study",
    "Volume",
    "attenuation",
    "effective_dose_msv",
    "enhance",
    "lesion_hu",
    "lesion_tissue",
    "noise_sd",
    "organ_positions",
    "part_positions",
    "phase_start_s",
    "positions",
    "scan",
    "scan_sphere",
    "slice_over_time",
    "surrounding_tissue",
]
