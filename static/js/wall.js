// The screen on the wall: made anew every minute, as large as fits without scrolling. Where the site does not answer, or
// asks for a login, the last picture stays and says of when it is.
(() => {
  const EVERY = 60_000; // milliseconds
  const WALL = 1600; // px: a narrower screen hangs on no wall
  const place = () => document.getElementById("wall");

  function fit() {
    const style = place().style;
    Object.assign(style, { transform: "none", width: "100%" });
    if (window.innerWidth < WALL) return; // on a desk it scrolls, and what is pressed stays large enough
    const share = Math.min(1, window.innerHeight / place().scrollHeight, window.innerWidth / place().scrollWidth);
    Object.assign(style, { transform: `scale(${share})`, width: `${100 / share}%` });
  }

  async function renew() {
    try {
      const answer = await fetch(window.location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("wall");
      if (!found) throw new Error("no wall");
      place().replaceWith(found);
      fit();
    } catch {
      const { stale, at } = place().dataset;
      const sign = place().querySelector(".wall-stale");
      sign.textContent = stale.replace("{at}", at);
      sign.hidden = false;
    }
  }

  fit();
  window.addEventListener("resize", fit);
  setInterval(renew, EVERY);
})();
