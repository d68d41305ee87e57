// Asks before a page of the desk is left on which something was changed and not saved.

const marker = document.querySelector("[data-typed]");
const form = marker?.closest("form");

if (form) {
  const now = () => JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  const saved = marker.hasAttribute("data-unsaved") ? "" : now();
  let isSending = false;
  addEventListener("pageshow", () => { isSending = false; });
  form.addEventListener("submit", () => { isSending = true; });
  addEventListener("beforeunload", (event) => {
    if (!isSending && now() !== saved) event.preventDefault();
  });
}
