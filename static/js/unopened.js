// Tells, when a page of results is left, that nothing on it was opened. What is sent is the query, of which the server
// keeps nothing that may be personal; nothing is sent about the reader.

const found = document.querySelector("[data-unopened]");
const query = new URLSearchParams(location.search).get("q");
let isDone = false;

const open = (event) => {
  if (event.target.closest("a")) isDone = true;
};

found.addEventListener("click", open);
found.addEventListener("auxclick", open);
addEventListener("pagehide", () => {
  if (isDone) return;
  isDone = true;
  navigator.sendBeacon(found.dataset.unopened, new URLSearchParams({ q: query }));
});
