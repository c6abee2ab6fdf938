// What this browser remembers: tokens of the stories saved here, the theme, and in each tab the sentence that one is
// writing and how often a page that did not start was loaded again. Nothing else, and no cookie.
// Every access may fail, because storage can be switched off or full; the page then works without.

const TOKENS = "storyizer.tokens";
const THEME = "storyizer.theme";
const RELOADS = "storyizer.reloads"; // written by theme.js
const DRAFT = "storyizer.draft.";

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
