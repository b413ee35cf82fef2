// Draws the page's figures once it is readable: every [data-figure] names a JSON script with {data, layout}.
// A figure whose place gets wider or narrower is drawn anew: Plotly's own resizing forgets the height that a figure asks for.
(() => {
  const { plotly: bundle, failed } = document.currentScript.dataset;
  const config = {
    displaylogo: false,
    displayModeBar: false,
    showSendToCloud: false,
    showEditInChartStudio: false,
    plotlyServerURL: "",
    locale: document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en",
  };
  const tell = (place, words) => { const p = place.querySelector(".waiting"); if (p) p.textContent = words; };

  function draw() {
    for (const place of document.querySelectorAll("[data-figure]")) {
      const fold = place.closest("details:not([open])");
      if (fold) { // drawn when it is opened: before, it has no width
        place.dataset.drawn = "later";
        fold.addEventListener("toggle", draw, { once: true });
        continue;
      }
      if (place.dataset.drawnAt === String(place.clientWidth)) continue;
      const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent, plain);
      if (place.clientWidth < 560 && place.classList.contains("named")) narrow(figure);
      if (place.dataset.drawnAt) window.Plotly.purge(place);
      place.dataset.drawnAt = place.clientWidth;
      place.replaceChildren();
      window.Plotly.newPlot(place, figure.data, figure.layout, config).then(() => { place.dataset.drawn = "true"; });
    }
  }
  // Plotly takes tags in names for markup, links among them: what people typed stays a text.
  function plain(_key, value) {
    if (typeof value !== "string") return value;
    if (value[0] === "#" && isDark()) return DARK[value.toLowerCase()] || value;
    return value.replace(/<(?!br>|extra>|\/extra>)/g, "＜");
  }
  // In the dark a figure's inks become light; the colours of its bars and lines stay, but for the two that would vanish.
  const DARK = { "#1d2733": "#e3e8ed", "#5b6b7b": "#a9b5c0", "#edf0f3": "#333e49", "#e6eaee": "#333e49", "#e1e6eb": "#333e49", "#12395b": "#9cc4ea", "#2b7663": "#6fc5aa", "#b23b2b": "#f2958a", "#8a5f10": "#e5bd6a", "#ffffff": "#1a2128", "#fff": "#1a2128" };
  const isDark = () => getComputedStyle(document.documentElement).colorScheme === "dark";
  // On a phone the name of a row stands above its bar, not beside it.
  function narrow(figure) {
    const names = figure.layout.yaxis.categoryarray || figure.data[0].y;
    if (!names.length) return; // nothing drawn: the figure's own words stay
    Object.assign(figure.layout.yaxis, { showticklabels: false, automargin: false });
    figure.layout.height = 120 + 40 * names.length;
    figure.layout.annotations = names.map((text) => ({
      text, x: 0, xref: "paper", xanchor: "left", y: text, yref: "y", yshift: 15, showarrow: false, font: { size: 11, color: "#5b6b7b" },
    }));
    for (const trace of figure.data) if (trace.type === "bar") trace.width = 0.42;
    figure.layout.margin.t = Math.max(figure.layout.margin.t, 44);
  }
  function load() {
    const script = document.createElement("script");
    script.src = bundle;
    script.onload = () => {
      draw();
      let later;
      window.addEventListener("resize", () => { clearTimeout(later); later = setTimeout(draw, 120); });
    };
    script.onerror = () => document.querySelectorAll("[data-figure]").forEach((place) => tell(place, failed));
    document.head.append(script);
  }
  window.addEventListener("load", () => requestAnimationFrame(() => setTimeout(load)));
})();
