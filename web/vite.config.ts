// Builds the pages into the server's static folder, with hashed names and .gz beside each file. The
// annotator's page is built for itself, so that it carries nothing of the other two: `vite build`, then
// `vite build --mode lead`.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const out = resolve(import.meta.dirname, process.env.STATIC ?? "../src/manyhands/server/static");
const source = (name: string) => resolve(import.meta.dirname, name);

const PAGES: Record<string, Record<string, string>> = {
  production: { annotate: source("annotate.html"), sw: source("src/offline/sw.ts") },
  lead: { lead: source("lead.html"), review: source("review.html") },
};

/** Vite's loader of styles and preloads for split code: there are none, so a plain import will do. */
function plainImports(): Plugin {
  return {
    name: "plain-imports",
    apply: "build",
    enforce: "pre",
    load: id =>
      id.endsWith("vite/preload-helper.js") ? "export const __vitePreload = load => load();" : null,
  };
}

/** One file for all that is needed at once: it compresses better than several. */
const AT_ONCE = {
  name: "page",
  test: (id: string) =>
    !/Dialog|EdgeBar|Loupe|Practice|SaveReasons|more\.en|annotate\.de|sw\.ts|worker/.test(id),
};

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

export default defineConfig(({ mode }) => ({
  base: "/static/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [...(mode === "production" ? [plainImports()] : []), precompress()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: out,
    emptyOutDir: mode === "production",
    manifest: mode === "production" ? ".vite/manifest.json" : `.vite/${mode}.json`,
    modulePreload: false,
    cssCodeSplit: mode !== "production",
    rolldownOptions: {
      input: PAGES[mode] ?? {},
      output: {
        // The service worker keeps one address for ever: browsers compare it with the one they hold.
        ...(mode === "production" ? { codeSplitting: { groups: [AT_ONCE] } } : {}),
        entryFileNames: chunk => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8765" } },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
}));
