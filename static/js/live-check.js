// Says while somebody types what an article's changes break, beside the fields and in a line at the foot of the window.
// The server reads the form as it stands, by the rules for publishing, and saves nothing: see kb/admin/live_check.py.
// Where the page told all faults when it was opened, all are told anew.

const PAUSE = 800; // milliseconds without a key

const line = document.querySelector("[data-live-check]");
const form = document.querySelector("[data-typed]")?.closest("form");
const TOLD = ".errorlist:not(#check *)"; // beside the fields
const isToldAll = document.querySelector(TOLD) !== null;
let undo = [];
let timer;
let asking;

async function ask() {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  const body = new FormData(form);
  if (isToldAll) body.append("every", "1");
  try {
    const answer = await fetch(line.dataset.liveCheck, { method: "POST", body, signal });
    const kind = answer.headers.get("Content-Type") ?? "";
    if (answer.ok && kind.startsWith("application/json")) show((await answer.json()).faults);
    else show(kind.startsWith("text/plain") ? [{ place: "", sentence: await answer.text() }] : []);
  } catch {
    if (!signal.aborted) show([]); // the preview says that the site can't be reached, and saving checks all the same
  }
}

function show(faults) {
  for (const step of undo) step();
  undo = [];
  if (isToldAll) document.querySelectorAll(TOLD).forEach((list) => list.remove());
  const places = Map.groupBy(faults, ({ place }) => place);
  for (const [place, found] of places) {
    const element = place && document.getElementById(place);
    if (element) tell(element, found.map(({ sentence }) => sentence));
  }
  const said = faults.map(({ place, sentence }) => sentenceWithWay(place, sentence));
  if (line.textContent !== said.map((item) => item.textContent).join("")) line.replaceChildren(...said);
}

function sentenceWithWay(place, sentence) {
  const item = document.createElement("p");
  const element = place && document.getElementById(place);
  if (!element) {
    item.textContent = sentence;
    return item;
  }
  const way = document.createElement("a");
  way.href = `#${place}`;
  way.textContent = (element.labels?.[0] ?? element.querySelector("h2, .inline_label") ?? element).textContent.trim().replace(/:$/, "");
  item.append(way, `: ${sentence}`);
  return item;
}

function tell(element, sentences) {
  const list = document.createElement("ul");
  list.className = "errorlist";
  list.id = `live-${element.id}`;
  list.append(...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
  undo.push(() => list.remove());
  const field = element.closest(".fieldBox, td, .form-row");
  if (field) field.prepend(list);
  else element.querySelector("summary, h2, h3, td")?.after(list);
  if (!element.matches("input, select, textarea")) return;
  for (const [name, value] of [["aria-invalid", "true"], ["aria-describedby", `${element.getAttribute("aria-describedby") ?? ""} ${list.id}`.trim()]]) {
    const before = element.getAttribute(name);
    element.setAttribute(name, value);
    undo.push(() => (before === null ? element.removeAttribute(name) : element.setAttribute(name, before)));
  }
}

if (line && form) {
  const askSoon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };
  for (const kind of ["input", "change", "formset:removed"]) form.addEventListener(kind, askSoon);
}
