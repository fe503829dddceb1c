// Puts all pieces of a part of the program into one file, and has the script fetch that. The pieces that parts share
// are hundreds, most of them smaller than what a request costs; together they also compress to half. What two parts
// share is then in both files: whoever opens both fetches it twice, and still less than piece by piece.
//
//   node xtask/bundle.mjs DIR      the folder with __wasm_split.js and the pieces

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = process.argv[2];
const loader = join(folder, "__wasm_split.js");
const original = await readFile(loader, "utf8");

/** Replaces each occurrence, and insists that there is one: another version of the tool may write something else. */
function replaced(text, pattern, by) {
  if (text.search(pattern) < 0) throw new Error(`__wasm_split.js has nothing like ${pattern}`);
  return text.replaceAll(pattern, by);
}

const file = (code) => /new URL\("\.\/(\w+)\.wasm"/.exec(code)?.[1];
const shared = new Map();
for (const [, name, code] of original.matchAll(/const (__chunk_\d+) = makeLoad\(([^]*?), \[\]\);/g)) {
  shared.set(name, file(code));
}
const parts = /export const __wasm_split_load_(\w+) = wrapAsyncCb\((makeLoad\(([^]*?), \[([^\]]*)\]\))\);/g;
const pieces = new Set();
for (const [, part, , code, deps] of original.matchAll(parts)) {
  const names = deps.split(",").map((dep) => dep.trim()).filter(Boolean).map((dep) => shared.get(dep));
  const own = file(code);
  if (own) names.push(own);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, `${name}.wasm`))));
  // In front: how long the list of pieces is, and the list, each with its length.
  const list = Buffer.from(JSON.stringify(names.map((name, n) => [name, contents[n].length])));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(list.length);
  names.forEach((name) => pieces.add(name));
  await writeFile(join(folder, `part_${part}.bin`), Buffer.concat([length, list, ...contents]));
}

const support = `
let asked;
function fromPart(part, load) {
    return () => {
        // All pieces that are not there yet are asked for before this returns.
        asked = { part, pieces: undefined };
        return load();
    };
}
async function piecesOf(part) {
    const answer = await fetch(new URL(\`./part_\${part}.bin\`, import.meta.url));
    if (!answer.ok) throw new Error(\`\${answer.status} for the part \${part}\`);
    const bytes = await answer.arrayBuffer();
    const length = new DataView(bytes).getUint32(0, true);
    const list = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
    let at = 4 + length;
    return new Map(list.map(([name, size]) => [name, new Uint8Array(bytes, (at += size) - size, size)]));
}
async function piece(name) {
    asked.pieces ??= piecesOf(asked.part);
    return (await asked.pieces).get(name);
}
`;
let script = replaced(original, /fetch\(new URL\("\.\/(\w+)\.wasm", import\.meta\.url\)\)/g, 'piece("$1")');
script = replaced(
  script,
  /WebAssembly\.instantiateStreaming\(src, imports\)/g,
  "src.then((bytes) => WebAssembly.instantiate(bytes, imports))",
);
script = replaced(script, parts, 'export const __wasm_split_load_$1 = wrapAsyncCb(fromPart("$1", $2));');
script = replaced(script, /^(import [^\n]*\n)/g, `$1${support.replaceAll("$", "$$$$")}`);
await writeFile(loader, script);
await Promise.all([...pieces].map((name) => rm(join(folder, `${name}.wasm`))));
