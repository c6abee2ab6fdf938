// The two APIs behind the same address. Every failure becomes an Error that can be shown as it is.

const TIMEOUT_MS = 12_000;
const RETRY_AFTER_MS = 700;
const NO_ANSWER = "The service does not answer. Please try again.";
const PASSING = new Set([502, 503, 504]);

/** `count` different words of a kind. */
export async function words(kind, count) {
  const answer = await get(`/api/words?${new URLSearchParams({ kind, count })}`);
  return answer.words;
}

/** Saved stories, newest first: { stories, next }. */
export function stories(cursor) {
  const query = new URLSearchParams({ limit: 10 });
  if (cursor) query.set("cursor", cursor);
  return get(`/api/stories?${query}`);
}

/** Keeps a story and returns it. */
export function save(template, text) {
  return request("/api/stories", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ template, text }),
  });
}

// Reading twice does no harm, so a fault that passes by itself is not shown.
async function get(path) {
  try {
    return await request(path);
  } catch (error) {
    if (!PASSING.has(error.status)) throw error;
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    return request(path);
  }
}

async function request(path, options = {}) {
  let response;
  let body;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = await response.json().catch(() => null);
  } catch {
    throw new Error(navigator.onLine ? NO_ANSWER : "You seem to be offline.");
  }
  if (response.ok && body) return body;
  const reason = response.status < 500 && body?.detail ? body.detail : NO_ANSWER;
  throw Object.assign(new Error(reason), { status: response.status });
}
