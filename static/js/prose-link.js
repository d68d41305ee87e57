// Offers where a link may lead while [[ is typed in a text of the desk: articles, and after a # the parts of one. The
// list stands below the text and is worked with the arrow keys, Enter and Escape, or by a pointer. A text of several
// lines may not be a combobox, so it stays a text box that controls a list. See kb/admin/linking.py.

const PAUSE = 150; // milliseconds without a key before the server is asked
const OPEN = /\[\[([^[\]|\n]{0,100})$/; // a link that is being typed, up to the cursor

const make = (name, properties) => Object.assign(document.createElement(name), properties);
const list = make("ul", { id: "prose-links", className: "prose-links", role: "listbox", ariaLabel: "Where the link may lead" });
const status = make("p", { className: "visually-hidden", role: "status" });
let [found, at] = [[], -1];
let text, timer, asking; // the text that the list belongs to

function option({ target, title, note }, number) {
  const item = make("li", { role: "option", id: `${list.id}-${number}`, ariaSelected: "false" });
  item.append(make("b", { textContent: target.split("#").pop() }), ` ${title} `, make("small", { textContent: note }));
  return item;
}

function show(suggestions) {
  found = suggestions;
  list.replaceChildren(...found.map(option));
  list.hidden = found.length === 0;
  choose(found.length ? 0 : -1);
}

function choose(number) {
  list.children[at]?.setAttribute("aria-selected", "false");
  at = number;
  const item = list.children[at];
  item?.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-activedescendant", item?.id ?? "");
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  status.textContent = "";
  if (text) show([]);
}

async function ask(typed) {
  const { signal } = (asking = new AbortController());
  try {
    const answer = await fetch(`${text.dataset.links}?${new URLSearchParams({ q: typed })}`, { signal });
    if (!answer.ok) throw new Error(answer.status);
    show((await answer.json()).suggestions);
    status.textContent = found.length ? `${found.length} found. Arrows choose, Enter takes, # shows parts.` : "Nothing found to link to";
  } catch {
    if (!signal.aborted) close();
  }
}

function write(words, isWhole) {
  const end = text.selectionStart;
  const start = end - OPEN.exec(text.value.slice(0, end))[1].length;
  const closing = isWhole ? /^(?:\|[^[\]\n]*)?\]\]/.exec(text.value.slice(end))?.[0] : "";
  text.setRangeText(words + (closing ?? "]]"), start, end + (closing?.length ?? 0), "end");
  if (isWhole) text.dispatchEvent(new Event("input", { bubbles: true }));
}

function follow(event) {
  const isOurs = event.target.matches("textarea[data-links]");
  const typed = isOurs && OPEN.exec(event.target.value.slice(0, event.target.selectionStart));
  if (!typed) return close();
  if (text !== event.target) {
    close();
    text = event.target;
    text.setAttribute("aria-autocomplete", "list");
    text.setAttribute("aria-controls", list.id);
    (text.parentElement.querySelector(":scope > .prose-link") ?? text).after(list, status);
  }
  choose(-1); // what is listed answers an earlier question
  asking?.abort();
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE, typed[1]);
}

function press(event) {
  if (event.target !== text || event.isComposing || list.hidden) return;
  const moves = { ArrowDown: (at + 1) % found.length, ArrowUp: (at < 1 ? found.length : at) - 1 };
  if (event.key in moves) choose(moves[event.key]);
  else if (event.key === "Enter" && at >= 0) write(found[at].target, true);
  else if (event.key === "Escape") close();
  else if (event.key === "#" && at >= 0) return write(found[at].target.split("#")[0], false); // the key follows by itself
  else return;
  event.preventDefault();
}

list.hidden = true;
list.addEventListener("pointerdown", (event) => event.preventDefault()); // the text keeps the focus
list.addEventListener("click", (event) => {
  const number = [...list.children].indexOf(event.target.closest("[role=option]"));
  if (number >= 0) write(found[number].target, true);
});
document.addEventListener("input", follow);
document.addEventListener("keydown", press);
document.addEventListener("focusout", (event) => { if (event.target === text) close(); });
