// On the page of a flow: room for more answers at one press, and the present stop in sight on the map.

const rows = document.querySelector("[data-answers]");
const more = document.querySelector("[data-more]");
const total = document.querySelector("input[name=answers-TOTAL_FORMS]");
const most = document.querySelector("input[name=answers-MAX_NUM_FORMS]");

const update = () => { more.parentElement.hidden = Number(total.value) >= Number(most.value); };

more?.addEventListener("click", (event) => {
  const row = document.querySelector("template[data-answer]").content.cloneNode(true);
  for (const element of row.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes("__prefix__")) element.setAttribute(name, value.replaceAll("__prefix__", total.value));
    }
  }
  rows.append(row);
  total.value = Number(total.value) + 1;
  update();
  if (event.isTrusted) rows.lastElementChild.querySelector("input").focus();
});
if (more) update();

const map = document.querySelector(".map");
const here = map?.querySelector("[aria-current]");
if (here) {
  const [box, frame] = [here.getBoundingClientRect(), map.getBoundingClientRect()];
  map.scrollTop += box.top - frame.top - (frame.height - box.height) / 2;
}
