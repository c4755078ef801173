"""Make the files of the bodies again: `python -m netcourse.scanner.builder [--sex female]`."""

from __future__ import annotations

import argparse
import time
from typing import cast

from netcourse.scanner.atlas.format import read, write
from netcourse.scanner.atlas.load import FOLDER, SUFFIX
from netcourse.scanner.builder.body import Sex
from netcourse.scanner.builder.pack import VARIANTS, build
from netcourse.scanner.builder.places import with_found

_SEXES = ("female", "male")


def main() -> None:
    """Carve the bodies that are asked for and write their files."""
    parser = argparse.ArgumentParser(description="Carve the bodies of the atlas (some minutes).")
    parser.add_argument("--sex", choices=_SEXES, help="one body only")
    parser.add_argument("--variants", type=int, default=len(VARIANTS), choices=(1, 2))
    parser.add_argument(
        "--places", action="store_true", help="find the places again, without carving"
    )
    asked = parser.parse_args()
    for sex in (asked.sex,) if asked.sex else _SEXES:
        start = time.monotonic()
        path = FOLDER / f"{sex}{SUFFIX}"
        if asked.places:
            write(with_found(read(path)), path)
        else:
            write(build(cast(Sex, sex), VARIANTS[: asked.variants]), path)
        size = path.stat().st_size / 1e6
        print(f"{path.name}: {size:.1f} MB, {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
