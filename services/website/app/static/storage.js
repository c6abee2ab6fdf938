// What this browser remembers: tokens of the stories saved here, the theme, and in each tab the sentence that one is
// writing, where one left the shelf, and how often a page that did not start was loaded again. Nothing else, and no
// cookie.
// Every access may fail, because storage can be switched off or full; the page then works without.

const TOKENS = "storyizer.tokens";
const THEME = "storyizer.theme";
const RELOADS = "storyizer.reloads"; // written by theme.js
const DRAFT = "storyizer.draft.";
const PLACE = "storyizer.place";

/** The token that deletes this story, if it was saved with this browser. */
export function token(id) {
  const tokens = readTokens();
  return Object.hasOwn(tokens, id) ? tokens[id] : null;
}

export function keepToken(id, value) {
  write(() => localStorage, TOKENS, JSON.stringify({ ...readTokens(), [id]: value }));
}

export function dropToken(id) {
  const { [id]: _, ...others } = readTokens();
  write(() => localStorage, TOKENS, JSON.stringify(others));
}

/** Remembers "light" or "dark"; null follows the system again. */
export function keepTheme(theme) {
  write(() => localStorage, THEME, theme);
}

export function forgetReloads() {
  write(() => sessionStorage, RELOADS, null);
}

/** The sentence in this language that was written in this tab last, or null. */
export function draft(lang) {
  try {
    return sessionStorage.getItem(DRAFT + lang);
  } catch {
    return null;
  }
}

export function keepDraft(lang, sentence) {
  write(() => sessionStorage, DRAFT + lang, sentence);
}

/** Where one left the shelf in this tab: { count, top }, or null. */
export function place() {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE));
  } catch {
    return null;
  }
}

export function keepPlace(where) {
  write(() => sessionStorage, PLACE, JSON.stringify(where));
}

/** Calls back with the id of each story that was saved or deleted with this browser, in this tab or in another one. */
export function onStories(changed) {
  let known = Object.keys(readTokens());
  const look = () => {
    const now = Object.keys(readTokens());
    const either = new Set([...known, ...now]);
    const both = new Set(known.filter((id) => now.includes(id)));
    known = now;
    for (const id of either) if (!both.has(id)) changed(id);
  };
  addEventListener("storage", ({ key }) => key === TOKENS && look());
  // A page that the browser kept while one was on another one has heard nothing meanwhile.
  addEventListener("pageshow", ({ persisted }) => persisted && look());
}

function readTokens() {
  try {
    return Object(JSON.parse(localStorage.getItem(TOKENS)));
  } catch {
    return {};
  }
}

// Merely naming a storage that is switched off fails, hence the function.
function write(storage, key, value) {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    // It is forgotten, then. A story is saved all the same; it just cannot be deleted from here later.
  }
}
