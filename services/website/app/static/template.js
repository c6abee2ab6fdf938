// Sentences with blanks: what they consist of, which blank was meant by one that is none, and where the words of a
// filled one are. No page in here.

// Kinds of words with a language's forms of them, the default one first, and the language's own names beside the English.
const FORMS = {
  en: { noun: "singular plural", verb: "base present past participle ing", adjective: "base comparative superlative" },
  ko: { noun: "base", verb: "present base past modifier", adjective: "modifier base present past" },
};
const OWN_NAMES = {
  en: {},
  ko: { 명사: "noun", 동사: "verb", 형용사: "adjective", 기본: "base", 현재: "present", 과거: "past", 관형: "modifier" },
};
const BLANK = /\{([^{}:]+)(?::([^{}]+))?\}/g;
// What is in braces and might have been meant as a blank.
const STRAY = /(\{[^{}\n]{1,40}\})/;
const SHORTENED_MIN = 3; // letters: "adj" is an adjective, "a" is nothing yet
const ARTICLE = /(^|[^\p{L}\p{N}_])(an?)(\s+["'“‘([{«*_]*)$/iu;
const CLOSING = /^["'”’」』)]*/;
// Korean particles by the word before them. Written as a pair, the right one is chosen.
const PARTICLES = ["은는", "이가", "을를", "과와"].map((pair) => [...pair]).concat([["으로", "로"]]);

/** The most blanks that a sentence may have. */
export const BLANKS_MAX = 100;

/** The sentence's parts, in order: { text } is as written, { kind, form, text } is a blank as written. */
export function parse(template, lang) {
  const parts = [];
  let end = 0;
  for (const match of template.matchAll(BLANK)) {
    const kind = name(match[1], lang);
    const forms = Object.hasOwn(FORMS[lang], kind) ? FORMS[lang][kind].split(" ") : [];
    const form = match[2] === undefined ? forms[0] : name(match[2], lang);
    if (!forms.includes(form)) continue;
    if (match.index > end) parts.push({ text: template.slice(end, match.index) });
    parts.push({ kind, form, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < template.length) parts.push({ text: template.slice(end) });
  return parts;
}

/** The pieces of a part that is text: every second one is in braces, and no blank. */
export const pieces = (text) => text.split(STRAY);

/** The blank that whoever wrote `{noum}` or `{noun:plurl}` probably meant, or null. */
export function meant(stray, lang) {
  const [first, second = ""] = stray.slice(1, -1).split(":");
  const kinds = Object.keys(FORMS[lang]);
  const kind = nearest(first, withOwn(kinds, lang), 2);
  if (kind) {
    const form = nearest(second, withOwn(FORMS[lang][name(kind, lang)].split(" "), lang), 2);
    return form ? `{${kind}:${form}}` : `{${kind}}`;
  }
  // Only a form: `{plural}`.
  for (const other of kinds) {
    const form = nearest(first, withOwn(FORMS[lang][other].split(" ").slice(1), lang), 3);
    if (form) return `{${withOwn([other], lang).at(-1)}:${form}}`;
  }
  return null;
}

/** The parts of a filled sentence: { text } as written, the slots themselves for the words. */
export function spell({ text, slots }) {
  // Offsets count code points; an emoji is two units of a JavaScript string.
  const characters = Array.from(text);
  const parts = [];
  let end = 0;
  for (const slot of slots) {
    if (slot.start > end) parts.push({ text: characters.slice(end, slot.start).join("") });
    parts.push(slot);
    end = slot.end;
  }
  if (end < characters.length) parts.push({ text: characters.slice(end).join("") });
  return parts;
}

/**
 * The parts of a saved story, so that its words can be shown as such, or null if the text is not
 * the template filled in. Neighbouring blanks with no text between them count as one.
 *
 * Takes each piece of text where it comes first. For a row of pieces with words between them that
 * finds a solution if there is one, and takes no time even if a story was made to be difficult.
 */
export function align(template, text, lang) {
  const parts = parse(template, lang);
  const found = [];
  let position = 0;
  let blank = null;
  for (const [index, part] of parts.entries()) {
    if (part.kind) {
      blank ??= part;
      continue;
    }
    const spellings = variants(part.text, blank !== null, parts[index + 1]?.kind !== undefined);
    const place = locate(spellings, text, position, blank !== null, index === parts.length - 1);
    if (!place) return null;
    if (blank) found.push({ kind: blank.kind, text: text.slice(position, place.start) });
    position = place.start + place.length;
    found.push({ text: text.slice(place.start, position) });
    blank = null;
  }
  if (blank && position < text.length) {
    found.push({ kind: blank.kind, text: text.slice(position) });
    position = text.length;
    blank = null;
  }
  return blank || position < text.length ? null : found;
}

// The English name of a kind or form that is written in either language.
function name(written, lang) {
  const word = written.toLowerCase();
  return Object.hasOwn(OWN_NAMES[lang], word) ? OWN_NAMES[lang][word] : word;
}

// The names, and the language's own for the same.
function withOwn(names, lang) {
  return [...names, ...Object.keys(OWN_NAMES[lang]).filter((own) => names.includes(OWN_NAMES[lang][own]))];
}

// The name that is written with the fewest slips: at most one for `letters` letters.
function nearest(written, names, letters) {
  const word = plain(written);
  let best = null;
  let fewest = Infinity;
  for (const candidate of names) {
    const whole = plain(candidate);
    const shortened = word.length >= SHORTENED_MIN && whole.startsWith(word);
    const slips = shortened ? Math.min(1, whole.length - word.length) : distance(word, whole);
    if (slips >= fewest || slips * letters > whole.length) continue;
    best = candidate;
    fewest = slips;
  }
  return best;
}

// Korean as its letters: a slip is in one of a syllable's.
const plain = (written) => written.trim().toLowerCase().normalize("NFD");

// How many letters were left out, added or exchanged for another one (Levenshtein).
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [place, wanted] of [...other].entries()) {
      next.push(Math.min(next[place] + 1, row[place + 1] + 1, row[place] + (letter === wanted ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1);
}

// How a piece of text may read between two words: "a" may be "an", "은/는" may be either.
function variants(text, afterBlank, beforeBlank) {
  let spellings = [text];
  if (afterBlank) spellings = spellings.flatMap(particles);
  if (beforeBlank) spellings = spellings.flatMap(articles);
  return spellings;
}

function articles(text) {
  const match = ARTICLE.exec(text);
  if (!match) return [text];
  const [, lead, article, space] = match;
  return [text, ...["", "n"].map((ending) => text.slice(0, match.index) + lead + article[0] + ending + space)];
}

function particles(text) {
  const [quotes] = CLOSING.exec(text);
  const rest = text.slice(quotes.length);
  for (const [closed, open] of PARTICLES) {
    const written = [[closed, open], [open, closed]]
      .flatMap(([one, other]) => [`${one}/${other}`, `${one}(${other})`])
      .concat(closed === "으로" ? "(으)로" : [], closed, open)
      .find((form) => rest.startsWith(form));
    if (written) return [text, ...[closed, open].map((form) => quotes + form + rest.slice(written.length))];
  }
  return [text];
}

// The first place of any spelling; after a blank at least one character later, else right there.
function locate(spellings, text, position, afterBlank, last) {
  const from = position + (afterBlank ? 1 : 0);
  const places = [];
  for (const spelling of spellings) {
    const { length } = spelling;
    let start = text.startsWith(spelling, position) ? position : -1;
    if (afterBlank) start = last && text.endsWith(spelling) ? text.length - length : text.indexOf(spelling, from);
    if (start >= from) places.push({ start, length });
  }
  return places.sort((a, b) => a.start - b.start || b.length - a.length)[0];
}
