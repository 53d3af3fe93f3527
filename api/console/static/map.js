// Draws the grids from their boundaries and colours them by the rows of the table beside, which says the same in words.
"use strict";
const numberFormat = new Intl.NumberFormat();

function shade(board, rows) {
  board.eachLayer((layer) => {
    if (!layer.feature) return;
    const row = rows[layer.feature.id];
    const path = layer.getElement();
    if (!row || !path) return;
    const { shade, number, said } = row.dataset;
    path.setAttribute("class", `leaflet-interactive grid shade-${shade}`);
    path.setAttribute("aria-label", said);
    layer.setTooltipContent(number === "0" ? "" : numberFormat.format(Number(number)));
    const label = layer.getTooltip().getElement();
    if (label) label.hidden = number === "0";
    path.querySelector("title").textContent = said;
  });
}

function rowsOf(canvas) {
  const found = {};
  for (const row of document.querySelectorAll(`#${canvas.dataset.rows} [data-place]`)) found[row.dataset.place] = row;
  return found;
}

async function drawMap(canvas) {
  const answer = await fetch(canvas.dataset.map);
  if (!answer.ok) throw new Error(String(answer.status));
  const grids = await answer.json();
  const linked = canvas.dataset.still === undefined;
  // The wheel belongs to the page: who wants to see more uses + and −.
  const board = L.map(canvas, { attributionControl: false, scrollWheelZoom: false, zoomControl: linked, dragging: linked, keyboard: false, doubleClickZoom: linked, boxZoom: false, zoomSnap: 0.1, fadeAnimation: false, zoomAnimation: false });
  const layer = L.geoJSON(grids, { style: { weight: 1, color: "#5a6675", fillOpacity: 1 }, onEachFeature: (one, path) => path.bindTooltip("", { permanent: true, direction: "center", className: "grid-number" }) });
  // What is hidden has no size, and nothing fits into it.
  const fit = () => { board.invalidateSize(); if (board.getSize().x > 16 && board.getSize().y > 16) board.fitBounds(layer.getBounds(), { padding: [8, 8] }); };
  board.fitBounds(layer.getBounds(), { padding: [8, 8] });
  layer.addTo(board);
  layer.eachLayer((one) => {
    const path = one.getElement();
    path.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "title"));
    path.setAttribute("role", linked ? "link" : "img");
    if (!linked) return;
    path.setAttribute("tabindex", "0");
    const open = () => { const link = rowsOf(canvas)[one.feature.id]?.querySelector("a"); if (link) location.assign(link.href); };
    one.on("click", open);
    path.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
  });
  shade(board, rowsOf(canvas));
  addEventListener("resize", fit);
  document.addEventListener("refreshed", () => shade(board, rowsOf(canvas)));
  canvas.dataset.drawn = "true";
}

for (const canvas of document.querySelectorAll("[data-map]")) {
  drawMap(canvas).catch(() => { canvas.classList.add("undrawn"); });
}
