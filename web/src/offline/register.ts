/** Start the service worker, where there can be one: https, or this very machine. */
export function registerWorker(): void {
  if (!import.meta.env.PROD) return;
  navigator.serviceWorker?.register("/sw.js").catch(() => {
    // Without it the page works online; the outbox needs no worker.
  });
}
