// Comfort for the report form: smaller photos, the telephone's position, and a queue that waits for a network.
"use strict";
const form = document.getElementById("report"), words = document.getElementById("words").dataset;
const queue = document.getElementById("queue"), row = document.getElementById("row");
const EDGE = 1600, QUALITY = 0.75, KEEP = 30 * 86400e3, PATIENCE = 60000;
let photo = null, sending = false;

// A page that was kept may be opened many times: each report has a key of its own.
const fresh = () => { form.key.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""); };
const say = (id, text) => { document.getElementById(id).textContent = text; };

form.photo.addEventListener("change", async () => {
  photo = null; say("shrunk", "");
  const [file] = form.photo.files;
  if (!file) return;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (small && file === form.photo.files[0] && small.size < file.size) {
      photo = small;
      say("shrunk", words.shrunk.replace("{before}", Math.ceil(file.size / 1024)).replace("{after}", Math.ceil(small.size / 1024)));
    }
  } catch { /* the server says what is wrong with it */ }
});

const locate = document.getElementById("locate");
if (navigator.geolocation && isSecureContext) {
  locate.hidden = false;
  locate.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    form.lon.value = coords.longitude; form.lat.value = coords.latitude;
    if (form.unit) form.unit.required = false;
    say("located", words.located.replace("{metres}", Math.round(coords.accuracy)));
  }, () => say("located", words.nowhere), { enableHighAccuracy: true, timeout: 15000 }));
}

const opened = new Promise((done, failed) => {
  const request = indexedDB.open("bihuan", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("reports", { keyPath: "id" });
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});
const store = async (mode, act) => {
  const reports = (await opened).transaction("reports", mode).objectStore("reports"), request = act(reports);
  return new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
};
const all = () => store("readonly", (reports) => reports.getAll());
const put = (report) => store("readwrite", (reports) => reports.put(report));
const drop = (id) => store("readwrite", (reports) => reports.delete(id));

// However slow the network: it is given up only when nothing has moved for a minute. Status 0: no answer.
const post = (url, body, moved) => new Promise((done) => {
  const request = new XMLHttpRequest();
  let timer;
  const alive = () => { clearTimeout(timer); timer = setTimeout(() => request.abort(), PATIENCE); };
  request.open("POST", url);
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", ({ loaded, total }) => { alive(); moved(total ? loaded / total : 0); });
  request.addEventListener("loadend", () => { clearTimeout(timer); done(request); });
  alive();
  request.send(body);
});

const send = async (report) => {
  const body = new FormData();
  for (const [name, value] of report.fields) body.append(name, value, ...(value instanceof Blob ? [report.file || "photo.jpg"] : []));
  const { status, response } = await post(report.url, body, (share) => {
    const state = queue.querySelector(`[data-id="${report.id}"] .state`);
    if (state) state.textContent = `${words.sending} ${Math.floor(share * 100)} %`;
  });
  const said = response || {};
  if (!status) return { ...report, state: "waiting", why: words.offline };
  if (status < 300) return { ...report, fields: [], state: "sent", number: said.number, code: said.code, next: said.next };
  const later = status >= 500 || status === 408 || status === 429;
  return { ...report, state: later ? "waiting" : "failed", why: said.detail || "" };
};

const flush = async () => {
  if (sending) return;
  sending = true;
  try {
    for (const report of (await all()).filter((one) => one.state === "waiting")) { await put(await send(report)); await show(); }
  } finally { sending = false; }
};
// Two pages of one browser do not send at once; if they did, the key makes it one report.
const sendWaiting = () => (navigator.locks ? navigator.locks.request("bihuan", flush) : flush());

const show = async () => {
  const reports = (await all()).sort((a, b) => b.at - a.at);
  queue.querySelectorAll(".card").forEach((card) => card.remove());
  queue.hidden = !reports.length;
  for (const report of reports) {
    if (report.state === "sent" && Date.now() - report.at > KEEP) { await drop(report.id); continue; }
    const card = row.content.cloneNode(true).firstElementChild, part = (name) => card.querySelector(`.${name}`);
    card.dataset.state = report.state; card.dataset.id = report.id;
    card.classList.add(report.state === "sent" ? "good" : report.state === "failed" ? "error" : "place");
    part("state").textContent = words[report.state];
    part("what").textContent = [report.what, report.number].filter(Boolean).join(" · ");
    part("why").textContent = report.state === "sent" ? `${words.keep} ${report.next || ""}` : report.why || "";
    if (report.code) {
      part("code").textContent = `${report.code.slice(0, 5)} ${report.code.slice(5)}`; part("code").hidden = false;
      part("look").href = `/q#${report.code}`; part("look").hidden = false;
    }
    const again = part("again"), gone = part("drop");
    again.hidden = report.state !== "failed"; gone.hidden = report.state === "waiting";
    again.addEventListener("click", async () => { await put({ ...report, state: "waiting", why: "" }); await show(); sendWaiting(); });
    gone.addEventListener("click", async () => { await drop(report.id); await show(); });
    queue.append(card);
  }
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button.main"), chosen = form.querySelector("[name=condition]:checked");
  button.disabled = true;
  const fields = [...new FormData(form)].filter(([name, value]) => name !== "photo" || value.size);
  if (photo) fields.find(([name]) => name === "photo")[1] = photo;
  const file = photo ? "photo.jpg" : (form.photo.files[0] || {}).name;
  try {
    await put({ id: form.key.value, url: form.action, fields, file, what: chosen.parentElement.textContent.trim(), state: "waiting", at: Date.now() });
  } catch {
    form.submit(); // a browser that keeps nothing sends the form as it is
    return;
  }
  form.reset(); photo = null; say("shrunk", ""); say("located", ""); form.lon.value = form.lat.value = "";
  fresh(); await show(); button.disabled = false;
  queue.scrollIntoView();
  await sendWaiting();
});

fresh();
opened.then(() => { show(); sendWaiting(); }, () => {});
addEventListener("online", sendWaiting);
document.addEventListener("visibilitychange", () => { if (!document.hidden) sendWaiting(); });
setInterval(sendWaiting, 30000);
if (navigator.serviceWorker) navigator.serviceWorker.register("/r/sw.js").catch(() => {});
