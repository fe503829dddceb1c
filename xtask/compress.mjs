// Puts a .br and a .gz beside every built file that shrinks by it, and adds up what a browser will download.
// Here rather than in Rust, so that xtask needs no compression crates: Node.js brings both formats.
//
//   node xtask/compress.mjs DIR                  compress and report
//   node xtask/compress.mjs DIR --budget A B C   compress nothing; fail if a first visit weighs more than A bytes with
//                                                a public page, B with the home page, or C with any other page

import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const compressible = new Set([
  ".bin", ".css", ".ftl", ".html", ".ico", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".wasm", ".webmanifest", ".xml",
]);
// Below this the answer fits one packet anyway.
const worthwhileBytes = 256;

const [folder, option, ...budgetTexts] = process.argv.slice(2);
const budgets = option === "--budget" ? budgetTexts.map(Number) : undefined;

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

if (budgets === undefined) await Promise.all(files.map(compress));

const parts = [];
const sentBytes = async (file) => (await size(`${file}.br`)) ?? (await size(file));
const start = { bytes: 0 };
// A reader fetches the texts of one language: the larger counts.
let texts = 0;
for (const file of files) {
  const sent = await sentBytes(file);
  const [, part] = /^part_(\w+)\.bin$/.exec(basename(file)) ?? [];
  if (extname(file) === ".ftl") texts = Math.max(texts, sent);
  else if (part) parts.push([part, sent]);
  else start.bytes += sent;
  console.log(`   ${String(await size(file)).padStart(9)} → ${String(sent).padStart(7)} bytes  ${relative(folder, file)}`);
}

start.bytes += texts;

parts.sort((a, b) => b[1] - a[1]);
// Who signs in arrives at the home page; the other parts are fetched when they are opened.
const visits = [
  ["the start", start.bytes, 0],
  ...parts.map(([part, bytes]) => [`the start and ${part}`, start.bytes + bytes, part === "arriving" ? 1 : 2]),
];
visits.forEach(([what, bytes, n]) => {
  console.log(`   ${what}: ${bytes} bytes${budgets === undefined ? "" : ` of ${budgets[n]} allowed`}`);
  if (budgets !== undefined && !(bytes <= budgets[n])) {
    console.error("The browser's part is over its budget: see what grew, or say in docs/adr/ why it had to.");
    process.exitCode = 1;
  }
});
