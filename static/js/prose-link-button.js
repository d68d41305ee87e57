// A button below each large text of the desk that begins a link where the cursor is; selected words become its words.
// Where it may lead is then offered by prose-link.js.

function equip(text) {
  const row = document.createElement("div");
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: "Link" });
  button.addEventListener("click", () => {
    const { selectionStart: start, selectionEnd: end } = text;
    const words = text.value.slice(start, end);
    text.setRangeText(words ? `[[|${words}]]` : "[[", start, end);
    text.setSelectionRange(start + 2, start + 2);
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  row.className = "prose-link";
  row.append(button);
  text.after(row);
}

const equipAll = (root) => root.querySelectorAll(".markdownx > textarea[data-links]").forEach((text) => {
  if (!text.closest(".empty-form")) equip(text);
});

equipAll(document);
document.addEventListener("formset:added", (event) => equipAll(event.target));
