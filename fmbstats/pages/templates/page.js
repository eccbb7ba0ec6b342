(function () {
"use strict";
var fold = function (text) {
  return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[.,;:()\/"”’]/g, " ").trim();
};
/* saving a figure */
var rules = function () {
  // In the colours of paper, whatever the screen's are.
  var kept = "", colours = {};
  Array.prototype.forEach.call(document.styleSheets, function (sheet) {
    Array.prototype.forEach.call(sheet.cssRules, function (rule) {
      if (rule.media) { return; }
      kept += rule.cssText;
      if (rule.selectorText === ":root") {
        Array.prototype.forEach.call(rule.style, function (name) { colours[name] = rule.style.getPropertyValue(name); });
      }
    });
  });
  var found = function (all, name) { return colours[name === "--here" ? "--bg" : name]; };
  return { css: kept.replace(/var\((--[\w-]+)\)/g, found), colours: colours };
};
var standalone = function (figure) {
  var shown = Array.prototype.filter.call(figure.querySelectorAll(":scope > svg"), function (svg) {
    return svg.getBoundingClientRect().width > 0;
  })[0];
  var pad = 16, size = shown.viewBox.baseVal, look = rules(), xml = new XMLSerializer(), at = 12, lines = [];
  var field = figure.closest(".field"), pen = document.createElement("canvas").getContext("2d");
  /* the words round the figure, in lines that fit */
  var write = function (place, kind) {
    if (!place) { return; }
    var fits = "", end = function () { at += 18; lines.push('<text class="' + kind + '" x="' + pad + '" y="' + at + '">' + escape_(fits) + "</text>"); };
    var text = place.textContent.trim(), tag = place.querySelector(".tag");
    if (tag) { text = tag.textContent + ". " + text.slice(tag.textContent.length).trim(); }
    pen.font = (kind === "b" ? "600" : "400") + " 13px Inter, sans-serif";
    text.split(/ +/).forEach(function (word) {
      var longer = fits ? fits + " " + word : word;
      if (fits && pen.measureText(longer).width > size.width) { end(); fits = word; } else { fits = longer; }
    });
    end();
  };
  write(figure.querySelector("h2,h3,h4"), "b");
  write(figure.querySelector(".sub"), "m");
  write(field && field.querySelector(".says"), "m");
  var copy = shown.cloneNode(true);
  copy.setAttribute("x", pad); copy.setAttribute("y", at + 14);
  copy.setAttribute("class", shown.getAttribute("class").replace("narrow", "wide"));
  at += 14 + size.height;
  write(figure.querySelector(".src"), "m");
  var width = size.width + 2 * pad, height = at + 16;
  return { width: width, height: height, name: figure.id.replace("fig-", ""), text:
    '<svg xmlns="http://www.w3.org/2000/svg" width="' + width + '" height="' + height + '" viewBox="0 0 ' + width + " " + height + '"><style>' +
    escape_(look.css) + "svg .h{stroke:none}</style>" + xml.serializeToString(document.querySelector(".defs defs")) +
    '<rect width="100%" height="100%" fill="' + look.colours[field ? "--field" : "--bg"] + '"/>' + lines.join("") + xml.serializeToString(copy) + "</svg>" };
};
var escape_ = function (text) { return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); };
var save = function (blob, name) {
  var link = document.createElement("a");
  link.href = URL.createObjectURL(blob); link.download = name; link.click();
  setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
};
document.querySelectorAll("[data-save]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () {
    var found = standalone(button.closest("figure")), blob = new Blob([found.text], { type: "image/svg+xml" });
    if (button.dataset.save === "svg") { save(blob, found.name + ".svg"); return; }
    var picture = new Image(), canvas = document.createElement("canvas");
    canvas.width = 2 * found.width; canvas.height = 2 * found.height;
    picture.onload = function () {
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(function (png) { save(png, found.name + ".png"); });
    };
    picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(found.text);
  });
});
/* copying */
document.querySelectorAll("[data-copy]").forEach(function (button) {
  if (!navigator.clipboard) { return; }
  button.hidden = false;
  button.addEventListener("click", function () {
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(function () {
      button.textContent = button.dataset.done;
    });
  });
});
/* the other language keeps the section */
document.querySelectorAll("[data-same]").forEach(function (link) {
  link.addEventListener("click", function () { link.hash = location.hash; });
});
/* a link into a fold opens it */
var open = function () {
  var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  var fold_ = target && target.closest("details");
  if (fold_) { fold_.open = true; target.scrollIntoView(); }
};
addEventListener("hashchange", open); open();
/* search */
var field = document.getElementById("search");
if (!field) { return; }
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
