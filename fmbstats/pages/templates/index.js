"use strict";
(() => {
  const table = document.getElementById("entries");
  const controls = document.getElementById("controls");
  const status = document.getElementById("status");
  const search = document.getElementById("search");
  const group = document.getElementById("group");
  const say = status.dataset;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const plain = (text) => text.toLocaleLowerCase(document.documentElement.lang).trim();
  const bare = (text) => text.replace(/[.\s]/g, "");
  const found = rows.map((row) => plain(row.dataset.search || ""));
  const codes = found.map((text) => (text.match(/\b[a-z]\d\d(?:\.?[a-z0-9]{1,2})?\b/g) || []).map(bare));
  let sorted = null;

  const fits = (k, wanted) => {
    if (wanted.split(/\s+/).every((word) => found[k].includes(word))) return true;
    const code = bare(wanted);
    return /^[a-z]\d\d[a-z0-9]{0,2}$/.test(code)
      && codes[k].some((own) => own.startsWith(code) || code.startsWith(own));
  };

  const report = (n) => {
    const parts = [say.shown.replace("{n}", n)];
    if (sorted) {
      parts.push(say.sorted.replace("{column}", sorted.name).replace("{order}", say[sorted.order]));
    }
    status.textContent = n ? parts.join(", ") + "." : say.none;
  };

  const show = () => {
    const wanted = plain(search.value);
    let n = 0;
    rows.forEach((row, k) => {
      const isIn = (!group || !group.value || row.dataset.group === group.value)
        && (!wanted || fits(k, wanted));
      row.hidden = !isIn;
      n += isIn ? 1 : 0;
    });
    report(n);
  };

  const value = (row, column, isNumber) => {
    const cell = row.cells[column];
    const order = cell.dataset.order;
    if (isNumber) return order === undefined ? null : Number(order);
    return order === undefined ? cell.textContent : order;
  };

  const sort = (column) => {
    const head = heads[column];
    const isNumber = head.classList.contains("num");
    const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    const sign = order === "ascending" ? 1 : -1;
    const keyed = rows.map((row, k) => ({ row, k, key: value(row, column, isNumber) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) {
        return (a.key === null) - (b.key === null) || a.k - b.k;
      }
      const by = isNumber ? a.key - b.key : collator.compare(a.key, b.key);
      return sign * by || a.k - b.k;
    });
    body.append(...keyed.map((item) => item.row));
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    sorted = { name: head.textContent.trim(), order };
    report(rows.filter((row) => !row.hidden).length);
  };

  heads.forEach((head, column) => {
    if (head.dataset.fixed !== undefined) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
  search.addEventListener("input", show);
  if (group) group.addEventListener("change", show);
  document.getElementById("clear").addEventListener("click", () => {
    search.value = "";
    if (group) group.value = "";
    show();
    search.focus();
  });
  controls.hidden = false;
  status.hidden = false;
  show();
})();
