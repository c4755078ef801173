"""The viewer in its places: inside JupyterLab's keys and kernel, in Notebook 7, in Voilà, as a page
of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import textwrap
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from viewer_page import SETUP, Reading

pytestmark = pytest.mark.browser

SMALL = "from phantom import phantom_study\nfrom netcourse.reading import Viewer\n"

# --- JupyterLab around it
# ----------------------------------------------------------------------------------------


def test_keys_stay_in_the_viewer_and_never_cut_a_cell(reading: Reading) -> None:
    cells = reading.desk.cells()
    active = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    before = reading.page.evaluate(active)
    reading.click("axial", 0.5, 0.5)
    reading.press("ArrowDown", "ArrowUp", "x", "x", "d", "d", "a", "b", "m", "m", "z", "c", "f")
    reading.root.get_by_role("slider", name="PET share").press("x")
    reading.root.get_by_role("slider", name="PET share").press("ArrowUp")
    assert reading.desk.cells() == cells
    assert reading.page.evaluate(active) == before


def test_everything_can_be_reached_by_tab_and_shows_its_focus(reading: Reading) -> None:
    names = []
    reading.root.get_by_role("button", name="Crosshair", exact=True).focus()
    for _ in range(40):
        inside = reading.page.evaluate(
            """() => { const node = document.activeElement; if (!node.closest('.nc-viewer')) return null;
                return [node.getAttribute('aria-label') ?? node.textContent.trim(), getComputedStyle(node).outlineStyle]; }"""
        )
        if inside is None:
            break
        names.append(inside[0])
        if len(names) > 1:
            assert inside[1] == "solid", f"{inside[0]} shows no focus"
        reading.page.keyboard.press("Tab")
    for wanted in (
        "Play",
        "Fused",
        "Window preset",
        "SUV scale",
        "Axial panel",
        "PET MIP",
        "Go to 1",
        "Place at crosshair",
    ):
        assert any(wanted in name for name in names), f"Tab never reaches {wanted}: {names}"


def test_the_question_mark_opens_a_page_of_keys_and_escape_closes_it(reading: Reading) -> None:
    reading.press("?", on="axial")
    help_page = reading.root.get_by_role("dialog", name="Keys and mouse")
    assert help_page.is_visible()
    assert reading.page.evaluate("() => document.activeElement.textContent") == "Close"
    reading.press("Escape")
    assert help_page.is_hidden()
    assert reading.page.evaluate("() => document.activeElement.dataset.panel") == "axial"


def test_scrolling_asks_nothing_of_the_kernel(reading: Reading) -> None:
    page = reading.page
    page.wait_for_timeout(500)
    count = """() => { if (!window.__sent) { window.__sent = 0; const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) {
            window.__sent += data.length ?? data.byteLength ?? data.size; return send.call(this, data); }; } return window.__sent; }"""
    before = page.evaluate(count)
    burst = """async () => { const panel = document.querySelector('.nc-viewer [data-panel=axial]'); panel.focus(); const seen = new Set();
        for (let i = 0; i < 60; i++) {
            panel.dispatchEvent(new WheelEvent('wheel', { deltaY: i < 30 ? 120 : -120, bubbles: true, cancelable: true }));
            await new Promise(requestAnimationFrame); seen.add(panel.querySelector('canvas').getAttribute('aria-label')); }
        return [seen.size, window.__sent]; }"""
    slices, after = page.evaluate(burst)
    assert slices >= 25
    assert after - before == 0, f"{after - before} bytes went to the kernel while scrolling"
    page.wait_for_timeout(600)
    settled = page.evaluate(count) - before
    assert 0 < settled < 4000, f"{settled} bytes to tell Python the new place"


def test_the_viewer_is_alive_while_a_long_cell_runs(reading: Reading) -> None:
    page = reading.page
    page.evaluate(
        """() => { const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const long = kernel.requestExecute({ code: "import time; time.sleep(4)", store_history: false });
            window.__busy = true; long.done.then(() => { window.__busy = false }); }"""
    )
    page.wait_for_timeout(300)
    start, before = reading.slice(), reading.pixels()
    reading.press("ArrowUp", "ArrowUp", "2", on="axial")
    assert reading.slice() == start + 2
    assert reading.pixels() != before
    reading.press("v")
    assert reading.results()["SUVmax"]
    assert page.evaluate("window.__busy"), "the cell ended before the viewer was tried"
    page.wait_for_function("() => !window.__busy", timeout=15_000)


def test_no_serious_accessibility_violation_in_the_viewer(reading: Reading, axe: str) -> None:
    reading.press("v")
    reading.page.add_script_tag(content=axe)
    for state in ("usual", "help"):
        if state == "help":
            reading.press("?", on="axial")
        found = reading.page.evaluate(
            """() => axe.run('.nc-viewer').then((r) =>
                r.violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html).slice(0, 3)]))"""
        )
        assert [v for v in found if v[0] in ("serious", "critical")] == []
    reading.press("Escape")


def test_running_the_cell_again_leaves_no_listeners_or_volumes_behind(reading: Reading) -> None:
    page = reading.page
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")

    def rerun() -> dict[str, float]:
        page.evaluate(
            """async () => { const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = 1; content.deselectAll(); await window.jupyterapp.commands.execute("notebook:run-cell"); }"""
        )
        reading.desk.wait_until_run()
        page.locator(".nc-viewer[data-ready]").wait_for(timeout=15_000)
        page.wait_for_timeout(300)
        for _ in range(3):
            client.send("HeapProfiler.collectGarbage")
        return {
            row["name"]: row["value"] for row in client.send("Performance.getMetrics")["metrics"]
        }

    rerun()
    counts = [rerun()["JSEventListeners"] for _ in range(4)]
    growth = statistics.median(after - before for before, after in pairwise(counts))
    assert page.locator(".nc-viewer").count() == 1
    assert growth <= 5, f"each run of the cell leaves listeners behind: {counts}"
    assert page.evaluate("() => globalThis[Symbol.for('netcourse.reading')].volumes.size") == 2
    assert page.evaluate("() => globalThis[Symbol.for('netcourse.reading')].groups.size") == 0
    reading.settle()


def test_a_narrower_page_gets_a_narrower_viewer(reading: Reading) -> None:
    wide = reading.root.bounding_box()["width"]
    reading.page.set_viewport_size({"width": 1000, "height": 720})
    reading.page.wait_for_timeout(400)
    small = reading.root.bounding_box()
    canvas = (
        reading.panel("axial")
        .locator("canvas")
        .evaluate("c => [c.width, Math.round(c.clientWidth * devicePixelRatio)]")
    )
    reading.page.set_viewport_size({"width": 1280, "height": 720})
    reading.page.wait_for_timeout(400)
    assert small["width"] < wide - 200
    assert canvas[0] == canvas[1]
    assert reading.root.bounding_box()["width"] == wide


def test_in_a_place_too_narrow_for_four_panels_they_stand_below_each_other(
    reading: Reading,
) -> None:
    reading.root.evaluate("root => { root.parentElement.style.width = '600px' }")
    reading.page.wait_for_timeout(400)
    boxes = {
        name: reading.panel(name).bounding_box() for name in ("axial", "coronal", "sagittal", "mip")
    }
    lists, root = reading.root.locator(".nc-side").bounding_box(), reading.root.bounding_box()
    reading.root.evaluate("root => { root.parentElement.style.width = '' }")
    reading.page.wait_for_timeout(400)
    assert all(box["width"] > 130 and box["height"] > 300 for box in boxes.values()), boxes
    assert boxes["coronal"]["y"] >= boxes["axial"]["y"] + boxes["axial"]["height"]
    assert lists["y"] >= boxes["mip"]["y"] + boxes["mip"]["height"]
    assert root["y"] + root["height"] >= lists["y"] + lists["height"], "the lists are cut off"


# --- other places
# ------------------------------------------------------------------------------------------------


def test_viewers_of_one_group_share_crosshair_and_zoom_and_others_do_not(desk: Any) -> None:
    cells = [
        SMALL + "ct, pet = phantom_study(modalities=('CT',), slices=80),"
        " phantom_study(modalities=('PT',), slices=80)",
        "first = Viewer(ct, group='two', height=460)\nfirst",
        "second = Viewer(pet, group='two', height=460)\nsecond",
        "third = Viewer(pet, height=460)\nthird",
    ]
    desk.write_notebook("group.ipynb", cells)
    desk.open_notebook("group.ipynb")
    desk.run_all()
    roots = desk.page.locator(".nc-viewer[data-ready]")
    roots.nth(2).wait_for(timeout=20_000)
    one, two, three = (Reading(desk, roots.nth(i)) for i in range(3))
    assert "Axial CT" in one.label()
    assert "Axial PET" in two.label()
    start, other = two.slice(), three.slice()
    one.press("ArrowUp", "ArrowDown", on="axial")
    picture = two.pixels()
    one.press("ArrowUp", "ArrowUp")
    assert (two.slice(), three.slice()) == (start + 2, other)
    one.press("+", "+")
    zoomed = two.pixels()
    one.press("-", "-", "ArrowDown", "ArrowDown")
    assert zoomed != picture
    assert two.pixels() == picture
    assert one.state("second.crosshair_mm == first.crosshair_mm")


def test_another_study_takes_the_place_of_the_first(desk: Any) -> None:
    cells = [
        SMALL + "viewer = Viewer(phantom_study(slices=60), markers=True, height=460)",
        "viewer",
        "other = phantom_study(seed=1, modalities=('PT',), slices=40, patient_id='other')",
    ]
    desk.write_notebook("show.ipynb", cells)
    desk.open_notebook("show.ipynb")
    desk.run_all()
    reading = Reading(desk, desk.page.locator(".nc-viewer"))
    assert "of 60" in reading.label()
    desk.ask_kernel("viewer.show(other) or 0")
    shown = (
        "document.querySelector('.nc-viewer[data-ready] [data-panel=axial]"
        " canvas')?.getAttribute('aria-label')"
    )
    desk.page.wait_for_function(f"() => {shown}?.includes('of 40')", timeout=10_000)
    assert "Axial PET" in reading.label()


def test_the_voxels_leave_the_widgets_state_once_the_page_has_them(reading: Reading) -> None:
    reading.rest()
    assert (
        reading.desk.ask_kernel(
            "sum(len(v) for v in viewer.get_state().values() if isinstance(v, bytes))"
        )
        < 300_000
    )
    assert reading.desk.ask_kernel("viewer.get_state()['_packed']") == {}


def test_the_pictures_come_although_long_cells_follow(desk: Any) -> None:
    desk.write_notebook("busy.ipynb", [SETUP, "Viewer(study)", "import time; time.sleep(4)"])
    desk.open_notebook("busy.ipynb")
    desk.start_all()
    desk.page.locator(".nc-viewer[data-ready]").wait_for(timeout=20_000)
    assert (
        desk.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        )
        == "busy"
    )
    desk.wait_until_run()


def test_after_a_reload_of_the_page_the_viewer_asks_for_its_pictures_again(desk: Any) -> None:
    desk.write_notebook("reload.ipynb", [SMALL + "Viewer(phantom_study(slices=60))"])
    desk.open_notebook("reload.ipynb")
    desk.run_all()
    desk.page.locator(".nc-viewer[data-ready]").wait_for(timeout=20_000)
    desk.reload()
    desk.page.locator(".nc-viewer[data-ready]").wait_for(timeout=30_000)


def test_a_browser_without_decompression_says_which_browsers_work(desk: Any) -> None:
    desk.page.add_init_script("delete globalThis.DecompressionStream")
    desk.write_notebook("old.ipynb", [SMALL + "Viewer(phantom_study(slices=20))"])
    desk.open_notebook("old.ipynb")
    desk.run_all()
    alert = desk.page.locator(".nc-viewer [role=alert]")
    alert.wait_for(timeout=10_000)
    assert "Firefox 113" in alert.text_content()
    assert (
        desk.page.locator(".nc-viewer img")
        .get_attribute("alt")
        .startswith("PET over CT of Torso phantom")
    )


def test_the_viewer_opens_in_notebook_7(new_desk: Callable[..., Any], notebook7: Any) -> None:
    desk = new_desk(notebook7)
    name = desk.write_notebook("seven.ipynb", [SMALL + "Viewer(phantom_study(slices=60))"])
    desk.page.goto(f"{desk.server.url}/notebooks/{name}")
    desk.page.get_by_text("Viewer(phantom_study").first.wait_for(timeout=30_000)
    idle = (
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status ==="
        " 'idle'"
    )
    desk.page.wait_for_function(idle, timeout=30_000)
    desk.start_all()
    reading = Reading(desk, desk.page.locator(".nc-viewer"))
    start = reading.slice()
    reading.press("ArrowUp", on="axial")
    desk.screenshot("notebook-7")
    desk.problems = [
        problem for problem in desk.problems if "reading 'schema'" not in problem
    ]  # Notebook 7 itself, on any page
    assert reading.slice() == start + 1
    desk.clear()


def test_the_viewer_opens_in_voila_and_nothing_leaves_the_machine(
    new_desk: Callable[..., Any], voila: Any
) -> None:
    desk = new_desk(voila)
    name = desk.write_notebook(
        "voila.ipynb", [SMALL + "Viewer(phantom_study(slices=60), markers=True)"]
    )
    desk.page.goto(f"{voila.url}/voila/render/{name}")
    reading = Reading(desk, desk.page.locator(".nc-viewer"))
    start = reading.slice()
    reading.press("ArrowUp", on="axial")
    assert reading.slice() == start + 1
    desk.page.wait_for_timeout(500)
    desk.screenshot("voila")
    desk.clear()


def test_the_viewer_opens_as_a_stand_alone_page_from_its_script_alone(
    new_desk: Callable[..., Any], tmp_path: Path
) -> None:
    """The module imports nothing and needs no widget manager, so a page of script and data is
    enough.
    """
    code = textwrap.dedent("""
        import base64, json, sys
        from phantom import phantom_study
        from netcourse.reading import Viewer
        viewer = Viewer(phantom_study(slices=30), markers=True)
        viewer._repr_mimebundle_()
        state = viewer.get_state(drop_defaults=False)
        state = {k: v for k, v in state.items() if k not in ("_esm", "_css", "layout", "_still")}
        text = json.dumps(state, default=lambda b: {"b64": base64.b64encode(b).decode()})
        page = f'''<!doctype html><meta charset=utf-8><title>viewer</title><style>{viewer._css}</style>
        <div id=here></div><script type=module>
        const raw = JSON.parse({json.dumps(text)}, (_, v) => v?.b64 ? Uint8Array.from(atob(v.b64), (c) => c.charCodeAt(0)) : v);
        const heard = {{}};
        const model = {{ get: (n) => raw[n], set: (n, v) => {{ raw[n] = v; (heard["change:" + n] ?? []).forEach((f) => f()); }},
            on: (n, f) => (heard[n] ??= []).push(f), off() {{}}, save_changes() {{}}, send() {{}} }};
        const code = new Blob([{json.dumps(viewer._esm)}], {{ type: "text/javascript" }});
        const {{ default: viewer }} = await import(URL.createObjectURL(code));
        viewer.render({{ model, el: document.getElementById("here") }});</script>'''
        open(sys.argv[1], "w", encoding="utf-8").write(page)
    """)
    target = tmp_path / "viewer.html"
    root = Path(__file__).parents[2]
    env = {"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": "/usr/bin"}
    subprocess.run([sys.executable, "-c", code, str(target)], check=True, env=env)
    desk = new_desk()
    try:
        desk.page.on("request", lambda request: None)
        desk.page.goto(target.as_uri())
        reading = Reading(desk, desk.page.locator(".nc-viewer"))
        start = reading.slice()
        reading.press("ArrowUp", on="axial")
        assert reading.slice() == start + 1
    finally:
        desk.problems = [p for p in desk.problems if "file://" not in p]
        desk.clear()
