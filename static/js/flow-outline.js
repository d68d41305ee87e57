// In the outline of a flow: a new line begins where the one before it did, and a fault leads to its line.

const text = document.querySelector("[data-outline]");

text?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.ctrlKey || event.metaKey) return;
  const before = text.value.slice(text.value.lastIndexOf("\n", text.selectionStart - 1) + 1, text.selectionStart);
  const indent = before.match(/^[ \t]*/)[0];
  // The only way to type for somebody that they can take back.
  if (indent && document.execCommand("insertText", false, `\n${indent}`)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const line = Math.min(Number(link.dataset.line), lines.length) - 1;
  const start = lines.slice(0, line).reduce((length, { length: more }) => length + more + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + lines[line].length);
  text.scrollTop = (text.scrollHeight * line) / lines.length - text.clientHeight / 2;
});
