// Sentences with blanks: what they consist of, and how they read once filled. No page in here.

export const KINDS = ["noun", "verb", "adjective"];

const BLANK = /\{(noun|verb|adjective)\}/gi;
const ARTICLE = /(^|[^A-Za-z])(a|an)(\s+)$/i;
// Spelt with a vowel but said with a consonant ("a unicorn"), and the other way round ("an hour").
const CONSONANT_SOUND = /^(uni([^nm]|$)|use|uku|eu|one|once)/i;
const VOWEL_SOUND = /^([aeiou]|hono|hones|hour|heir)/i;
const SENTENCE_END = /(^|[.!?…]["'”’)]*\s+|\n)["'“‘(]*$/;

/** The sentence's parts, in order: { text } is as written, { kind } is a blank. */
export function parse(template) {
  const parts = [];
  let end = 0;
  for (const match of template.matchAll(BLANK)) {
    parts.push({ text: template.slice(end, match.index) }, { kind: match[1].toLowerCase() });
    end = match.index + match[0].length;
  }
  parts.push({ text: template.slice(end) });
  return parts.filter((part) => part.kind || part.text);
}

/** The kinds of a sentence's blanks, in order. */
export function blanks(parts) {
  return parts.filter((part) => part.kind).map((part) => part.kind);
}

/**
 * The parts as they read with `words`, one for each blank (undefined: still a blank). A word at the
 * beginning of a sentence gets a capital letter; "a" before it becomes "an" where it must.
 */
export function compose(parts, words) {
  const remaining = [...words];
  const composed = [];
  let before = "";
  for (const part of parts) {
    if (!part.kind) {
      composed.push({ text: part.text });
      before += part.text;
      continue;
    }
    const word = remaining.shift();
    if (word === undefined) {
      composed.push({ kind: part.kind });
      before += "_";
      continue;
    }
    const previous = composed.at(-1);
    if (previous && !previous.kind) previous.text = agree(previous.text, word);
    const text = SENTENCE_END.test(before) ? word[0].toUpperCase() + word.slice(1) : word;
    composed.push({ kind: part.kind, text });
    before += text;
  }
  return composed;
}

/** The composed parts as one text. */
export function read(composed) {
  return composed.map((part) => part.text ?? `{${part.kind}}`).join("");
}

/**
 * The parts of a saved story, so that its words can be shown as such, or null if the text is not
 * the template filled in.
 */
export function align(template, text) {
  const parts = parse(template);
  const found = [];
  let position = 0;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    const literal = part.kind ? parts[index + 1] : part;
    if (literal?.kind) return null;
    let start = text.length;
    let length = 0;
    if (literal) {
      const last = index + (part.kind ? 2 : 1) === parts.length;
      [start, length] = locate(literal.text, text, position, last);
      if (start < 0) return null;
    }
    if (part.kind) {
      if (start === position) return null;
      found.push({ kind: part.kind, text: text.slice(position, start) });
      if (literal) index += 1;
    } else if (start !== position) {
      return null;
    }
    if (literal) found.push({ text: text.slice(start, start + length) });
    position = start + length;
  }
  return position === text.length ? found : null;
}

function agree(text, word) {
  return text.replace(ARTICLE, (_, lead, article, space) => {
    const an = VOWEL_SOUND.test(word) && !CONSONANT_SOUND.test(word);
    return lead + article[0] + (an ? "n" : "") + space;
  });
}

// Where `literal`, with "a" or "an" at its end, stands in `text` from `position` on.
function locate(literal, text, position, last) {
  const places = ["apple", "pear"]
    .map((word) => agree(literal, word))
    .map((variant) => [
      last ? (text.endsWith(variant) ? text.length - variant.length : -1) : text.indexOf(variant, position),
      variant.length,
    ])
    .filter(([start]) => start >= position);
  places.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  return places[0] ?? [-1, 0];
}
