// On a phone a long list begins folded: its groups with their counts, opened by a tap. Without script all stands open.
if (window.matchMedia("(max-width: 700px)").matches) {
  for (const group of document.querySelectorAll("details.kind[open]")) group.open = false;
}
