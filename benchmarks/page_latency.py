"""Print how fast viewer and time lab follow the hand, beside `interact` with matplotlib on the same
page.

    python benchmarks/page_latency.py [--moves 100]

One notebook in a real JupyterLab holds the course's viewer of a whole-body PET/CT study and, drawn
by `interact` with inline matplotlib, the same four panels (axial, coronal and sagittal PET over CT
with crosshair, and the MIP) and the axial panel alone; then the course's CT over time and, by
`interact`, the same slice and curves. Each is moved step by step from inside the page; a step ends
with the animation frame that has the new pixels: the canvases drawn, or the new <img> decoded. They
are moved in turn, in blocks, so that all meet the same load, and after pauses of random length, so
that events meet the screen's frames at random. Bytes are those on the page's web sockets during the
moves; what the viewer tells Python once the hand has rested is printed apart. Needs the `test`
extra and Chromium. Ratios carry over to other machines; milliseconds do not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

STUDY = """
import time
from netcourse.patients import generate
from netcourse.scanner.scan import scan
study = scan(generate("ileum_disseminated"))
"""
OURS = """
from netcourse.reading import Viewer
viewer = Viewer(study)
viewer
"""
FOUR = """
%matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import IntSlider, interact
ct, pt = study["CT"].array, study["PT"].array
fine = np.kron(pt, np.ones((1, 2, 2), np.float32))
mip, (nz, ny, nx) = pt.max(axis=1), ct.shape

def fused(ax, ct_slice, pt_slice, aspect, right, down):
    ax.imshow(ct_slice, cmap="gray", vmin=-160, vmax=240, aspect=aspect)
    ax.imshow(pt_slice, cmap="inferno", vmin=0, vmax=15, alpha=0.4, aspect=aspect)
    ax.axvline(right, lw=0.7)
    ax.axhline(down, lw=0.7)
    ax.axis("off")

@interact(k=IntSlider(150, 0, nz - 1, description="four"))
def four(k):
    fig, axes = plt.subplots(1, 4, figsize=(8.3, 4.3), width_ratios=[4, 1.5, 1.1, 1.5])
    fused(axes[0], ct[k], fine[k], 1, nx / 2, ny / 2)
    fused(axes[1], ct[::-1, ny // 2], fine[::-1, ny // 2], 2, nx / 2, nz - 1 - k)
    fused(axes[2], ct[::-1, :, nx // 2], fine[::-1, :, nx // 2], 2, ny / 2, nz - 1 - k)
    axes[3].imshow(mip[::-1], cmap="gray_r", vmin=0, vmax=15)
    axes[3].axhline(nz - 1 - k, lw=0.7)
    axes[3].axis("off")
    plt.show()
"""
ONE = """
@interact(k=IntSlider(150, 0, nz - 1, description="one"))
def one(k):
    fig, ax = plt.subplots(figsize=(4, 4.3))
    fused(ax, ct[k], fine[k], 1, nx / 2, ny / 2)
    plt.show()
"""
TIME = """
from netcourse.reading.lessons.ct import OverTime, TimeLab
model = OverTime(generate("hidden_metastases"), ["L1"], phase_s=0)
lab = TimeLab(model, controls=["phase_s"])
lab
"""
TIME_THEIRS = """
mix, graph = model.mix, model.graph
curves = {tissue: model.curve(tissue) for tissue in mix.tissues}

@interact(t=IntSlider(0, 0, 300, description="time"))
def seconds(t):
    fig, (ax, bx) = plt.subplots(1, 2, figsize=(9, 3.4))
    ax.imshow(mix.at({tissue: curve[t] for tissue, curve in curves.items()}) + mix.noise, cmap="gray", vmin=5, vmax=155)
    ax.axis("off")
    for line in graph.lines:
        bx.plot(line.hu, label=line.name)
    bx.axvline(t)
    plt.show()
"""
WAYS = {
    "ours": "viewer, four panels",
    "four": "interact, four panels",
    "one": "interact, axial alone",
    "scrub": "CT over time, slice and curves",
    "time": "interact, slice and curves",
}
AGAINST = {"four": "ours", "one": "ours", "time": "scrub"}

COUNT_BYTES = """() => { const tally = (window.__wire = { sent: 0, got: 0 });
    const size = (data) => data.byteLength ?? data.length ?? data.size;
    const { WebSocket } = window;
    window.WebSocket = class extends WebSocket {
        constructor(...how) { super(...how); this.addEventListener("message", (e) => { tally.got += size(e.data); }); }
        send(data) { tally.sent += size(data); super.send(data); } }; }"""

MOVE_OURS = """async (moves) => {
    const panel = document.querySelector(".nc-viewer [data-panel=axial]"), root = document.querySelector(".nc-viewer"), times = [];
    panel.scrollIntoView({ block: "center" });
    panel.focus();
    for (let i = 0; i < moves; i++) {
        const frame = root.dataset.frame, start = performance.now();
        panel.dispatchEvent(new WheelEvent("wheel", { deltaY: 120, bubbles: true, cancelable: true }));
        while (root.dataset.frame === frame) await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
        await new Promise((done) => setTimeout(done, 25 + 50 * Math.random()));
    }
    return times; }"""

MOVE_TIME = """async (moves) => {
    const slider = document.querySelector(".nc-lab:has(.nc-time) input[type=range]"), face = document.querySelector(".nc-time"), times = [];
    slider.scrollIntoView({ block: "center" });
    for (let i = 0; i < moves; i++) {
        const frame = face.dataset.frame, start = performance.now();
        slider.value = (Number(slider.value) + 1) % 300;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        while (face.dataset.frame === frame) await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
        await new Promise((done) => setTimeout(done, 25 + 50 * Math.random()));
    }
    return times; }"""

MOVE_THEIRS = """async ([moves, name]) => {
    const box = [...document.querySelectorAll(".widget-interact")].find((one) => one.textContent.startsWith(name));
    const handle = box.querySelector(".noUi-handle"), output = box.querySelector(".widget-output"), times = [];
    handle.scrollIntoView({ block: "center" });
    handle.focus();
    for (let i = 0; i < moves; i++) {
        const start = performance.now();
        const drawn = new Promise((done) => {
            const before = output.querySelector("img")?.src;
            const watch = new MutationObserver(async () => {
                const now = output.querySelector("img");
                if (!now || now.src === before) return;
                watch.disconnect();
                await now.decode();
                requestAnimationFrame(done);
            });
            watch.observe(output, { childList: true, subtree: true, attributes: true });
        });
        handle.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
        await drawn;
        times.push(performance.now() - start);
        await new Promise((done) => setTimeout(done, 25 + 50 * Math.random()));
    }
    return times; }"""

FIRST_IMAGE = """async () => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.activeCellIndex = 1; content.deselectAll();
    const start = performance.now();
    window.jupyterapp.commands.execute("notebook:run-cell");
    while (!document.querySelector(".nc-viewer[data-frame]")) await new Promise(requestAnimationFrame);
    return performance.now() - start; }"""


def run_cell(desk: Any, index: int) -> None:
    """Run one cell of the open notebook and wait for it."""
    desk.page.evaluate(
        """async (index) => { const { content } = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = index; content.deselectAll(); await window.jupyterapp.commands.execute("notebook:run-cell"); }""",
        index,
    )


def measure(desk: Any, moves: int) -> dict[str, Any]:
    """Work both on one page; times in ms, sizes in bytes."""
    page = desk.page
    page.add_init_script(f"({COUNT_BYTES})()")
    desk.write_notebook("latency.ipynb", [STUDY, OURS, FOUR, ONE, TIME, TIME_THEIRS])
    desk.open_notebook("latency.ipynb")
    run_cell(desk, 0)
    start = wire(page)
    found: dict[str, Any] = {"first": page.evaluate(FIRST_IMAGE), "times": {}, "bytes": {}}
    found["opened"] = wire(page) - start
    for cell in (2, 3, 4, 5):
        run_cell(desk, cell)
    page.locator(".widget-interact img").nth(2).wait_for()
    page.locator(".nc-time[data-ready]").wait_for()
    for way in WAYS:
        move(page, way, 5)
        found["times"][way], found["bytes"][way] = [], 0
    blocks = 4
    for _ in range(blocks):
        for way in WAYS:
            page.wait_for_timeout(600)
            start = wire(page)
            found["times"][way] += move(page, way, moves // blocks)
            found["bytes"][way] += wire(page) - start
    page.wait_for_timeout(600)
    start = wire(page)
    move(page, "ours", 1)
    page.wait_for_timeout(600)
    found["told"] = wire(page) - start
    return found


def move(page: Any, way: str, moves: int) -> list[float]:
    """Move by some slices; ms from each event to its pixels."""
    own = {"ours": MOVE_OURS, "scrub": MOVE_TIME}
    times: list[float] = (
        page.evaluate(own[way], moves) if way in own else page.evaluate(MOVE_THEIRS, [moves, way])
    )
    return times


def wire(page: Any) -> int:
    """Bytes that have gone through the page's web sockets, both ways."""
    return int(page.evaluate("() => window.__wire.got + window.__wire.sent"))


def percentile(times: list[float], share: int) -> float:
    """The `share`-th percentile."""
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1]


def report(found: dict[str, Any]) -> str:
    """What was measured, as a table."""
    lines = [
        f"{'':32}{'p50 ms':>8}{'p95 ms':>8}{'bytes per step':>16}{'p50 ratio':>11}{'p95 ratio':>11}"
    ]
    for way, name in WAYS.items():
        times, ours = found["times"][way], found["times"][AGAINST.get(way, way)]
        ratios = "".join(
            f"{percentile(times, share) / percentile(ours, share):11.1f}" for share in (50, 95)
        )
        lines.append(
            f"{name:32}{percentile(times, 50):8.1f}{percentile(times, 95):8.1f}{found['bytes'][way] / len(times):16,.0f}{ratios}"
        )
    lines.append(f"told to Python and answered once the hand rests: {found['told']:,} bytes")
    lines.append(
        f"first image of a given study {found['first'] / 1000:.2f} s after its cell starts;"
        f" {found['opened'] / 1e6:.1f} MB to the browser"
    )
    return "\n".join(lines)


def main() -> None:
    """Start JupyterLab and Chromium, measure, print."""
    import conftest
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(
        description="Latency of viewer and time lab beside interact with matplotlib"
    )
    parser.add_argument("--moves", type=int, default=100, help="steps of each")
    moves = parser.parse_args().moves
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        work = Path(place)
        folder = work / "course"
        folder.mkdir()
        server = conftest.Server(
            folder,
            work,
            ["jupyterlab", *conftest.server_options(folder), "--LabApp.expose_app_in_browser=True"],
        )
        browser = playwright.chromium.launch(
            executable_path=conftest.chromium_path(), args=conftest.FLAGS
        )
        try:
            server.wait()
            print(report(measure(conftest.Desk(browser, server, work), moves)))
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
