// Draws the diagram of a case with where its tokens stand. The table below it says the same in words.
"use strict";
const FAR = 0.45; // of its size
const COLOURS = { active: "here", incident: "failed", completed: "passed" };

// What is drawn comes with the page, or from an address.
async function asked({ given, diagram }) {
  if (given) return JSON.parse(given);
  const answer = await fetch(diagram, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function draw(canvas) {
  const { xml, elements, flows = {}, back = [], called = {} } = await asked(canvas.dataset);
  const viewer = new BpmnJS({ container: canvas });
  await viewer.importXML(xml);
  const board = viewer.get("canvas"), overlays = viewer.get("overlays"), registry = viewer.get("elementRegistry");
  const note = (id, text, kind, position, scale = true) => {
    const badge = document.createElement("div");
    badge.className = `badge ${kind}`;
    badge.textContent = text;
    overlays.add(id, { position, scale, html: badge });
  };
  // What lies within a collapsed sub-process is on a plane of its own: its clock and its faults show at the sub-process as well.
  const outside = (id) => {
    for (let shape = registry.get(id); shape; shape = registry.get(board.findRoot(shape).businessObject.id)) {
      if (board.findRoot(shape) === board.getRootElement()) return shape.id;
      if (board.findRoot(shape).businessObject.id === shape.id) break;
    }
    return id;
  };
  for (const [id, counts] of Object.entries(elements)) {
    const above = outside(id);
    if (counts.findings && above !== id) {
      const at = elements[above] ??= { findings: 0 };
      at.findings += counts.findings;
      at.incident ||= counts.incident;
      if (!at.incident) at.mark = "within";
    }
    if (counts.below && above !== id && elements[above]) Object.assign(elements[above], { below: counts.below, light: counts.light });
  }
  for (const [id, counts] of Object.entries(elements)) {
    if (!registry.get(id)) continue;
    if (counts.findings) counts.label = `! ${counts.findings}`;
    for (const [kind, name] of Object.entries(COLOURS)) if (counts[kind]) board.addMarker(id, name);
    const drawn = registry.get(id);
    if (counts.heat) board.addMarker(id, `heat-${counts.heat}`);
    // What is drawn inside stays to be seen.
    if (counts.heat && drawn.type === "bpmn:SubProcess" && !drawn.collapsed) board.addMarker(id, "heat-around");
    if (counts.mark) board.addMarker(id, `mark-${counts.mark}`);
    if (counts.label) note(id, counts.label, counts.incident ? "failed" : counts.heat ? "heat" : counts.active ? "" : "over", { top: -14, left: 0 }, { min: 1 });
    if (counts.below) note(id, counts.below, `clock ${counts.light}`, { top: -36, left: 0 });
  }
  for (const [id, number] of Object.entries(flows)) {
    const flow = registry.get(id);
    if (!flow) continue;
    board.addMarker(id, back.includes(id) ? "returned" : "taken");
    if (back.includes(id)) note(id, `↩ ×${number}`, "returned", middle(flow));
  }
  for (const id of Object.keys(called)) if (registry.get(id)) board.addMarker(id, "called");
  viewer.on("element.click", ({ element }) => {
    if (canvas.dataset.pick) pick(canvas, element.id, elements[element.id]);
    else if (called[element.id]) location.href = called[element.id];
  });
  board.zoom("fit-viewport", "auto");
  // A long process is unreadable as a whole: show where the innermost token stands, the rest is a drag away.
  const told = Object.entries(elements).filter(([id, counts]) => (counts.active || counts.heat || counts.mark || counts.findings) && registry.get(id));
  told.sort(([, one], [, other]) => (one.heat || 0) - (other.heat || 0));
  const current = told.map(([id]) => registry.get(id)).filter((one) => one.waypoints === undefined);
  // What lies within a collapsed sub-process is drawn on a plane of its own.
  const shape = current.filter((one) => one && board.findRoot(one) === board.getRootElement()).pop();
  const box = board.viewbox();
  if (shape && box.scale < 0.55) {
    const width = box.outer.width / 0.75, height = box.outer.height / 0.75;
    board.viewbox({ x: shape.x + shape.width / 2 - width / 2, y: shape.y + shape.height / 2 - height / 2, width, height });
  }
  if (canvas.dataset.zoomIn) zoomButtons(canvas, board);
  // From afar the numbers of what is over would cover each other, and what is drawn.
  const far = () => canvas.classList.toggle("far", board.zoom() < FAR);
  viewer.on("canvas.viewbox.changed", far);
  far();
  canvas.dataset.drawn = "true";
}

// Where the longest stretch of an arrow has its middle, beside the corner of what the arrow is drawn in.
function middle({ waypoints }) {
  let best = { length: -1 };
  for (let at = 1; at < waypoints.length; at += 1) {
    const [from, to] = [waypoints[at - 1], waypoints[at]];
    const length = Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
    if (length > best.length) best = { length, x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  }
  const left = Math.min(...waypoints.map(({ x }) => x)), top = Math.min(...waypoints.map(({ y }) => y));
  return { left: best.x - left - 18, top: best.y - top - 10 };
}

// A click chooses in the form what could be chosen from its lists as well.
function pick(canvas, id, counts) {
  const name = counts && counts.active ? canvas.dataset.pickFrom : canvas.dataset.pick;
  const list = document.querySelector(`select[name="${name}"]`);
  const option = list && [...list.options].find(({ value, text }) => value === id || text.endsWith(`(${id})`));
  if (option) list.value = option.value;
}

function zoomButtons(canvas, board) {
  const row = document.createElement("div");
  row.className = "zoom";
  const steps = { zoomIn: ["+", () => board.zoom(board.zoom() * 1.25)], zoomOut: ["−", () => board.zoom(board.zoom() / 1.25)], zoomFit: ["⤢", () => board.zoom("fit-viewport", "auto")] };
  for (const [name, [sign, act]] of Object.entries(steps)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.title = canvas.dataset[name];
    button.setAttribute("aria-label", canvas.dataset[name]);
    button.addEventListener("click", act);
    row.append(button);
  }
  canvas.append(row);
}

for (const canvas of document.querySelectorAll("[data-diagram], [data-given]")) {
  draw(canvas).catch(() => { canvas.classList.add("undrawn"); });
}

// Two clicks are one: a form that was sent cannot be sent again before the answer is here.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button[type=submit]")) {
    setTimeout(() => { button.disabled = true; }, 0);
  }
});
// What was sent is kept in this tab until it has arrived: a session that ended meanwhile costs nobody what they typed.
const KEPT = "kept ";
if (new URLSearchParams(location.search).has("done")) {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(KEPT)) sessionStorage.removeItem(name);
}
for (const form of document.querySelectorAll("form[data-keep]")) {
  const name = KEPT + form.dataset.keep;
  const kept = JSON.parse(sessionStorage.getItem(name));
  for (const one of kept ? form.elements : []) {
    const values = kept.filter(([field]) => field === one.name).map(([, value]) => value);
    if (one.type === "radio" || one.type === "checkbox") one.checked = values.includes(one.value);
    else if (values.length && one.type !== "file") [one.value] = values;
  }
  form.addEventListener("submit", () => {
    sessionStorage.setItem(name, JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string")));
  });
}
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[type=submit]")) button.disabled = false;
});

// Photos straight from a camera are larger than what is kept of them: they are made smaller before they are sent.
async function smaller(file, edge) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, edge / Math.max(picture.width, picture.height)), canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return small && small.size < file.size ? new File([small], file.name, { type: small.type }) : file;
}
for (const input of document.querySelectorAll("input[type=file][data-edge]")) input.addEventListener("change", async () => {
  const buttons = input.form.querySelectorAll("button[type=submit]"), kept = new DataTransfer();
  for (const button of buttons) button.disabled = true;
  // What is no picture stays as it is: the server says what is wrong with it.
  for (const file of input.files) kept.items.add(await smaller(file, Number(input.dataset.edge)).catch(() => file));
  input.files = kept.files;
  for (const button of buttons) button.disabled = false;
});

// On a telephone the navigation and tabs are wider than the screen: where one is can be seen.
for (const row of document.querySelectorAll(".side, .tabs")) {
  const here = row.querySelector("[aria-current]");
  if (here && row.scrollWidth > row.clientWidth) row.scrollLeft += here.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - here.offsetWidth) / 2;
}

const all = document.querySelector("[data-check-all]");
if (all) all.addEventListener("change", () => {
  for (const box of document.querySelectorAll(`input[name="${all.dataset.checkAll}"]`)) box.checked = all.checked;
});

// What scrolls sideways can be reached by the keyboard, and only then is a stop of the Tab key.
const scrolling = new ResizeObserver((boxes) => {
  for (const { target } of boxes) {
    if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".table, .tabs, .steps")) scrolling.observe(box);
