
"use strict";
// Tables whose rows can be sorted and filtered. Without this script they are plain tables.
// A link may say how: index.html#filter=1003&notes=1&sort=points&order=descending
(() => {
  const collator = new Intl.Collator(undefined, { numeric: true });
  const persian = /[\u06f0-\u06f9\u0660-\u0669]/g;
  const plain = (text) =>
    text.normalize("NFC").toLowerCase().replace(persian, (digit) => digit.codePointAt(0) & 15);
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort ?? cell.textContent.trim();
  };
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    const numbers = a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y);
    return numbers ? x - y : collator.compare(a, b);
  };

  const sort = (table, column, descending) => {
    const body = table.tBodies[0];
    const sign = descending ? -1 : 1;
    const rows = [...body.rows];
    rows.sort((a, b) => sign * compare(value(a, column), value(b, column)));
    body.append(...rows);
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      if (index === column) head.ariaSort = descending ? "descending" : "ascending";
      else head.removeAttribute("aria-sort");
    });
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        // What is a number is wanted with the largest first.
        const first = head.classList.contains("number") ? "descending" : "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        sort(table, column, (head.ariaSort === first ? second : first) === "descending");
      });
    });
  }

  const apply = (form) => {
    const rows = [...document.getElementById(form.dataset.table).tBodies[0].rows];
    const words = plain(form.querySelector("[type=search]").value).split(/\s+/).filter(Boolean);
    const withNotes = form.querySelector("[name=notes]")?.checked;
    let shown = 0;
    for (const row of rows) {
      row.words ??= plain(row.textContent);
      const fits = words.every((word) => row.words.includes(word));
      row.hidden = !fits || (withNotes && !("notes" in row.dataset));
      shown += row.hidden ? 0 : 1;
    }
    form.querySelector("output").value =
      shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
  };

  for (const form of document.querySelectorAll("form.filter")) {
    form.hidden = false;
    form.addEventListener("input", () => apply(form));
    form.addEventListener("submit", (event) => event.preventDefault());
    apply(form);
  }

  const follow = () => {
    if (!location.hash.includes("=")) return;
    const wishes = new URLSearchParams(location.hash.slice(1));
    const form = document.querySelector("form.filter");
    const table = document.getElementById(form.dataset.table);
    form.elements.filter.value = wishes.get("filter") ?? "";
    form.elements.notes.checked = wishes.get("notes") === "1";
    apply(form);
    const name = plain(wishes.get("sort") ?? "");
    const heads = [...table.tHead.rows[0].cells].map((head) => plain(head.textContent));
    const column = heads.indexOf(name);
    if (column >= 0) sort(table, column, wishes.get("order") === "descending");
  };
  addEventListener("hashchange", follow);
  follow();
})();
