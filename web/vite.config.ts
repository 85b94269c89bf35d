// Builds the three pages into the server's static folder, with hashed names and .gz beside each file.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const out = resolve(import.meta.dirname, "../src/manyhands/server/static");
const page = (name: string) => resolve(import.meta.dirname, `${name}.html`);

/** Compress once at build time what the server would else compress at each request. */
function precompress(): Plugin {
  const compress = (folder: string) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) compress(path);
      else if (/\.(js|css|html|svg)$/.test(name))
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    }
  };
  return { name: "precompress", apply: "build", closeBundle: () => compress(out) };
}

export default defineConfig({
  base: "/static/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [precompress()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: out,
    emptyOutDir: true,
    manifest: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        annotate: page("annotate"),
        lead: page("lead"),
        review: page("review"),
        sw: resolve(import.meta.dirname, "src/offline/sw.ts"),
      },
      output: {
        // The service worker keeps one address for ever: browsers compare it with the one they hold.
        entryFileNames: chunk => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
