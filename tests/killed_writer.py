"""Kill a writer of answers with SIGKILL again and again, and look after each kill at what it left
behind.

    python killed_writer.py FOLDER KILLS   prints {"kills": …, "mid_write": …, "answers": …} or
    fails

One child process at a time appends answers as fast as it can and says on a pipe when each is safe.
It is forked, so that a thousand kills cost seconds; each is a real process that gets no chance to
tidy up.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import filelock  # noqa: F401  # loaded before the forks, or every child would load it anew

from netcourse.assessment import Answer, StoredAnswers, read_answers

PER_FILE = 15
MOST_WRITES = 4


def write_for_ever(path: Path, pipe: int) -> None:
    store = StoredAnswers(path)
    n = len(store.file.answers)
    os.write(pipe, n.to_bytes(4, "big"))
    while True:
        store.add(
            Answer(exercise="x", version=1, item="q1", value=n, time="2026-05-04T10:00:00+00:00")
        )
        n += 1
        os.write(pipe, n.to_bytes(4, "big"))


def killed_once(path: Path, draw: random.Random, write_s: float) -> tuple[int, bool, float]:
    """Start a writer, let it write a little, and kill it somewhere in its next write.

    Returns how many answers it called safe, whether it was writing, and how long one write takes
    now: so the kills hit their mark on a busy machine too.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            write_for_ever(path, writer)
        finally:
            os._exit(3)  # only an error leads here
    os.close(writer)
    said = os.read(reader, 4)
    if not said:
        raise SystemExit("the writer ended by itself")
    writes, began = draw.randint(0, MOST_WRITES), time.perf_counter()
    for _ in range(writes):
        said += os.read(reader, 4)
    if writes:
        write_s = 0.8 * write_s + 0.2 * min((time.perf_counter() - began) / writes, 0.02)
    time.sleep(draw.random() * write_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the writer ended by itself with {status}"
    while more := os.read(reader, 65536):
        said += more
    os.close(reader)
    return int.from_bytes(said[-4:], "big"), any(path.parent.glob(f".{path.name}.*.tmp")), write_s


def main(folder: Path, kills: int) -> dict[str, int]:
    draw = random.Random(20260504)
    mid_write = answers = 0
    write_s = 0.003
    for kill in range(kills):
        path = folder / f"answers-{kill // PER_FILE}.json"
        safe, writing, write_s = killed_once(path, draw, write_s)
        mid_write += writing
        kept = [answer.value for answer in read_answers(path).answers]
        assert kept == list(range(len(kept))), f"kill {kill}: answers are missing or twice: {kept}"
        assert safe <= len(kept) <= safe + 1, (
            f"kill {kill}: {safe} were called safe, {len(kept)} are there"
        )
        if kill % PER_FILE == PER_FILE - 1:
            answers += len(kept)
    assert not list(folder.glob("*unreadable*")), "a file was found damaged and set aside"
    return {"kills": kills, "mid_write": mid_write, "answers": answers}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
