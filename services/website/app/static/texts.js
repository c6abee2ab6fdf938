// What the server wrote into the page for the script: its language, its texts, examples.

const data = JSON.parse(document.getElementById("texts").textContent);

/** The page's language. */
export const LANG = data.lang;

/** Sentences to begin with; the first one is in the page already. */
export const EXAMPLES = data.examples;

/** The text with this key, its {names} replaced by `values`. */
export function say(key, values = {}) {
  return data[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether one points with a finger rather than with a mouse. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;

/** What a kind of word is called. */
export const kindName = (kind) => data.kinds[kind].name;

/** What a blank is called: its kind, and its form if it is not the first one. */
export const blankName = ({ kind, form }) => data.kinds[kind].forms[form] ?? kindName(kind);
