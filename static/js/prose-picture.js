// Puts pictures into the texts of the desk: by the button below a text, pasted, or dropped onto it. What the picture
// shows is asked first; then it is uploaded, and its Markdown is written where the cursor was.

const template = document.querySelector("[data-picture-box]");

function equip(text) {
  const box = template.content.firstElementChild.cloneNode(true);
  const [file, words] = box.querySelectorAll("input");
  const status = box.querySelector("[role=status]");
  let isBusy = false;

  const take = (event, files) => {
    const picture = [...(files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!picture) return;
    event.preventDefault();
    const chosen = new DataTransfer();
    chosen.items.add(picture);
    file.files = chosen.files;
    box.open = true;
    words.focus();
  };

  const insert = async () => {
    if (isBusy) return;
    if (!file.files.length || !words.value.trim()) {
      status.textContent = "Choose a picture and say what it shows, for people who don’t see it.";
      return;
    }
    isBusy = true;
    status.textContent = "Uploading…";
    status.textContent = await upload(text, file.files[0], words.value);
    isBusy = false;
    if (status.textContent) return;
    box.open = false;
    file.value = words.value = "";
    text.focus();
  };

  text.addEventListener("paste", (event) => take(event, event.clipboardData?.files));
  text.addEventListener("drop", (event) => take(event, event.dataTransfer?.files));
  text.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
  box.querySelector("button").addEventListener("click", insert);
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would save the whole page
    insert();
  });
  text.after(box);
}

async function upload(text, picture, words) {
  const body = new FormData();
  body.append("image", picture);
  body.append("alternative", words);
  const headers = { "X-CSRFToken": text.form.elements.csrfmiddlewaretoken.value };
  try {
    const answer = await fetch(text.dataset.markdownxUploadUrlsPath, { method: "POST", headers, body });
    const kind = answer.headers.get("Content-Type") ?? "";
    if (kind.startsWith("text/plain")) return await answer.text();
    const told = kind.startsWith("application/json") ? await answer.json() : {};
    if (answer.status === 400) return Object.values(told).flat().join(" ");
    if (!answer.ok || !told.image_code) return "The picture could not be uploaded. Save your text, then try once more.";
    insertParagraph(text, told.image_code);
    return "";
  } catch {
    return "The site can’t be reached, so the picture was not uploaded. Try once more in a minute.";
  }
}

function insertParagraph(text, code) {
  const before = text.value.slice(0, text.selectionStart);
  const after = text.value.slice(text.selectionEnd);
  const gap = before && !before.endsWith("\n\n") ? "\n\n" : "";
  const rest = after && !after.startsWith("\n\n") ? "\n\n" : "";
  text.setRangeText(gap + code + rest, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

const equipAll = (root) => root.querySelectorAll(".markdownx > textarea").forEach((text) => {
  if (!text.closest(".empty-form")) equip(text);
});

if (template) {
  equipAll(document);
  document.addEventListener("formset:added", (event) => equipAll(event.target));
}
