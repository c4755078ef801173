// The form of a structured report: one entry per lesion, the overall score, a recommendation. Used by a lab and by the answer sheet.
// A report is a list of lines: "overall|recommendation", then "site|mm|SUVmax|Krenning|SSTR-RADS" per lesion.

const REPORT_PARTS = ["site", "size", "suv", "krenning", "rads"];

function readReport(lines) {
  const [head = "|", ...rows] = lines ?? [];
  const [overall, recommendation] = head.split("|");
  return { overall, recommendation, rows: rows.map((line) => Object.fromEntries(line.split("|").map((part, i) => [REPORT_PARTS[i], part]))) };
}

function reportLines({ overall, recommendation, rows }) {
  return [`${overall}|${recommendation}`, ...rows.map((row) => REPORT_PARTS.map((part) => row[part]).join("|"))];
}

// What is still open in a report, in words.
function openInReport(lines) {
  const { overall, recommendation, rows } = readReport(lines);
  const open = rows.flatMap((row, i) => (row.site ? [] : [`the site of lesion ${i + 1}`]));
  if (!overall) open.push("the overall score");
  if (!recommendation) open.push("a recommendation");
  return open;
}

// `change` gets the lines after every edit; `take`, where there is one, is asked for a SUVmax and calls back with it.
function reportForm(control, lines, change, take, name) {
  const report = readReport(lines);
  const node = document.createElement("div");
  node.className = "nc-report";
  const el = (tag, props = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...children.filter(Boolean));
    return made;
  };
  const told = () => change(reportLines(report));
  const labelled = (words, input, className = "") => el("label", { className: `nc-report-field ${className}` }, el("span", {}, words), input);

  function select(value, groups, set) {
    const box = el("select", {}, el("option", { value: "" }, "choose"));
    for (const { organ, sites } of groups) {
      const into = organ ? el("optgroup", { label: organ }) : box;
      into.append(...sites.map(({ id, text }) => el("option", { value: id }, text)));
      if (organ) box.append(into);
    }
    box.value = value ?? "";
    box.addEventListener("change", () => { set(box.value); told(); });
    return box;
  }
  const plain = (ids) => [{ organ: "", sites: ids.map((id) => ({ id: String(id), text: String(id) })) }];

  function number(row, part) {
    const input = el("input", { type: "text", inputMode: "decimal", autocomplete: "off", size: 5, value: row[part] });
    input.addEventListener("input", () => {
      const typed = input.value.trim().replace(",", ".");
      const good = typed === "" || (Number.isFinite(Number(typed)) && Number(typed) >= 0);
      input.setAttribute("aria-invalid", String(!good));
      if (good) { row[part] = typed; told(); }
    });
    return input;
  }

  function block(row, i) {
    const suv = number(row, "suv");
    const voi = take && el("button", { type: "button", className: "nc-quiet nc-show", title: "SUVmax of the VOI in the viewer" }, "From my VOI");
    voi?.setAttribute("aria-label", `SUVmax of lesion ${i + 1} from my VOI`);
    voi?.addEventListener("click", () => take((value) => {
      row.suv = String(Math.round(value * 10) / 10);
      suv.value = row.suv;
      told();
    }));
    const out = el("button", { type: "button", className: "nc-quiet nc-show" }, "Remove");
    out.setAttribute("aria-label", `Remove lesion ${i + 1}`);
    out.addEventListener("click", () => { report.rows.splice(i, 1); told(); draw(); node.querySelector(".nc-report-add").focus(); });
    const group = el("fieldset", { className: "nc-report-row" }, el("legend", {}, `Lesion ${i + 1}`),
      labelled("Site", select(row.site, control.sites, (value) => { row.site = value; }), "nc-report-site"),
      labelled("Size, mm", number(row, "size")),
      labelled("SUVmax", suv), voi,
      labelled("Krenning", select(row.krenning, plain(control.levels), (value) => { row.krenning = value; })),
      labelled("SSTR-RADS", select(row.rads, plain(control.categories), (value) => { row.rads = value; })), out);
    return group;
  }

  function draw() {
    const add = el("button", { type: "button", className: "nc-quiet nc-show nc-report-add", disabled: report.rows.length >= control.most }, "Add a lesion");
    add.addEventListener("click", () => {
      report.rows.push({ site: "", size: "", suv: "", krenning: "", rads: "" });
      told();
      draw();
      [...node.querySelectorAll(".nc-report-row select:first-of-type")].filter((box) => box.closest(".nc-report-site")).at(-1)?.focus();
    });
    const advice = el("fieldset", { className: "nc-report-advice" }, el("legend", {}, "Recommendation"),
      ...control.options.map(({ id, text }) => {
        const input = el("input", { type: "radio", name: `${name}-advice`, value: id, checked: report.recommendation === id });
        input.addEventListener("change", () => { report.recommendation = id; told(); });
        return el("label", { className: "nc-option nc-choice" }, input, el("span", {}, text));
      }));
    node.replaceChildren(...report.rows.map(block), add,
      labelled("SSTR-RADS overall", select(report.overall, plain(control.overall), (value) => { report.overall = value; }), "nc-report-overall"), advice);
  }
  draw();
  return node;
}
