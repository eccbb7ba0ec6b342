(function () {
"use strict";
var fold = function (text) {
  return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[.,;:()\/"”’]/g, " ").trim();
};
var field = document.getElementById("search");
var rows = Array.prototype.slice.call(document.querySelectorAll("tr[data-words]"));
var chips = Array.prototype.slice.call(document.querySelectorAll("button[data-group]"));
var status = document.getElementById("status"), advice = document.getElementById("advice");
document.getElementById("look").hidden = false;
if (matchMedia("(max-width:819px)").matches) { document.querySelector("details.more").open = false; }
var said = function (name, values) {
  return status.getAttribute("data-" + name).replace(/\{(\w+)\}/g, function (all, key) { return values[key]; });
};
var near = function (a, b) {
  if (a.length < 4 || Math.abs(a.length - b.length) > 2) { return false; }
  var old = [], now, i, j;
  for (j = 0; j <= b.length; j += 1) { old[j] = j; }
  for (i = 1; i <= a.length; i += 1) {
    now = [i];
    for (j = 1; j <= b.length; j += 1) {
      now[j] = Math.min(old[j] + 1, now[j - 1] + 1, old[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    old = now;
  }
  return old[b.length] <= (a.length > 6 ? 2 : 1);
};
var small = new Set(field.dataset.small.split(" "));
/* a finer code belongs to the diagnosis that has a coarser one: F32.1 to F32 */
var within = function (word, own) {
  return /^[a-z]\d\d\w+$/.test(word) && own.split(" ").some(function (code) {
    return /^[a-z]\d\d/.test(code) && word.indexOf(code) === 0;
  });
};
/* "ryggen" is a form of "rygg" */
var bent = function (word, lay) {
  return lay.split(" ").some(function (root) {
    return root.length > 3 && word.indexOf(root) === 0 && word.length - root.length < 4;
  });
};
var hit = function (row, words) {
  var own = row.dataset.words, lay = row.dataset.lay || "", byLay = false;
  var all = words.every(function (word) {
    if (own.indexOf(word) >= 0 || within(word, own)) { return true; }
    if ((" " + lay).indexOf(" " + word) >= 0 || bent(word, lay)) { byLay = true; return true; }
    return false;
  });
  return all ? (byLay ? 2 : 1) : 0;
};
var update = function (remember) {
  var text = field.value.trim(), group = (chips.filter(function (c) { return c.getAttribute("aria-pressed") === "true"; })[0] || {}).dataset;
  var words = fold(text.replace(/\b([a-z]\d\d)\.(?=\w)/gi, "$1")).split(/\s+/).filter(function (w) { return w && !small.has(w); }), shown = 0, lay = 0;
  group = group ? group.group : "";
  rows.forEach(function (row) {
    var found = words.length ? hit(row, words) : 1;
    var inside = !group || (group === "real" ? row.hasAttribute("data-real") : row.dataset.group === group);
    row.hidden = !(found && inside);
    if (found && inside) { shown += 1; if (found === 2) { lay += 1; } }
  });
  document.querySelectorAll("tbody[data-group]").forEach(function (body) {
    body.hidden = !body.querySelector("tr[data-words]:not([hidden])");
  });
  var values = { n: shown, all: rows.length, lay: lay, text: text };
  status.textContent = shown === rows.length && !words.length ? said("all", values) : lay ? said("lay", values) : said("some", values);
  advise(shown, words, values);
  if (remember) {
    var query = [];
    if (text) { query.push("q=" + encodeURIComponent(text)); }
    if (group) { query.push("group=" + encodeURIComponent(group)); }
    history.replaceState(null, "", location.pathname + (query.length ? "?" + query.join("&") : "") + location.hash);
  }
};
var advise = function (shown, words, values) {
  advice.hidden = shown > 0;
  if (shown) { return; }
  var known = {};
  rows.forEach(function (row) {
    (row.dataset.words + " " + (row.dataset.lay || "")).split(" ").forEach(function (w) {
      words.forEach(function (word) {
        if (w.length > 3 && (near(word, w) || (word.length > 3 && w.indexOf(word.slice(0, 4)) === 0))) { known[w] = 1; }
      });
    });
  });
  var found = Object.keys(known).slice(0, 5);
  advice.textContent = (found.length ? said("try", values) : said("none", values)) + " ";
  (found.length ? found : field.dataset.examples.split(" ")).forEach(function (word) {
    var link = document.createElement("a");
    link.href = "?q=" + encodeURIComponent(word); link.textContent = word;
    advice.appendChild(link); advice.appendChild(document.createTextNode(" "));
  });
};
chips.forEach(function (chip) {
  chip.addEventListener("click", function () {
    chips.forEach(function (other) { other.setAttribute("aria-pressed", other === chip ? "true" : "false"); });
    update(true);
  });
});
field.addEventListener("input", function () { update(true); });
var given = new URLSearchParams(location.search);
field.value = given.get("q") || "";
chips.forEach(function (chip) { chip.setAttribute("aria-pressed", chip.dataset.group === (given.get("group") || "") ? "true" : "false"); });
update(false);
}());
