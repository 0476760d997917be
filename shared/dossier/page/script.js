"use strict";
(function () {
  var all = function (what) { return Array.prototype.slice.call(document.querySelectorAll(what)); };
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = all("details:not([open])");
    opened.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (one) { one.open = false; });
  });
  var rows = all("#finding-rows > tr");
  var place = document.getElementById("finding-filter");
  if (!place || rows.length < 8) { return; }
  place.hidden = false;
  var field = document.getElementById("finding-words");
  var told = document.getElementById("finding-told");
  field.addEventListener("input", function () {
    var words = field.value.toLowerCase().split(/\s+/);
    var shown = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      if (!row.hidden) { shown++; }
    });
    told.textContent = field.value ? shown + " of " + rows.length + " shown" : "";
  });
})();
