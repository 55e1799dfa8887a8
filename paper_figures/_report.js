"use strict";
// Sorting and filtering of every table inside a .sortable block. Without JavaScript the tables
// stand whole, in the order of the paper.
for (const block of document.querySelectorAll(".sortable")) {
  const body = block.querySelector("tbody");
  const rows = [...body.rows];
  const headings = [...block.querySelectorAll("thead th")];
  const tools = block.querySelector(".tools");
  const search = tools?.querySelector("input[type=search]");
  // a select with data-filter="topics" looks for its value among the words of data-topics
  const choices = [...(tools?.querySelectorAll("select[data-filter]") ?? [])];
  const order = tools?.querySelector("select.order");
  const shown = tools?.querySelector("output");
  let column = -1, descending = false;

  const value = (row) => {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text.toLowerCase();
  };
  const compare = (a, b) => {
    const x = value(a), y = value(b);
    if (x === "" || y === "") return (x === "") - (y === "");  // empty cells last, either way
    const less = typeof x === typeof y ? (x > y) - (x < y) : typeof x === "number" ? -1 : 1;
    return descending ? -less : less;
  };
  const sortBy = (next, down) => {
    column = next; descending = down;
    headings.forEach((h, i) => {
      if (i === column) h.setAttribute("aria-sort", down ? "descending" : "ascending");
      else h.removeAttribute("aria-sort");
    });
    body.append(...(column < 0 ? rows : [...rows].sort(compare)));
    if (order) order.value = String(column);
  };
  const passes = (row, choice) => {
    const kept = row.dataset[choice.dataset.filter] ?? "";
    return choice.value === "" || kept === choice.value || kept.split(" ").includes(choice.value);
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !(choices.every((choice) => passes(row, choice))
        && words.every((word) => text.includes(word)));
      count += !row.hidden;
    }
    shown.textContent = `${count} of ${rows.length} rows`;
  };

  headings.forEach((heading, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(i, column === i && !descending));
  });
  if (tools) {
    tools.hidden = false;
    search.addEventListener("input", filter);
    for (const choice of choices) choice.addEventListener("change", filter);
    order?.addEventListener("change", () => sortBy(Number(order.value), false));
    filter();
  }
}

// A link to a row that a filter or a closed part hides shows it again.
const reveal = () => {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = row?.closest("details:not([open])");
  if (closed) closed.open = true;
  if (row?.hidden) {
    const tools = row.closest(".sortable").querySelector(".tools");
    for (const field of tools.querySelectorAll("input, select[data-filter]")) field.value = "";
    tools.querySelector("input").dispatchEvent(new Event("input"));
  }
  if (closed || row) row.scrollIntoView();
};
addEventListener("hashchange", reveal);
if (location.hash) reveal();
// A formula wider than its place scrolls, also with the keyboard; a folded one is measured when open.
const scrolls = (root) => {
  for (const formula of root.querySelectorAll(".display > math, .formula")) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
  }
};
scrolls(document);
document.addEventListener("toggle", (event) => scrolls(event.target), true);
