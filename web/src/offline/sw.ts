// The service worker: with it the page opens and shows slices without the network. Built files and
// slices never change under their address, so they come from the cache; pages come from the network
// while there is one; the API is never cached, for answers have their own way (outbox.ts).
export {};

declare const self: ServiceWorkerGlobalScope;

const SHELL = "shell";
const SLICE = /^\/api\/v1\/tasks\/([^/]+)\/(slices\/|strip)/;

self.addEventListener("install", event =>
  event.waitUntil(keepShell().then(() => self.skipWaiting())),
);
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", event => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  const task = SLICE.exec(pathname)?.[1];
  if (task) event.respondWith(cacheFirst(`slices ${task}`, event.request));
  else if (pathname.startsWith("/static/")) event.respondWith(cacheFirst(SHELL, event.request));
  else if (pathname === "/annotate") event.respondWith(networkFirst(event.request));
});

/** The page and every file it may load, also later: the build lists them. */
async function keepShell(): Promise<void> {
  const cache = await caches.open(SHELL);
  const listed = await fetch("/static/.vite/manifest.json").then(
    answer => answer.json() as Promise<Built>,
  );
  const wanted = Object.values(listed).filter(({ src }) => !/lead|review|sw\.ts/.test(src ?? ""));
  const files = wanted.flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets]);
  const old = await cache.keys();
  await cache.addAll(["/annotate", ...new Set(files.map(file => `/static/${file}`))]);
  const current = new Set(files.map(file => `/static/${file}`));
  for (const request of old) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/static/assets/") && !current.has(pathname))
      await cache.delete(request);
  }
}

type Built = Record<string, { file: string; src?: string; css?: string[]; assets?: string[] }>;

async function cacheFirst(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(name);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await cache.put("/annotate", answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match("/annotate");
    if (kept) return kept;
    throw error;
  }
}
