// A page of the course in JupyterLab: it runs itself, says when it sleeps, and wakes by one press.
// A prebuilt extension written by hand: JupyterLab asks `window._JUPYTERLAB.netcourse` for its plugin.

const WIDGET = "application/vnd.jupyter.widget-view+json";
const AWAKE_AT_ONCE = 2; // pages whose Python runs at the same time; each takes up to a gigabyte and a half

const STYLE = `
.nc-page .jp-Cell-inputWrapper.jp-mod-inputHidden, .nc-page .jp-CodeCell .jp-InputPlaceholder { display: none; }
.nc-page .jp-CodeCell:has(> .jp-Cell-inputWrapper.lm-mod-hidden) { padding-top: 0; padding-bottom: 0; }
.nc-page .jp-OutputPrompt, .nc-page .jp-OutputArea-promptOverlay, .nc-page .jp-Collapser, .nc-page .jp-MarkdownCell .jp-InputPrompt, .nc-page .jp-cell-menu,
.nc-page .jp-cell-toolbar { display: none; }
.nc-page .jp-Notebook .jp-Cell.jp-mod-active, .nc-page .jp-Notebook .jp-Cell.jp-mod-selected { background: none; border-color: transparent; box-shadow: none !important; }
[data-jp-theme-light="false"] .nc-page :is(.jp-RenderedSVG img, .jp-RenderedHTML svg) { background: #dfe3e8; border-radius: 4px; }
.nc-page .jp-RenderedHTMLCommon table, .nc-page .jp-RenderedHTMLCommon :is(td, th) { margin-left: 0; text-align: left; }
.nc-page td:nth-child(2):has(a[href*="exercises/"]) ~ td:last-child { min-width: 11em; overflow-wrap: anywhere; }
.nc-page .jp-RenderedHTMLCommon pre { word-break: normal; overflow-wrap: break-word; }
.nc-page .jp-OutputArea-output.jp-RenderedHTMLCommon table { display: block; max-height: min(68vh, 560px); overflow: auto; width: fit-content; max-width: 100%; margin: 6px 0; border: 1px solid var(--jp-border-color2);
  scrollbar-width: auto; scrollbar-color: var(--jp-border-color0) var(--jp-layout-color2); }
.nc-page .jp-OutputArea-output.jp-RenderedHTMLCommon thead { position: sticky; top: 0; background: var(--jp-layout-color1); box-shadow: 0 1px 0 var(--jp-border-color1); }
.nc-page .jp-OutputArea-output.jp-RenderedHTMLCommon :is(td, th) { padding: 3px 9px 3px 5px; line-height: 1.25; }
.nc-page .jp-OutputArea-output.jp-RenderedHTMLCommon td:has(br) { min-width: 19em; }
@media print { .nc-page .jp-OutputArea-output.jp-RenderedHTMLCommon table { max-height: none; overflow: visible; } }
.nc-asleep .jp-OutputArea-output .jupyter-widgets { opacity: 0.75; }
.nc-asleep .jupyter-widgets-disconnected::before { content: none; } /* the bar says that the page sleeps */
.nc-page-bar { position: absolute; z-index: 20; left: 50%; bottom: 10px; transform: translateX(-50%); max-width: 92%;
  display: flex; gap: 12px; align-items: center; padding: 6px 14px; border-radius: 6px; border: 1px solid var(--jp-border-color1);
  background: var(--jp-layout-color1); color: var(--jp-ui-font-color1); font: 14px system-ui, sans-serif; box-shadow: 0 1px 6px rgb(0 0 0 / 25%); }
.nc-page-bar[hidden] { display: none; }
.nc-page-bar progress { width: 140px; }
.nc-page-bar button { font: inherit; white-space: nowrap; padding: 5px 12px; border: 0; border-radius: 4px; background: #1a5fb4; color: #fff; cursor: pointer; }
.nc-page-bar button:focus-visible { outline: 3px solid var(--jp-ui-font-color1); outline-offset: 1px; }
`;

// ---------------------------------------------------------------- what a person was filling in

const controls = (panel) => [...panel.node.querySelectorAll(
  ".jp-OutputArea-output input, .jp-OutputArea-output select, .jp-OutputArea-output textarea")];

// A control by what a person sees of it, since a page that was run again has new elements.
function label(control) {
  const named = control.getAttribute("aria-label") || control.labels?.[0]?.textContent || "";
  const group = control.closest("fieldset, [role=group], [role=radiogroup], section, .nc-item");
  const around = group?.querySelector("legend, h3, h4")?.textContent || group?.getAttribute("aria-label") || "";
  return [around, named, control.type].map((part) => part.trim()).join("|");
}

function filledIn(panel) {
  return controls(panel).map((control) => [label(control),
    control.type === "checkbox" || control.type === "radio" ? control.checked : control.value]);
}

function fillIn(panel, before) {
  const left = new Map();
  for (const [name, value] of before) left.set(name, [...(left.get(name) ?? []), value]);
  for (const control of controls(panel)) {
    const value = left.get(label(control))?.shift();
    if (value === undefined || control.disabled) continue;
    const ticked = typeof value === "boolean";
    if (ticked ? control.checked === value || (control.type === "radio" && !value) : control.value === value) continue;
    if (ticked) control.checked = value; else control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// What a cell showed stays on the page until it shows something new.
function storedPicture(cell) {
  const still = cell.outputArea.node.cloneNode(true);
  still.setAttribute("aria-hidden", "true");
  still.inert = true;
  if (cell.outputArea.model.length) cell.outputArea.node.after(still);
  return still;
}

// ---------------------------------------------------------------- one page

class Page {
  constructor(app, panel) {
    this.app = app;
    this.panel = panel;
    this.session = panel.sessionContext;
    this.state = "new"; // new, waking, awake, asleep
    this.bar = document.createElement("div");
    this.bar.className = "nc-page-bar";
    this.bar.setAttribute("role", "status");
    this.bar.hidden = true;
    this.bar.addEventListener("keydown", (event) => event.stopPropagation());
    panel.node.append(this.bar);
  }

  get cells() {
    return this.panel.content.widgets.filter((cell) => cell.model.type === "code" && cell.model.sharedModel.getSource().trim());
  }

  async open() {
    await this.panel.revealed;
    await this.panel.context.ready;
    if (!this.cells.some((cell) => /\bnetcourse\b/.test(cell.model.sharedModel.getSource()))) return;
    const own = await this.isTheCourses();
    this.panel.addClass("nc-page");
    if (own) this.app.shell.collapseLeft?.();
    this.say("The page is opening …", { share: 0 });
    await this.session.ready;
    this.session.statusChanged.connect((_, status) => this.changed(status));
    this.session.kernelChanged.connect((_, change) => { if (!change.newValue) this.sleep(); });
    if (await this.holds()) { this.state = "awake"; this.say(""); }
    else if (own) await this.wake();
    else {
      this.state = "asleep";
      this.say("This page was changed, or did not come with the course. It runs only when you say so.", { press: "Run this page" });
    }
  }

  // Whether the server knows this page, unchanged, as the course's own. No answer: it does not.
  async isTheCourses() {
    const { baseUrl, token } = this.app.serviceManager.serverSettings;
    const address = `${baseUrl}netcourse/page?path=${encodeURIComponent(this.panel.context.path)}`;
    try {
      const answer = await fetch(address, { credentials: "same-origin", headers: token ? { Authorization: `token ${token}` } : {} });
      return answer.ok && (await answer.json()).own === true;
    } catch { return false; }
  }

  // Whether the kernel holds every widget that the page shows.
  async holds() {
    const kernel = this.session.session?.kernel;
    const shown = this.cells.flatMap((cell) => cell.model.outputs.toJSON())
      .map((output) => output.data?.[WIDGET]?.model_id).filter(Boolean);
    if (!kernel || !shown.length) return false;
    const reply = await kernel.requestCommInfo({ target_name: "jupyter.widget" });
    return shown.every((id) => id in (reply.content.comms ?? {}));
  }

  async wake() {
    if (this.state === "waking") return;
    this.state = "waking";
    const before = filledIn(this.panel), scroller = this.panel.content.node.querySelector(".jp-WindowedPanel-outer") ?? this.panel.content.node;
    const top = scroller.scrollTop;
    const all = this.cells;
    try {
      if (!this.session.session?.kernel || this.session.session.kernel.status === "dead") {
        this.session.kernelPreference = { ...this.session.kernelPreference, shouldStart: true, canStart: true };
        await (this.session.session?.kernel ? this.session.restartKernel() : this.session.changeKernel({ name: "python3" }));
      } else if (all.some((cell) => cell.model.executionCount) && this.ran) await this.session.session.kernel.restart();
      this.ran = true;
      for (const [number, cell] of all.entries()) {
        this.say(number ? "Pictures are being made …" : "The page is starting …", { share: number / all.length });
        const still = storedPicture(cell);
        const reply = await cell.constructor.execute(cell, this.session, { deletedCells: [] });
        still.remove();
        if (reply?.content.status === "error") throw new Error(`${reply.content.ename}: ${reply.content.evalue}`);
        if (this.state !== "waking") return; // the kernel went meanwhile
      }
      this.state = "awake";
      this.panel.removeClass("nc-asleep");
      requestAnimationFrame(() => { fillIn(this.panel, before); scroller.scrollTop = top; });
      this.say("The page is being kept …", { share: 1 });
      await this.keep();
      if (this.state === "awake") this.say("");
    } catch (error) {
      this.state = "asleep";
      this.say(`The page could not be started. ${error?.message ?? error}`, { press: "Try again" });
    }
  }

  // Store what the page shows. Two savings at once end in JupyterLab's question which of them holds,
  // so nobody is told that the page is ready before this one is done, but for a folder that answers late.
  keep() {
    const saved = this.panel.context.save().catch(() => {}); // a folder that cannot be written to is no reason to sleep
    return Promise.race([saved, new Promise((resolve) => setTimeout(resolve, 5000))]);
  }

  changed(status) {
    if (this.state === "awake" && ["restarting", "autorestarting", "dead", "terminating"].includes(status)) this.sleep();
    else if (this.state === "waking" && ["autorestarting", "dead", "terminating"].includes(status)) { this.state = "awake"; this.sleep(); }
    else if (this.state === "asleep" && status === "idle") // somebody ran the cells by hand
      this.holds().then((alive) => { if (alive && this.state === "asleep") { this.state = "awake"; this.panel.removeClass("nc-asleep"); this.say(""); } });
  }

  sleep() {
    if (this.state !== "awake") return;
    this.state = "asleep";
    this.panel.addClass("nc-asleep");
    this.say("This page is asleep. Its pictures stay; its controls do not respond.", { press: "Wake it up" });
    for (const ms of [0, 100, 400, 1500]) setTimeout(() => this.closeDialog(), ms);
  }

  // JupyterLab tells of a lost kernel in a dialog; the bar tells it in plainer words.
  closeDialog() {
    for (const dialog of document.querySelectorAll("dialog.jp-Dialog"))
      if (dialog.getAttribute("aria-label")?.includes(this.panel.context.path)) dialog.querySelector("button.jp-mod-accept")?.click();
  }

  // To give its memory to other pages.
  async rest() {
    if (this.state !== "awake" || this.panel.isDisposed) return;
    this.sleep();
    await this.session.shutdown();
  }

  say(words, { share = null, press = "" } = {}) {
    this.bar.replaceChildren();
    this.bar.hidden = !words;
    if (share !== null) {
      const bar = document.createElement("progress");
      bar.value = share;
      bar.setAttribute("aria-label", "Page");
      this.bar.append(bar);
    }
    const line = document.createElement("span");
    line.textContent = words;
    this.bar.append(line);
    if (press) {
      const button = document.createElement("button");
      button.textContent = press;
      button.onclick = () => this.wake();
      this.bar.append(button);
    }
  }
}

// ---------------------------------------------------------------- all pages

const plugin = {
  id: "netcourse:page",
  autoStart: true,
  activate(app) {
    const style = document.createElement("style");
    style.textContent = STYLE;
    document.head.append(style);
    const pages = new Map(); // in the order in which they were last looked at
    const look = () => {
      const panel = app.shell.currentWidget;
      if (!panel?.sessionContext || !panel.content?.widgets || !panel.context?.path.endsWith(".ipynb")) return;
      const page = pages.get(panel) ?? new Page(app, panel);
      const known = pages.delete(panel);
      pages.set(panel, page);
      if (!known) {
        panel.disposed.connect(() => pages.delete(panel));
        page.open();
      }
      const awake = [...pages.values()].filter((other) => other.state === "awake" && other !== page);
      for (const other of awake.slice(0, Math.max(0, awake.length - AWAKE_AT_ONCE + 1))) other.rest();
    };
    app.restored.then(() => { app.shell.currentChanged?.connect(look); look(); });
  },
};

window._JUPYTERLAB = window._JUPYTERLAB ?? {};
window._JUPYTERLAB.netcourse = { init() {}, get: async () => () => ({ __esModule: true, default: plugin }) };
