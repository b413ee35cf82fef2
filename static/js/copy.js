// "Copy the picture": fetches the PNG of a chart and puts it on the clipboard, for Word. The button shows where the
// browser can do that (over HTTPS or on this machine); the words of what came of it stand on the button.
(() => {
  if (!navigator.clipboard || !window.ClipboardItem) return;

  async function copy(button) {
    const words = button.textContent;
    button.disabled = true;
    try {
      const picture = fetch(button.dataset.copy).then((answer) => {
        if (!answer.ok) throw new Error(answer.statusText);
        return answer.blob();
      });
      await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
      button.textContent = button.dataset.done;
    } catch {
      button.textContent = button.dataset.failed;
    }
    button.disabled = false;
    setTimeout(() => { button.textContent = words; }, 4000);
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
})();
