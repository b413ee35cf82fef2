// A form with a one-time key is sent by the first click alone; the server would take the second for the first anyway,
// but its answer would replace the one that the first is waiting for.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.querySelector('input[name="once"]')) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// Whoever comes back to the page may send it again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
