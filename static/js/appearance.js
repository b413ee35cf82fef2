// Light or dark before the page is painted: what this browser was last told. What the person has chosen comes with the
// page and is told to the browser by static/js/hands.js.
(() => {
  const chosen = localStorage.getItem("appearance");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.appearance = chosen;
})();
