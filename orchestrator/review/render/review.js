"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const form = document.getElementById("filter");
  if (form) {
    form.hidden = false;
    const search = form.querySelector("input[type=search]");
    const findings = all("#findings .finding");
    const texts = findings.map((item) => item.textContent.toLowerCase());
    const filter = () => {
      const wanted = search.value.trim().toLowerCase().split(/\s+/);
      const severities = new Set(all("input:checked", form).map((box) => box.value));
      let shown = 0;
      findings.forEach((item, place) => {
        item.hidden = !severities.has(item.dataset.severity) || !wanted.every((word) => texts[place].includes(word));
        shown += !item.hidden;
      });
      form.querySelector("output").textContent = shown === findings.length ? "" : `${shown} of ${findings.length} shown`;
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  const changes = document.getElementById("changes");
  if (changes && changes.querySelector("details")) {
    const tools = document.createElement("p");
    tools.className = "tools";
    for (const [label, open] of [["Unfold all", true], ["Fold all", false]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => all("details", changes).forEach((item) => { item.open = open; }));
      tools.append(button);
    }
    changes.querySelector(".fold, .module").before(tools);
  }

  // A link to a resource shows what is folded in it.
  const arrive = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const item = id && document.getElementById(id);
    if (!item) return;
    const module = item.closest("details.fold");
    if (module) module.open = true;
    all(":scope > details", item).forEach((details) => { details.open = true; });
    if (module) item.scrollIntoView();
  };
  addEventListener("hashchange", arrive);
  arrive();

  // Browsers without ::details-content print what is open.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((item) => { item.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((item) => { item.open = false; }));
})();
