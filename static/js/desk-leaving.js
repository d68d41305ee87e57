// Asks before a page of the desk is left on which something was changed and not saved.

const marker = document.querySelector("[data-typed]");
const form = marker?.closest("form");

if (form) {
  const now = () => JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  let saved = null;
  let isSending = false;
  addEventListener("load", () => { saved = marker.hasAttribute("data-unsaved") ? "" : now(); });
  addEventListener("pageshow", () => { isSending = false; });
  form.addEventListener("submit", () => { isSending = true; });
  addEventListener("beforeunload", (event) => {
    if (!isSending && saved !== null && now() !== saved) event.preventDefault();
  });
}
