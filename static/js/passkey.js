// A button in a form with `data-passkey` asks the browser's key, puts its answer into the form and sends it.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function opened(options) {
  const key = options.publicKey;
  key.challenge = bytes(key.challenge);
  if (key.user) key.user.id = bytes(key.user.id);
  for (const each of [...(key.excludeCredentials || []), ...(key.allowCredentials || [])]) each.id = bytes(each.id);
  return options;
}

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

for (const button of document.querySelectorAll("button[data-passkey]")) {
  const form = button.form;
  if (!window.PublicKeyCredential) button.disabled = true;
  button.addEventListener("click", async () => {
    if (!form.reportValidity()) return;
    const options = opened(JSON.parse(document.getElementById(button.dataset.options).textContent));
    try {
      const credential = await navigator.credentials[button.dataset.passkey](options);
      form.elements[button.dataset.field].value = answered(credential);
      form.submit();
    } catch {
      form.querySelector("[data-failed]").hidden = false;
    }
  });
}
