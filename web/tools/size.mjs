// Refuses an annotator's page that grew above its limit. Counted, gzipped: its scripts and styles with
// everything they load, later or not, except the languages that this person does not read.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 40;
const out = new URL("../../src/manyhands/server/static/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", out), "utf8"));

function reach(key, files = new Set()) {
  const part = manifest[key];
  if (!part || files.has(part.file)) return files;
  files.add(part.file);
  for (const name of [...(part.css ?? []), ...(part.assets ?? [])]) files.add(name);
  const later = (part.dynamicImports ?? []).filter(name => !name.includes("/i18n/"));
  for (const next of [...(part.imports ?? []), ...later]) reach(next, files);
  return files;
}

const files = [...reach("annotate.html"), manifest["src/offline/sw.ts"].file];
let total = 0;
for (const file of files) {
  const bytes = gzipSync(readFileSync(new URL(file, out)), { level: 9 }).length;
  total += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} KB  ${file}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(7)} KB  of ${LIMIT_KB} KB, gzipped`);
if (total > LIMIT_KB * 1000) {
  console.error(`The annotator's page has ${total} bytes gzipped, above ${LIMIT_KB} KB.`);
  process.exit(1);
}
