// Reads the page anew when the server says that something has changed, and puts what differs in its place.
// A list does not move under the finger: it says how many are new, and a link shows them.
"use strict";
const SOONEST = 5000; // milliseconds between two looks
const address = document.currentScript.dataset.stream;
let source = null, waiting = null, looked = 0, over = false;

function say(state) {
  const place = document.querySelector("[data-live-state]");
  if (!place) return;
  place.hidden = false;
  place.textContent = place.dataset[`live${state}`];
  place.classList.toggle("off", state !== "On");
}

function stop(state) {
  if (source) source.close();
  source = null;
  if (waiting) clearTimeout(waiting);
  waiting = null;
  if (state) say(state);
}

function listen() {
  if (source || over || document.hidden) return;
  source = new EventSource(address);
  source.addEventListener("open", () => { say("On"); soon(); });
  source.addEventListener("change", soon);
  source.addEventListener("over", () => { over = true; stop("Over"); });
  source.addEventListener("error", () => {
    if (source && source.readyState === EventSource.CLOSED) { over = true; stop("Over"); } else say("Off");
  });
}

// Not all pages at the same moment.
function soon() {
  if (waiting || over) return;
  waiting = setTimeout(() => { waiting = null; refresh().catch(() => say("Off")); }, Math.max(0, looked + SOONEST - Date.now()) + Math.random() * 400);
}

async function refresh() {
  looked = Date.now();
  const answer = await fetch(location.href, { headers: { "x-live": "1" } });
  if (answer.redirected) { over = true; stop("Over"); return; }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!now || isUsed(part)) continue;
    if (part.dataset.liveList !== undefined) tell(part, now);
    else if (part.innerHTML !== now.innerHTML) replace(part, now);
  }
  document.dispatchEvent(new Event("refreshed"));
}

// Somebody types in it or marks text in it.
function isUsed(part) {
  const marked = getSelection();
  return (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"))
    || (!marked.isCollapsed && part.contains(marked.anchorNode));
}

function replace(part, now) {
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.replaceChildren(...now.childNodes);
  if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function tell(part, now) {
  const keys = (of) => new Set(Array.from(of.querySelectorAll("[data-key]"), (row) => row.dataset.key));
  const mine = keys(part), theirs = keys(now);
  const added = [...theirs].filter((key) => !mine.has(key)).length;
  const gone = [...mine].filter((key) => !theirs.has(key)).length;
  const news = document.querySelector("[data-live-news]");
  const said = [[added, news.dataset.new], [gone, news.dataset.gone]].filter(([number]) => number);
  news.hidden = said.length === 0;
  news.querySelector("span").textContent = said.map(([number, text]) => text.replace("{n}", number)).join(" · ");
}

document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else listen(); });
addEventListener("pagehide", () => stop());
addEventListener("pageshow", listen);
listen();
