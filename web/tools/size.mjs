// Refuses an annotator's page that grew above its limit. Counted, gzipped: every script and style that
// is there before work can begin. What is loaded when it is opened (dialogs, practice, other languages)
// is listed below the sum.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 40;
const out = resolve(import.meta.dirname, process.env.STATIC ?? "../../src/manyhands/server/static");
const manifest = JSON.parse(readFileSync(`${out}/.vite/manifest.json`, "utf8"));
const parts = Object.values(manifest);

const isLater = part => part.isDynamicEntry;
const filesOf = part => [part.file, ...(part.css ?? []), ...(part.assets ?? [])];
const sizeOf = file => gzipSync(readFileSync(`${out}/${file}`), { level: 9 }).length;

function list(chosen) {
  const files = [...new Set(chosen.flatMap(filesOf))];
  let total = 0;
  for (const file of files) {
    total += sizeOf(file);
    console.log(`${(sizeOf(file) / 1000).toFixed(1).padStart(7)} KB  ${file}`);
  }
  return total;
}

const total = list(parts.filter(part => !isLater(part)));
console.log(`${(total / 1000).toFixed(1).padStart(7)} KB  at once, of ${LIMIT_KB} KB\n`);
list(parts.filter(isLater));
if (total > LIMIT_KB * 1000) {
  console.error(`The annotator's page has ${total} bytes gzipped, above ${LIMIT_KB} KB.`);
  process.exit(1);
}
