// GET /api/words?kind=noun&count=3 as an Express project would have it: the framework's defaults and its usual logger.
const fs = require("node:fs");
const express = require("express");
const morgan = require("morgan");

const KINDS = ["noun", "verb", "adjective"];
const COUNT_MAX = 100;
const words = JSON.parse(fs.readFileSync(process.env.WORDS, "utf8"));

const app = express();
app.use(morgan("combined"));

app.get("/healthz", (request, response) => response.json({ status: "ok" }));

app.get("/api/words", (request, response) => {
  const { kind, count = "1" } = request.query;
  if (!KINDS.includes(kind)) {
    return response.status(422).json({ error: "kind" });
  }
  if (!/^\d{1,3}$/.test(count) || count < 1 || count > COUNT_MAX) {
    return response.status(422).json({ error: "count" });
  }
  const chosen = new Set();
  while (chosen.size < Number(count)) {
    chosen.add(words[Math.floor(Math.random() * words.length)]);
  }
  response.json({ lang: "en", kind, form: "singular", words: [...chosen] });
});

app.listen(Number(process.env.PORT), "127.0.0.1");
