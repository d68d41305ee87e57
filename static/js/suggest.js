// Suggests articles below a search box while somebody types: a combobox with a list box, for pointer, keyboard and
// screen reader alike. Without this module the form just works.

const PAUSE = 120; // milliseconds without a key before the server is asked

function make(name, attributes, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

function option({ code, title, note }, id) {
  const item = make("li", { role: "option", id, "aria-selected": "false" });
  if (code) item.append(make("span", { class: "plate" }, code), " ");
  item.append(make("span", {}, title));
  if (note) item.append(make("span", { class: "hint" }, note));
  return item;
}

function attach(box) {
  const list = make("ul", { id: `${box.id}-suggestions`, class: "suggestions", role: "listbox", "aria-label": "Suggestions" });
  const status = make("p", { class: "sr-only", role: "status" });
  let found = [];
  let at = -1;
  let timer;
  let asking;

  const show = (suggestions) => {
    found = suggestions;
    at = -1;
    list.replaceChildren(...found.map((suggestion, number) => option(suggestion, `${list.id}-${number}`)));
    list.hidden = found.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    box.removeAttribute("aria-activedescendant");
  };
  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    status.textContent = "";
    show([]);
  };
  const choose = (number) => {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = number;
    const item = list.children[at];
    item?.setAttribute("aria-selected", "true");
    item?.scrollIntoView({ block: "nearest" });
    if (item) box.setAttribute("aria-activedescendant", item.id);
    else box.removeAttribute("aria-activedescendant");
  };
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const address = `${box.dataset.suggest}?${new URLSearchParams({ q: box.value })}`;
      const answer = await fetch(address, { signal: asking.signal });
      if (!answer.ok) throw new Error(answer.status);
      show((await answer.json()).suggestions);
      status.textContent = found.length ? `${found.length} suggestions below` : "No suggestions";
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  list.hidden = true;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
    box.setAttribute(name, value);
  }
  box.after(list, status);
  box.addEventListener("input", () => {
    clearTimeout(timer);
    if (box.value.trim()) timer = setTimeout(ask, PAUSE);
    else close();
  });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const moves = { ArrowDown: at + 1, ArrowUp: at < 0 ? found.length - 1 : at - 1 };
    if (event.key in moves) choose(moves[event.key] < found.length ? moves[event.key] : -1);
    else if (event.key === "Enter" && at >= 0) location.assign(found[at].url);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) location.assign(found[[...list.children].indexOf(item)].url);
  });
}

document.querySelectorAll("input[data-suggest]").forEach(attach);
