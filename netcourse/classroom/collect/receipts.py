"""When a Hub's service received each answer, by its own clock: the one time that is not the
learner's word.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

RECEIPTS = "received.jsonl"
_LARGEST = 64 * 1024 * 1024


def read_receipts(folder: Path) -> dict[str, list[tuple[datetime, int]]]:
    """Return, for each file's name, when how many of its answers had come; empty where no service
    wrote it down. A line that cannot be read is passed over.
    """
    path, receipts = folder / RECEIPTS, dict[str, list[tuple[datetime, int]]]()
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
        return receipts
    for line in path.read_bytes().splitlines():
        with suppress(ValueError, KeyError, TypeError):
            row = json.loads(line)
            came = datetime.fromisoformat(row["received"]), int(row["answers"])
            receipts.setdefault(str(row["file"]), []).append(came)
    return receipts


def received_after(came: list[tuple[datetime, int]], end: datetime) -> int:
    """Return how many answers came after an instant.

    >>> from datetime import UTC
    >>> hours = [(datetime(2026, 12, 1, hour, tzinfo=UTC), 5 * hour) for hour in (1, 2, 3)]
    >>> received_after(hours, datetime(2026, 12, 1, 2, 30, tzinfo=UTC))
    5
    """
    in_time = max((answers for time, answers in came if time <= end), default=0)
    return max((answers for _, answers in came), default=0) - in_time
