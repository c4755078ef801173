"""Studies leave and enter as DICOM and NIfTI. Needs `pip install 'netcourse[dicom]'`."""

from netcourse.scanner.doors.anonymise import Anonymised, anonymise
from netcourse.scanner.doors.dicom_in import IdentifiableError, read_dicom
from netcourse.scanner.doors.dicom_out import uid, write_dicom
from netcourse.scanner.doors.nifti import read_nifti, write_nifti

__all__ = [
    "Anonymised",
    "IdentifiableError",
    "anonymise",
    "read_dicom",
    "read_nifti",
    "uid",
    "write_dicom",
    "write_nifti",
]
