// The upper part of the page: writing a sentence, filling its blanks, changing words, saving.

import * as api from "./api.js";
import { byId, element, whileBusy } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { blanks, compose, KINDS, parse, read } from "./template.js";

const WORDS_MAX = 100; // of one kind in one request

const input = byId("template");
const stage = byId("story");
const fillButton = byId("fill");
const saveButton = byId("save");

let parts = [];
let words = []; // one for each blank, undefined while it is empty
let saved = false;
let example = 0;

/** Starts it; `onSaved` is called with every story that was saved. */
export function start(onSaved) {
  input.addEventListener("input", edited);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      fillButton.click();
    }
  });
  for (const button of document.querySelectorAll("[data-kind]")) {
    button.addEventListener("click", () => insert(`{${button.dataset.kind}}`));
  }
  byId("example").addEventListener("click", () => {
    example = (example + 1) % EXAMPLES.length;
    use(EXAMPLES[example]);
  });
  fillButton.addEventListener("click", () => whileBusy(fillButton, fillAll));
  saveButton.addEventListener("click", () => whileBusy(saveButton, () => save(onSaved)));
  edited();
}

/** Puts a sentence into the editor. */
export function use(template) {
  input.value = template;
  words = [];
  edited();
}

function edited() {
  // Words stay with the blanks of their kind, in order, while the sentence changes around them.
  const kept = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  blanks(parts).forEach((kind, index) => kept[kind].push(words[index]));
  parts = parse(input.value);
  words = blanks(parts).map((kind) => kept[kind].shift());
  say("");
  changed();
}

function changed() {
  saved = false;
  draw();
}

function draw() {
  let blank = 0;
  const nodes = compose(parts, words).map((part) => (part.kind ? chip(part, blank++) : part.text));
  stage.replaceChildren(...nodes);
  stage.classList.toggle("empty", nodes.length === 0);
  if (nodes.length === 0) stage.textContent = "Your story appears here while you write.";
  const count = words.length;
  const filled = count > 0 && words.every(Boolean);
  fillButton.textContent = filled ? "Shuffle all words" : "Fill in the blanks";
  saveButton.disabled = !filled;
  saveButton.setAttribute("aria-disabled", saved); // disabled for real, it would lose the focus
  saveButton.textContent = saved ? "Saved ✓" : "Save story";
  byId("story-help").textContent =
    count === 0 ? "Add a blank to bring it to life." : filled ? "Click a word to change it." : "Click a blank to fill it.";
}

function chip(part, index) {
  const label = part.text ? `${part.text}, ${part.kind}: change this word` : `blank ${part.kind}: fill it`;
  return element(
    "button",
    {
      type: "button",
      class: `word ${part.kind}${part.text ? "" : " unfilled"}`,
      "aria-label": label,
      onclick: (event) => whileBusy(event.currentTarget, () => reroll(index)),
    },
    part.text ?? part.kind,
  );
}

function insert(blank) {
  const { selectionStart: start, selectionEnd: end, value } = input;
  const before = value.slice(0, start);
  const after = value.slice(end);
  const left = before && !/[\s("'“‘-]$/.test(before) ? " " : "";
  const right = after && !/^[\s.,;:!?)"'”’-]/.test(after) ? " " : "";
  const inserted = (left + blank + right).slice(0, input.maxLength - before.length - after.length);
  if (!inserted.includes(blank)) return say("The sentence is as long as it can be.", true);
  input.focus();
  input.setRangeText(inserted, start, end, "end");
  edited();
}

async function fillAll() {
  const kinds = blanks(parts);
  if (kinds.length === 0) {
    say("Add a blank first, for example {noun}.", true);
    input.focus();
    return;
  }
  await attempt(async () => {
    const found = {};
    await Promise.all(
      [...new Set(kinds)].map(async (kind) => {
        const count = kinds.filter((other) => other === kind).length;
        if (count > WORDS_MAX) throw new Error(`At most ${WORDS_MAX} blanks can be of one kind.`);
        found[kind] = await api.words(kind, count);
      }),
    );
    if (kinds.join() !== blanks(parts).join()) return; // edited meanwhile
    words = kinds.map((kind) => found[kind].shift());
    changed();
    stage.classList.remove("fresh");
    void stage.offsetWidth; // lets the animation run again
    stage.classList.add("fresh");
    announce(read(compose(parts, words)));
  });
}

async function reroll(index) {
  const kind = blanks(parts)[index];
  await attempt(async () => {
    const used = new Set(words);
    const found = await api.words(kind, Math.min(used.size + 1, WORDS_MAX));
    if (blanks(parts)[index] !== kind) return; // edited meanwhile
    words[index] = found.find((word) => !used.has(word)) ?? found[0];
    stage.classList.remove("fresh");
    changed();
    const button = stage.querySelectorAll("button")[index];
    button.classList.add("rolled");
    button.focus();
    announce(button.textContent);
  });
}

async function save(onSaved) {
  if (saved) return;
  await attempt(async () => {
    const story = await api.save(input.value, read(compose(parts, words)));
    saved = true;
    draw();
    say("Saved with the other stories.");
    onSaved(story);
  });
}

async function attempt(work) {
  try {
    say("");
    await work();
  } catch (error) {
    say(error.message, true);
  }
}

function say(text, isError = false) {
  const line = byId("message");
  line.textContent = text;
  line.classList.toggle("error", isError);
}

function announce(text) {
  byId("announcer").textContent = text;
}
