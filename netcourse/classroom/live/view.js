// The class on the screen. Python writes what is shown; here are the buttons and the keys.

const KEYS = { ArrowRight: "next", ArrowLeft: "back", r: "reference", b: "big", n: "names", d: "dark", o: "overview" };

function button(words, key, on) {
  const made = document.createElement("button");
  made.type = "button";
  made.append(words, Object.assign(document.createElement("kbd"), { textContent: key }));
  made.addEventListener("click", on);
  return made;
}

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "nc-co";
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "The class at work");
  const tools = document.createElement("div");
  tools.className = "nc-co-tools";
  const body = document.createElement("div");
  body.className = "nc-co-body";
  root.append(tools, body);
  el.append(root);
  const toggles = {
    reference: () => flip("reference"), big: () => flip("big"), names: () => flip("names"), dark: () => flip("dark"),
    overview: () => go(""), next: () => step(1), back: () => step(-1),
  };
  const flip = (name) => { model.set(name, !model.get(name)); model.save_changes(); };
  const go = (id) => { model.set("current", id); model.save_changes(); };
  const step = (by) => {
    const all = ["", ...model.get("items")];
    go(all[(all.indexOf(model.get("current")) + by + all.length) % all.length]);
  };
  const made = {
    back: button("Back", "←", toggles.back), next: button("Next", "→", toggles.next), overview: button("Overview", "o", toggles.overview),
    reference: button("Reference", "r", toggles.reference), big: button("Big type", "b", toggles.big), names: button("Names", "n", toggles.names),
    dark: button("Dark room", "d", toggles.dark),
  };
  tools.append(...Object.values(made));
  root.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const what = KEYS[event.key];
    if (what && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      toggles[what]();
    }
  });
  const draw = () => {
    const holder = document.createElement("template");
    holder.innerHTML = model.get("html"); // Python made and escaped it
    body.replaceChildren(holder.content);
    for (const name of ["big", "dark"]) root.classList.toggle(`nc-co-${name}`, model.get(name));
    for (const name of ["reference", "big", "names", "dark"]) made[name].setAttribute("aria-pressed", String(model.get(name)));
  };
  for (const name of ["html", "big", "reference", "names", "dark"]) model.on(`change:${name}`, draw);
  draw();
  return () => { for (const name of ["html", "big", "reference", "names", "dark"]) model.off(`change:${name}`, draw); };
}

export default { render };
