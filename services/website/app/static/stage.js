// The right part of the page: the sentence with its words. Filling, changing single words, saving.

import * as api from "./api.js";
import { announce, byId, element, whileBusy } from "./dom.js";
import { storyPage } from "./frame.js";
import { keepToken } from "./storage.js";
import { BLANKS_MAX, parse, spell } from "./template.js";
import { flow, sized, toSight } from "./telling.js";
import { blankName, isTouch, kindName, LANG, say } from "./texts.js";

const SETTLE_MS = 400;

const stage = byId("stage");
const fillButton = byId("fill");
const saveButton = byId("save");
// What is said stands beside what it is about.
const fillLine = byId("fill-message");
const storyLine = byId("message");

let template = null; // the sentence as it is written, once there is one
let blanks = []; // as written, in order
let words = []; // one slot for each blank, undefined while it is empty
let answer = null; // the server's text for exactly this template and these words
let key = null; // makes saving this text twice impossible
let saved = false;
let asked = 0; // answers to older questions are dropped
let settling;
let turn = Promise.resolve(); // words are changed one after the other
let changing = new Set(); // the places of words whose turn is now or later

/** Starts it; `onSaved` is called with every saved story, `onNoBlank` when there is nothing to fill. */
export function start({ onSaved, onNoBlank }) {
  fillButton.addEventListener("click", () => fillAll(onNoBlank));
  saveButton.addEventListener("click", () => saved || whileBusy(saveButton, () => attempt(() => save(onSaved), storyLine)));
  stage.addEventListener("click", ({ target }) => {
    const tile = target.closest(".tile");
    if (!tile) return;
    const index = tiles().indexOf(tile);
    if (words[index]) changeInTurn(index);
    else fillAll(onNoBlank, storyLine);
  });
}

/** Shows another sentence. Words stay with blanks that are written alike, in order. */
export function edit(text) {
  // The end of a composition (Korean is written in them) is an input that changes nothing.
  if (text === template) return;
  const kept = new Map();
  blanks.forEach((blank, index) => kept.set(blank, [...(kept.get(blank) ?? []), words[index]]));
  template = text;
  blanks = parse(text, LANG).filter((part) => part.kind).map((part) => part.text.toLowerCase());
  words = blanks.map((blank) => kept.get(blank)?.shift());
  dropChanges();
  show(null);
  quiet();
  clearTimeout(settling);
  // Articles and particles follow the words, which only the server knows; not at every key stroke, though.
  if (isFilled()) settling = setTimeout(() => ask(words).catch(() => {}), SETTLE_MS);
}

/** Fills the blanks that are empty; if there are none, all of them anew. What goes wrong is said in `line`. */
export function fillAll(onNoBlank, line = fillLine) {
  if (blanks.length === 0) {
    tell(line, say("need_blank"), { isError: true });
    onNoBlank();
    return;
  }
  if (blanks.length > BLANKS_MAX) {
    tell(line, say("too_many", { count: BLANKS_MAX }), { isError: true });
    return;
  }
  whileBusy(fillButton, () =>
    attempt(async () => {
      dropChanges();
      stage.classList.add("rolling");
      try {
        if (!(await ask(isFilled() ? [] : words))) return;
      } finally {
        stage.classList.remove("rolling");
      }
      restart(stage, "fresh");
      toSight(stage.closest(".board"));
      announce(answer.text);
    }, line),
  );
}

const tiles = () => [...stage.querySelectorAll(".tile")];
const isFilled = () => words.length > 0 && words.every(Boolean);

// Asks for the words that are not in `keep`. False if the sentence has changed meanwhile.
async function ask(keep) {
  clearTimeout(settling);
  const question = ++asked;
  let found;
  try {
    found = await api.fill(template, LANG, keep.map((slot) => slot?.word ?? null));
  } catch (error) {
    if (question !== asked) return false;
    error.message = `${say("words_error")} ${error.message}`;
    throw error;
  }
  if (question !== asked) return false;
  words = found.slots;
  show(found);
  return true;
}

function changeInTurn(index) {
  if (changing.has(index)) return;
  const row = changing;
  row.add(index);
  tiles()[index].setAttribute("aria-busy", "true");
  turn = turn.then(async () => {
    if (row === changing) await attempt(() => change(index), storyLine);
    if (row !== changing) return;
    row.delete(index);
    tiles()[index].setAttribute("aria-busy", "false");
  });
}

// The sentence is another one by now, or all its words will be.
function dropChanges() {
  for (const index of changing) tiles()[index]?.setAttribute("aria-busy", "false");
  changing = new Set();
  turn = Promise.resolve();
}

async function change(index) {
  if (!words[index]) return; // tried again, and the blank is gone
  const before = words[index].word;
  const others = words.map((slot, other) => (other === index ? null : slot));
  if (!(await ask(others))) return;
  if (words[index].word === before && !(await ask(others))) return;
  const tile = tiles()[index];
  restart(tile, "rolled");
  announce(tile.textContent);
}

async function save(onSaved) {
  if (saved) return;
  if (!answer && !(await ask(words))) return;
  const { text } = answer;
  let story;
  try {
    story = await api.save({ template, text, lang: LANG, listed: true }, (key ??= api.newKey()));
  } catch (error) {
    error.message = `${error.silent ? say("shelf_silent") : error.message} ${say("kept")}`;
    throw error;
  }
  keepToken(story.id, story.delete_token);
  onSaved(story);
  if (answer?.text !== text) return; // changed meanwhile: that is another story
  saved = true;
  update();
  tell(storyLine, say("saved_at"), { link: element("a", { href: storyPage(story.id) }, say("open_saved")) });
}

// What is shown changes: the server's answer, or null for the sentence as it is written.
function show(found) {
  asked += 1;
  answer = found;
  saved = false;
  key = null;
  let blank = 0;
  const nodes = flow(found ? spell(found) : parse(template, LANG), (part) => tile(part, blank++));
  const focused = tiles().indexOf(document.activeElement);
  stage.classList.remove("fresh");
  stage.replaceChildren(...(template.trim() ? nodes : [say("stage_empty")]));
  stage.classList.toggle("empty", !template.trim());
  if (template.trim()) sized(stage);
  else delete stage.dataset.size;
  tiles()[focused]?.focus({ preventScroll: true });
  update();
}

function update() {
  const filled = isFilled();
  const some = words.some(Boolean);
  byId("fill-label").textContent = say(filled ? "shuffle" : some ? "fill_rest" : "fill");
  const help = filled ? say(isTouch() ? "help_tap" : "help_filled") : say(words.length ? "help_empty" : "help_none");
  byId("story-help").textContent = help;
  saveButton.disabled = !filled;
  // One main button at a time: what comes next.
  const next = filled && !saved ? saveButton : fillButton;
  for (const button of [fillButton, saveButton]) button.className = button === next ? "primary" : "second";
  saveButton.setAttribute("aria-disabled", saved); // disabled for real, it would lose the focus
  saveButton.textContent = say(saved ? "saved" : "save");
}

function tile(part, index) {
  const slot = words[index];
  const { kind } = part;
  const name = blankName(part);
  const busy = changing.has(index) || null;
  const label = slot ? say("chip", { word: slot.text, kind: kindName(kind) }) : say("chip_empty", { kind: name });
  return element(
    "button",
    { type: "button", class: `tile ${kind}${slot ? "" : " empty"}`, "aria-label": label, "aria-busy": busy },
    slot?.text ?? name,
  );
}

// Does something that may fail, and says so in that line, with a button that tries it again.
async function attempt(work, line) {
  quiet();
  try {
    await work();
  } catch (error) {
    const again = element("button", { type: "button", class: "link", onclick: () => attempt(work, line) }, say("retry"));
    tell(line, error.message, { isError: true, link: again });
  }
}

const quiet = () => [fillLine, storyLine].forEach((line) => tell(line, ""));

function tell(line, text, { isError = false, link = null } = {}) {
  const focused = line.contains(document.activeElement);
  line.replaceChildren(text, ...(link ? [" ", link] : []));
  line.classList.toggle("error", isError);
  if (focused) line.focus(); // the button that had it is gone
}

// Lets an animation run again.
function restart(node, name) {
  node.classList.remove(name);
  void node.offsetWidth;
  node.classList.add(name);
}
