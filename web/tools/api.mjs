// Writes src/api/schema.ts from openapi.json; with --check it only says whether the two agree.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../openapi.json", import.meta.url);
const target = new URL("../src/api/schema.ts", import.meta.url);

const head = "// Generated from openapi.json by `npm run api`. Do not edit.\n\n";
const wanted = head + astToString(await openapiTS(source));

if (!process.argv.includes("--check")) {
  writeFileSync(target, wanted);
} else if (readFileSync(target, "utf8") !== wanted) {
  console.error("src/api/schema.ts differs from openapi.json: run `npm run api` and commit it.");
  process.exit(1);
}
