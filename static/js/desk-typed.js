// Keeps what is typed on a page of the desk until it is saved, in this browser only, and offers to put it back: after
// signing in again, after a crash, after a slip. A page is known by its address (or the name it gives itself) and by its
// field “seen”, which says what the page showed and when it was opened. Passwords and files are not kept.

const PREFIX = "typed ";
const MOST = 20;
const LARGEST = 1_000_000; // characters
const MONTH = 30 * 24 * 60 * 60 * 1000;

const offer = document.querySelector("[data-typed-offer]");
const form = offer?.closest("form");
const seen = form?.elements.seen;
const place = offer?.dataset.typedOffer || location.pathname;

const all = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => ({ key, ...read(key) }));
const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
const here = () => `${PREFIX}${place} ${seen.value}`;
let isOwn = false; // whether what is kept for this page is what was typed on it since it was opened

function forgetSavedAndOld() {
  const saved = document.cookie.match(/(?:^|; )saved=([0-9a-f]*\.\d+)/)?.[1];
  for (const { key, at } of all()) {
    if (key.endsWith(` ${saved}`) || !(Date.now() - at < MONTH)) localStorage.removeItem(key);
  }
  if (saved) document.cookie = "saved=; path=/admin/; max-age=0; samesite=strict";
}

function entries() {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !name.startsWith("_")
    && !name.includes("__prefix__") && name !== "csrfmiddlewaretoken" && form.elements[name]?.type !== "password");
}

function keep() {
  const text = JSON.stringify({ at: Date.now(), entries: entries() });
  if (text.length > LARGEST) return;
  for (let tries = 0; tries < MOST; tries++) {
    const others = all().filter(({ key }) => key !== here()).sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
    try {
      if (others.length < MOST) return localStorage.setItem(here(), text);
    } catch { /* full: make room below */ }
    if (!others.length) return;
    localStorage.removeItem(others[0].key);
  }
}

function fitRows(prefix, count) {
  const total = form.elements[`${prefix}-TOTAL_FORMS`];
  const add = document.querySelector(`#${CSS.escape(prefix)}-group .add-row :is(a, button)`);
  while (add && Number(total.value) < count) add.click();
  for (let at = count; at < Number(total.value); at++) document.getElementById(`${prefix}-${at}`)?.remove();
}

function putBack(kept) {
  for (const [name, value] of kept) if (name.endsWith("-TOTAL_FORMS")) fitRows(name.slice(0, -12), Number(value));
  const values = new Map(kept);
  const shown = new Map(entries());
  for (const control of form.elements) {
    const value = values.get(control.name);
    if (value === shown.get(control.name) || !control.name || control.name.startsWith("_")) continue;
    if (control.type === "checkbox") control.checked = value !== undefined;
    else if (value === undefined) continue;
    else control.value = value;
    if (control.type !== "hidden") control.closest("details")?.setAttribute("open", "");
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function offerNext() {
  const mine = JSON.stringify(entries().filter(([name]) => name !== "seen"));
  const isHere = (kept) => JSON.stringify(kept.entries.filter(([name]) => name !== "seen")) === mine;
  const found = all().filter(({ key }) => key.startsWith(`${PREFIX}${place} `) && !(isOwn && key === here()));
  for (const kept of found.filter(isHere)) localStorage.removeItem(kept.key);
  const next = found.filter((kept) => !isHere(kept)).sort((one, other) => other.at - one.at)[0];
  offer.hidden = !next;
  if (!next) return;
  offer.querySelector("time").textContent = new Date(next.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  offer.querySelector("[data-put-back]").onclick = () => { putBack(next.entries); offer.hidden = true; };
  offer.querySelector("[data-discard]").onclick = () => { localStorage.removeItem(next.key); offerNext(); };
}

forgetSavedAndOld();
if (seen) {
  let waiting;
  const keepSoon = () => { isOwn = true; clearTimeout(waiting); waiting = setTimeout(keep, 300); };
  for (const kind of ["input", "change", "formset:added", "formset:removed"]) document.addEventListener(kind, keepSoon);
  addEventListener("pagehide", () => { if (waiting) keep(); }); // saving may end at a sign-in page
  if (!offer.parentElement.hasAttribute("data-unsaved")) addEventListener("load", offerNext); // rows can be added from then on
  const texts = [...form.querySelectorAll("textarea, input:not([type=checkbox], [type=radio])")];
  if (texts.some(({ value, defaultValue }) => value !== defaultValue)) keepSoon(); // typed before this ran
}
