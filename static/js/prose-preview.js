// Shows beside each text of the desk what readers will see of it, as it is typed. Nothing is asked for a text that is
// folded away, and whatever goes wrong is said in a sentence below the text.

const PAUSE = 400; // milliseconds without a key until the preview follows

const asking = new WeakMap();
const timers = new WeakMap();

async function draw(box) {
  const text = box.querySelector("textarea");
  asking.get(box)?.abort();
  const { signal } = asking.set(box, new AbortController()).get(box);
  try {
    const answer = await fetch(text.dataset.markdownxUrlsPath, {
      method: "POST",
      headers: { "X-CSRFToken": text.form.elements.csrfmiddlewaretoken.value },
      body: new URLSearchParams({ content: text.value }),
      signal,
    });
    const drawn = await answer.text();
    if (answer.ok) box.querySelector(".markdownx-preview").innerHTML = drawn;
    tell(box, answer.ok ? "" : reason(answer, drawn));
  } catch {
    if (!signal.aborted) tell(box, "The site can’t be reached, so the preview stands still. What you type is kept.");
  }
}

function reason(answer, sentence) {
  if (answer.headers.get("Content-Type")?.startsWith("text/plain")) return sentence;
  return "The preview can’t be drawn just now. What you type is kept: save it, or open the page again.";
}

function tell(box, sentence) {
  let place = box.querySelector(".markdownx-status");
  if (!place && !sentence) return;
  if (!place) {
    place = document.createElement("p");
    place.className = "markdownx-status";
    place.setAttribute("role", "status");
    box.append(place);
  }
  place.textContent = sentence;
}

const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target);
  }
});
const watch = (root) => root.querySelectorAll(".markdownx").forEach((box) => seen.observe(box));

watch(document);
document.addEventListener("formset:added", (event) => watch(event.target));
document.addEventListener("input", (event) => {
  const box = event.target.matches("textarea") && event.target.closest(".markdownx");
  if (!box) return;
  clearTimeout(timers.get(box));
  timers.set(box, setTimeout(draw, PAUSE, box));
});
