"""An archive of others: stored by C-STORE in Orthanc, fetched again, equal."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from dicom_files import small_study

from netcourse.scanner.study import Study

pydicom = pytest.importorskip("pydicom", reason="the extra dicom is not installed")
pytestmark = pytest.mark.skipif(
    not (shutil.which("Orthanc") and shutil.which("storescu")),
    reason="Orthanc and storescu are not installed (Debian: orthanc, dcmtk)",
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A running archive of nothing: its DICOM port and the address of its pages."""
    dicom, http = free_port(), free_port()
    settings = {
        "Name": "test",
        "StorageDirectory": str(tmp_path / "store"),
        "IndexDirectory": str(tmp_path / "store"),
        "DicomPort": dicom,
        "HttpPort": http,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "Plugins": [],
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings))
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            ["Orthanc", str(tmp_path / "orthanc.json")], stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{http}"
    try:
        for _ in range(300):
            try:
                asked(f"{address}/system")
                break
            except OSError:
                assert server.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
        yield dicom, address
    finally:
        server.terminate()
        server.wait(30)


def asked(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return bytes(answer.read())


def test_what_an_archive_gives_back_is_what_was_stored(
    archive: tuple[int, str], tmp_path: Path
) -> None:
    port, address = archive
    sent = small_study().save_dicom(tmp_path / "out")
    subprocess.run(
        ["storescu", "+sd", "+r", "127.0.0.1", str(port), str(tmp_path / "out")], check=True
    )
    instances = json.loads(asked(f"{address}/instances"))
    assert len(instances) == len(sent)
    assert len(json.loads(asked(f"{address}/studies"))) == 1
    assert len(json.loads(asked(f"{address}/series"))) == 3
    (tmp_path / "back").mkdir()
    for number, id in enumerate(instances):
        (tmp_path / "back" / f"{number}.dcm").write_bytes(asked(f"{address}/instances/{id}/file"))
    first, again = Study.from_dicom(tmp_path / "out"), Study.from_dicom(tmp_path / "back")
    assert list(again.volumes) == list(first.volumes)
    for name, volume in first.volumes.items():
        assert (again[name].array == volume.array).all()
        assert again[name].origin_mm == volume.origin_mm
        assert again[name].tracer_dose == volume.tracer_dose
