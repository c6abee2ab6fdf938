"use strict";
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { webcrypto } = require("node:crypto");
globalThis.crypto ??= webcrypto;
const folder = process.argv[2];
require(path.join(folder, "wasm_exec.js"));
globalThis.throwError = (message) => { throw new Error(message); };
(async () => {
  const go = new globalThis.Go();
  const { instance } = await WebAssembly.instantiate(readFileSync(path.join(folder, "main.wasm")), go.importObject);
  go.run(instance);
  const found = [];
  for (const file of process.argv.slice(3)) {
    const r = await globalThis.runActionlint(readFileSync(file, "utf8"), file);
    found.push(...r.filter((item) => item.message).map((item) => ({ ...item, file })));
  }
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
})();
