// Keeps the report forms of the plates that were opened, so that they open without a network. Nothing personal is kept.
const KEPT = `bihuan-${BUILD}`;
const PARTS = [`/citizens/citizens.css?${BUILD}`, `/citizens/report.js?${BUILD}`];
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(PARTS)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { request } = event, { pathname } = new URL(request.url);
  if (request.method !== "GET" || !(request.mode === "navigate" ? pathname.startsWith("/r/") : pathname.startsWith("/citizens/"))) return;
  event.respondWith(fetch(request).then((answer) => {
    if (answer.ok) { const copy = answer.clone(); event.waitUntil(caches.open(KEPT).then((cache) => cache.put(request, copy))); }
    return answer;
  }).catch(async () => (await caches.match(request)) || Response.error()));
});
