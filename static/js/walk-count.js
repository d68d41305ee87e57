// Counts a stop of a walk when its page is opened, and a way on to another article when it is taken. What is sent is
// the stop's code, nothing about the reader. Going back, reloading and returning from the thanks for a report show a
// stop that was counted already.

const count = (code) => navigator.sendBeacon("/triage/seen", new URLSearchParams({ code }));

const stop = document.querySelector("main[data-walk]");
const [visit] = performance.getEntriesByType("navigation");
const isNew = (!visit || visit.type === "navigate") && !/\/thanks\/(\?|$)/.test(document.referrer);

if (stop && isNew) {
  if (document.prerendering) {
    document.addEventListener("prerenderingchange", () => count(stop.dataset.walk), { once: true });
  } else {
    count(stop.dataset.walk);
  }
}

document.addEventListener("click", (event) => {
  const way = event.target.closest("a[data-walk]");
  if (way) count(way.dataset.walk);
});
