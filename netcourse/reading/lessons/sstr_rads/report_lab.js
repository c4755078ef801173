// The figure of a structured report: its form, the text to copy or print, and the comparison.

function makeFigure(model, turn) {
  const node = make("div", { className: "nc-report-lab" });
  const said = make("p", { className: "nc-said" });
  said.setAttribute("role", "status");
  let waiting = null;
  const control = model.get("_form");
  const take = control.voi ? (done) => { waiting = done; model.send({ do: "take" }); } : null;
  const name = `nc-report-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const hear = (message) => {
    if (message.do !== "took") return;
    if (message.value !== null) waiting?.(message.value);
    waiting = null;
    said.textContent = message.text;
  };
  model.on("msg:custom", hear);

  let own = "";
  const holder = make("div");
  const fill = (lines) => {
    if (JSON.stringify(lines) === own) return;
    own = JSON.stringify(lines);
    holder.replaceChildren(reportForm(control, lines, (now) => {
      own = JSON.stringify(now);
      const open = openInReport(now).filter((word) => word.startsWith("the site"));
      said.textContent = open.length ? `Still open: ${open.join(", ")}.` : "";
      if (!open.length) turn("report", now);
    }, take, name));
  };
  fill(model.get("_values").report);

  const page = make("pre", { className: "nc-report-text" });
  page.setAttribute("tabindex", "0");
  page.setAttribute("role", "region");
  page.setAttribute("aria-label", "The report as text");
  const copy = make("button", { type: "button", className: "nc-show" }, "Copy the text");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(page.textContent);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(page);
      said.textContent = "Selected: press Ctrl + C to copy.";
    }
  });
  const print = make("button", { type: "button", className: "nc-show" }, "Print");
  print.addEventListener("click", () => {
    const frame = make("iframe", { title: "Report to print" });
    frame.style.cssText = "position: fixed; width: 0; height: 0; border: 0";
    document.body.append(frame);
    const paper = frame.contentDocument.createElement("pre");
    paper.style.cssText = "font: 11pt/1.4 serif; white-space: pre-wrap";
    paper.textContent = page.textContent;
    frame.contentDocument.body.append(paper);
    frame.contentWindow.print();
    setTimeout(() => frame.remove(), 1000);
  });
  const compared = make("div");
  const draw = () => {
    page.textContent = model.get("_text");
    putHtml(compared, model.get("_figure"));
  };
  model.on("change:_text", draw);
  model.on("change:_figure", draw);
  draw();
  node.append(holder, make("div", { className: "nc-report-actions" }, copy, print, said), page, compared);
  return {
    node,
    turned(values) { if (values.report) fill(values.report); },
    leave() {
      model.off("change:_text", draw);
      model.off("change:_figure", draw);
      model.off("msg:custom", hear);
    },
  };
}
