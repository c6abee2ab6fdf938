// The two APIs behind the same address. Every failure becomes an Error whose message can be shown as it is.

import { LANG, say } from "./texts.js";

const TIMEOUT_MS = 12_000;
const RETRY_AFTER_MS = 700;
const RETRY_AFTER_MAX_MS = 3_000;
const KEY_BYTES = 16;
// 409: the first try of a save is still under way.
const PASSING = new Set([409, 429, 502, 503, 504]);
const BUSY = new Set([409, 429, 503]);

/** A template filled with words: { text, slots }. Words in `keep` stay. */
export function fill(template, lang, keep) {
  return request("/api/words/fill", json({ template, lang, keep }));
}

/** Saved stories, newest first: { stories, next }. */
export function stories(limit, cursor) {
  const query = new URLSearchParams({ limit });
  if (cursor) query.set("cursor", cursor);
  return request(`/api/stories?${query}`);
}

/** One story. */
export function story(id) {
  return request(`/api/stories/${encodeURIComponent(id)}`);
}

/** Saves a story and returns it with its delete token. With the same key it is saved once, however often it is sent. */
export function save(story, key) {
  const options = json(story);
  options.headers["Idempotency-Key"] = key;
  return request("/api/stories", options);
}

/** Deletes a story. */
export function remove(id, token) {
  const headers = { Authorization: `Bearer ${token}` };
  return request(`/api/stories/${encodeURIComponent(id)}`, { method: "DELETE", headers });
}

/** A key for one story to save. (crypto.randomUUID is missing on plain HTTP.) */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function json(value) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
}

// Every request here may be sent twice without harm, so a fault that passes by itself is not shown.
async function request(path, options = {}) {
  try {
    return await once(path, options);
  } catch (error) {
    if (!error.passing || !navigator.onLine) throw error;
    await new Promise((resolve) => setTimeout(resolve, error.retryAfter));
    return once(path, options);
  }
}

async function once(path, options) {
  let response;
  let body;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = response.status === 204 ? {} : await response.json().catch(() => null);
  } catch {
    throw failure(say(navigator.onLine ? "no_answer" : "no_connection"), 0, RETRY_AFTER_MS);
  }
  if (response.ok && body) return body;
  const seconds = Number(response.headers.get("Retry-After"));
  const wait = seconds > 0 ? Math.min(seconds * 1000, RETRY_AFTER_MAX_MS) : RETRY_AFTER_MS;
  throw failure(reason(response.status, body), response.status, wait);
}

function reason(status, problem) {
  if (BUSY.has(status)) return say("busy");
  if (status === 404) return say("gone");
  if (status === 401 || status === 403) return say("forbidden");
  if (status < 400 || status >= 500) return say("no_answer");
  // The APIs speak English.
  return say("refused") + (LANG === "en" && problem?.detail ? `: ${problem.detail}.` : ".");
}

function failure(message, status, retryAfter) {
  const passing = status === 0 || PASSING.has(status);
  return Object.assign(new Error(message), { status, retryAfter, passing, silent: message === say("no_answer") });
}
