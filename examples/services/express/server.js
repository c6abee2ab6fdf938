// GET BASE_PATH?kind=noun&count=3 answers with words of that kind.
const express = require("express");

const WORDS = {
  noun: ["bear", "lamp", "river", "teapot", "violin", "window", "zebra"],
  verb: ["bake", "dance", "gather", "listen", "tumble", "whisper", "yawn"],
  adjective: ["brave", "crooked", "gentle", "hollow", "quick", "silver", "warm"],
};
const BASE_PATH = process.env.BASE_PATH ?? "/api/express";
const DRAIN_MS = 20_000;
// Longer than the load balancer's 60 s, which must not meet a connection that is just being closed.
const KEEP_ALIVE_MS = 75_000;

function chosen(words, count) {
  const left = [...words];
  return Array.from({ length: count }, () => left.splice(Math.floor(Math.random() * left.length), 1)[0]);
}

let isEnding = false;
const app = express();
app.disable("x-powered-by");

app.use((request, response, next) => {
  if (isEnding) response.set("Connection", "close");
  next();
});

app.get("/healthz", (request, response) => {
  response.json({ status: "ok" });
});

app.get(BASE_PATH, (request, response) => {
  const { kind, count = "1" } = request.query;
  const words = Object.hasOwn(WORDS, kind) ? WORDS[kind] : undefined;
  if (words === undefined) {
    return response.status(422).json({ error: `kind is one of ${Object.keys(WORDS).join(", ")}` });
  }
  if (!/^[1-9]\d?$/.test(count) || Number(count) > words.length) {
    return response.status(422).json({ error: `count is a number from 1 to ${words.length}` });
  }
  response.json({ kind, words: chosen(words, Number(count)) });
});

const server = app.listen(Number(process.env.PORT ?? 8000));
server.keepAliveTimeout = KEEP_ALIVE_MS;

// The load balancer sends requests for a while after SIGTERM: they are answered, and their connections closed.
process.on("SIGTERM", () => {
  isEnding = true;
  setTimeout(() => server.close(() => process.exit(0)), Number(process.env.DRAIN_MS ?? DRAIN_MS));
});
