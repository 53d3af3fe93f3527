// Draws the diagram of a case with where its tokens stand. The table below it says the same in words.
"use strict";
const COLOURS = { active: "here", incident: "failed", completed: "passed" };

async function draw(canvas) {
  const answer = await fetch(canvas.dataset.diagram, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const { xml, elements } = await answer.json();
  const viewer = new BpmnJS({ container: canvas });
  await viewer.importXML(xml);
  const board = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  for (const [id, counts] of Object.entries(elements)) {
    if (!viewer.get("elementRegistry").get(id)) continue;
    for (const [kind, name] of Object.entries(COLOURS)) if (counts[kind]) board.addMarker(id, name);
    const drawn = viewer.get("elementRegistry").get(id);
    if (counts.heat) board.addMarker(id, `heat-${counts.heat}`);
    // What is drawn inside stays to be seen.
    if (counts.heat && drawn.type === "bpmn:SubProcess" && !drawn.collapsed) board.addMarker(id, "heat-around");
    if (counts.mark) board.addMarker(id, `mark-${counts.mark}`);
    if (!counts.label) continue;
    const note = document.createElement("div");
    note.className = counts.incident ? "badge failed" : counts.heat ? "badge heat" : "badge";
    note.textContent = counts.label;
    overlays.add(id, { position: { top: -14, left: 0 }, scale: { min: 1 }, html: note });
  }
  board.zoom("fit-viewport", "auto");
  // A long process is unreadable as a whole: show where the innermost token stands, the rest is a drag away.
  const registry = viewer.get("elementRegistry");
  const told = Object.entries(elements).filter(([id, counts]) => (counts.active || counts.heat || counts.mark) && registry.get(id));
  told.sort(([, one], [, other]) => (one.heat || 0) - (other.heat || 0));
  const current = told.map(([id]) => registry.get(id)).filter((one) => one.waypoints === undefined);
  // What lies within a collapsed sub-process is drawn on a plane of its own.
  const shape = current.filter((one) => one && board.findRoot(one) === board.getRootElement()).pop();
  const box = board.viewbox();
  if (shape && box.scale < 0.55) {
    const width = box.outer.width / 0.75, height = box.outer.height / 0.75;
    board.viewbox({ x: shape.x + shape.width / 2 - width / 2, y: shape.y + shape.height / 2 - height / 2, width, height });
  }
  canvas.dataset.drawn = "true";
}

for (const canvas of document.querySelectorAll("[data-diagram]")) {
  draw(canvas).catch(() => { canvas.classList.add("undrawn"); });
}

// Two clicks are one: a form that was sent cannot be sent again before the answer is here.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button[type=submit]")) {
    setTimeout(() => { button.disabled = true; }, 0);
  }
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[type=submit]")) button.disabled = false;
});

const all = document.querySelector("[data-check-all]");
if (all) all.addEventListener("change", () => {
  for (const box of document.querySelectorAll(`input[name="${all.dataset.checkAll}"]`)) box.checked = all.checked;
});
