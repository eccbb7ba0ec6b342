(function () {
"use strict";
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
}());
