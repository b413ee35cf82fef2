// Additions to the form of an upload: a file can be dropped anywhere on the page, and a large one shows how far it is.
// Without this script the form works as it stands.
const forms = () => [...document.querySelectorAll("form[data-upload]")];
const fileOf = (form) => form.querySelector('input[type="file"]');

// Of several forms on a page a file goes to the one that it was dropped on, else to the first.
function formAt(target) {
  const card = target instanceof Element ? target.closest(".card") : null;
  return (card && card.querySelector("form[data-upload]")) || forms()[0];
}

function hasFiles(event) {
  return event.dataTransfer && [...event.dataTransfer.types].includes("Files");
}

function mark(form) {
  for (const each of forms()) each.classList.toggle("dropping", each === form);
}

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event) || !forms().length) return;
  event.preventDefault(); // else the browser opens the file in place of the page
  mark(formAt(event.target));
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) mark(null);
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event) || !forms().length) return;
  event.preventDefault();
  const form = formAt(event.target);
  mark(null);
  if (!event.dataTransfer.files.length) return;
  const one = new DataTransfer(); // a form takes one file
  one.items.add(event.dataTransfer.files[0]);
  fileOf(form).files = one.files;
  if (form.checkValidity()) form.requestSubmit();
  else form.reportValidity();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-upload]")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  send(form);
});

function send(form) {
  const bar = form.querySelector("progress");
  const words = form.querySelector(".sent-share");
  const request = new XMLHttpRequest();
  form.dataset.sending = "yes";
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const share = Math.floor((100 * event.loaded) / event.total);
    bar.hidden = false;
    bar.value = share;
    words.textContent = share < 100 ? words.dataset.sending.replace("{share}", share) : words.dataset.reading;
  });
  request.addEventListener("load", () => shown(form, request));
  request.addEventListener("error", () => {
    delete form.dataset.sending;
    bar.hidden = true;
    words.textContent = words.dataset.failed;
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

// A file that was taken leads on to its preview; else the page comes back with the reason, and with what was typed.
function shown(form, request) {
  if (request.status < 400 && request.responseURL !== location.href) {
    location.assign(request.responseURL);
    return;
  }
  delete form.dataset.sending;
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const fresh = page.querySelector("main");
  if (!fresh) {
    location.reload();
    return;
  }
  document.querySelector("main").replaceWith(fresh);
  hint();
  const banner = document.querySelector("main .banner, main .behind");
  if (banner) banner.scrollIntoView({ block: "center" });
}

function hint() {
  for (const line of document.querySelectorAll(".drop-hint")) {
    if (forms().length > 1) line.textContent = line.dataset.own; // which form is meant, only the place can tell
    line.hidden = false;
  }
}
hint();
