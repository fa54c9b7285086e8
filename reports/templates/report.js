"use strict";
// The page is complete without this. Nothing here sends or loads anything.
(() => {
  const rows = [...document.querySelectorAll(".every [data-status]")];
  const folds = [...document.querySelectorAll("details")];
  const tools = document.getElementById("tools");

  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", () => act(made));
    return made;
  };

  const copy = async (text, made) => {
    const before = made.textContent;
    try {
      await navigator.clipboard.writeText(text);
      made.textContent = "Copied";
    } catch {
      made.textContent = "This browser refused to copy";
    }
    setTimeout(() => { made.textContent = before; }, 2000);
  };

  const show = (wanted) => {
    for (const row of rows) row.hidden = wanted !== "all" && row.dataset.status !== wanted;
    for (const category of document.querySelectorAll(".category")) {
      category.hidden = !category.querySelector("[data-status]:not([hidden])");
    }
    for (const each of tools.querySelectorAll("[data-shows]")) {
      each.setAttribute("aria-pressed", String(each.dataset.shows === wanted));
    }
  };

  const filters = document.createElement("div");
  filters.className = "filters";
  filters.setAttribute("role", "group");
  filters.setAttribute("aria-label", "Show only");
  const there = ["fail", "unknown", "warn", "pass", "skip"].filter((s) => rows.some((row) => row.dataset.status === s));
  for (const status of ["all", ...there]) {
    const made = button(status === "all" ? "All" : status.toUpperCase(), () => show(status));
    made.dataset.shows = status;
    filters.append(made);
  }
  const others = document.createElement("div");
  others.className = "filters";
  others.append(button("Unfold all", (made) => {
    const open = made.textContent === "Unfold all";
    for (const fold of folds) fold.open = open;
    made.textContent = open ? "Fold all" : "Unfold all";
  }));
  others.append(button("Copy the report as JSON", (made) => copy(document.getElementById("report").textContent, made)));
  tools.append(filters, others);
  tools.hidden = false;
  show("all");

  for (const command of document.querySelectorAll(".command")) {
    const made = button("Copy", () => copy(command.querySelector("code").textContent, made));
    command.querySelector("figcaption").append(made);
  }

  const unfold = () => {
    for (const fold of folds) if (fold.id && `#${fold.id}` === location.hash) fold.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = folds.filter((fold) => !fold.open);
    for (const fold of folded) fold.open = true;
  });
  addEventListener("afterprint", () => { for (const fold of folded) fold.open = false; });
})();
