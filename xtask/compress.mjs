// Puts a .br and a .gz beside every built file that shrinks by it, and adds up what a browser will download.
// Here rather than in Rust, so that xtask needs no compression crates: Node.js brings both formats.
//
//   node xtask/compress.mjs DIR                  compress and report
//   node xtask/compress.mjs DIR --budget BYTES   compress nothing, fail if all files together weigh more

import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const compressible = new Set([
  ".css", ".ftl", ".html", ".ico", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".wasm", ".webmanifest", ".xml",
]);
// Below this the answer fits one packet anyway.
const worthwhileBytes = 256;

const [folder, option, budgetText] = process.argv.slice(2);
const budget = option === "--budget" ? Number(budgetText) : undefined;

const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .filter((file) => ![".br", ".gz"].includes(extname(file)))
  .sort();

const compressBrotli = (bytes) =>
  promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

async function compress(file) {
  const bytes = await readFile(file);
  if (!compressible.has(extname(file)) || bytes.length < worthwhileBytes) return;
  const [brotli, gzipped] = await Promise.all([compressBrotli(bytes), promisify(gzip)(bytes, { level: 9 })]);
  if (brotli.length < bytes.length) await writeFile(`${file}.br`, brotli);
  if (gzipped.length < bytes.length) await writeFile(`${file}.gz`, gzipped);
}

const size = (file) => stat(file).then((found) => found.size, () => undefined);

if (budget === undefined) await Promise.all(files.map(compress));

let total = 0;
for (const file of files) {
  const plain = await size(file);
  const sent = (await size(`${file}.br`)) ?? plain;
  total += sent;
  console.log(`   ${String(plain).padStart(9)} → ${String(sent).padStart(7)} bytes  ${relative(folder, file)}`);
}
console.log(`   all together ${total} bytes${budget === undefined ? "" : ` of ${budget} allowed`}`);
if (budget !== undefined && !(total <= budget)) {
  console.error("The browser's part is over its budget: see what grew, or say in docs/adr/ why it had to.");
  process.exitCode = 1;
}
