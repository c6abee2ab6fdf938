// The left part of the page: writing a sentence, and putting blanks into it.

import { announce, byId, element } from "./dom.js";
import { draft, keepDraft } from "./storage.js";
import { toSight } from "./telling.js";
import { meant, parse, pieces } from "./template.js";
import { EXAMPLES, LANG, say } from "./texts.js";

const MENU_GAP = 6;
const COUNTED_FROM = 900; // characters: from there on one sees how many are left
const PAUSE_MS = 1_000;
// What no story may have in it: a vertical tab comes with text from a word processor.
const CONTROLS = /[\0-\x08\v\f\x0e-\x1f\x7f]/g;

const field = byId("start");
const ink = byId("ink");
const hint = byId("hint");
const counter = byId("counter");
let example = 0;
let counting;

/** Starts it. `onEdit` is called with every new sentence, `onFill` when the blanks shall be filled. */
export function start({ onEdit, onFill }) {
  const edited = () => {
    draw();
    count();
    keepDraft(LANG, field.value);
    onEdit(field.value.replace(CONTROLS, " "));
  };
  field.addEventListener("input", edited);
  // The browser cuts what does not fit, and says nothing.
  field.addEventListener("paste", ({ clipboardData }) => {
    const pasted = clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
    const rest = field.value.length - (field.selectionEnd - field.selectionStart);
    if (rest + pasted.length > field.maxLength) setTimeout(() => note(say("cut", { count: limit() })));
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onFill();
  });
  byId("another").addEventListener("click", ({ currentTarget: button }) => {
    example = (example + 1) % EXAMPLES.length;
    if (EXAMPLES.includes(field.value)) {
      field.value = EXAMPLES[example];
      edited();
      return;
    }
    replace(EXAMPLES[example], 0, field.value.length);
    button.focus();
  });
  byId("kinds").addEventListener("click", ({ target }) => {
    const blank = target.closest("[data-blank]")?.dataset.blank;
    if (!blank) return;
    target.closest("[popover]")?.hidePopover();
    if (!insert(blank)) note(say("too_long"));
  });
  for (const menu of document.querySelectorAll("[popover]")) {
    menu.addEventListener("beforetoggle", () => place(menu));
    menu.addEventListener("toggle", ({ newState }) => newState === "open" && toSight(menu));
  }

  const begin = () => {
    const sentence = new URLSearchParams(location.hash.slice(1)).get("sentence");
    if (sentence === null) return;
    // It has done its work; the address is that of the page again.
    history.replaceState(null, "", location.pathname + location.search);
    replace(sentence.slice(0, field.maxLength), 0, field.value.length);
    scrollTo({ top: 0 });
  };
  addEventListener("hashchange", begin);
  // What was written before this script came stays.
  if (field.value === field.defaultValue) field.value = draft(LANG) ?? field.value;
  // A blank goes to the end, not to the beginning, as long as nobody has put the cursor anywhere.
  if (document.activeElement !== field) field.setSelectionRange(field.value.length, field.value.length);
  edited();
  begin();
}

/** Puts the cursor where one writes. */
export const focus = () => field.focus();

// The text again, under the field, with a colour below each blank. It also gives the field its height.
function draw() {
  const mark = (name, text) => element("mark", { class: name }, text);
  const nodes = parse(field.value, LANG).flatMap(({ kind, text }) =>
    kind ? [mark(kind, text)] : pieces(text).map((piece, index) => (index % 2 ? mark("unknown", piece) : piece)),
  );
  // Each line is a paragraph that goes its own way; an empty one has no height of its own.
  const lines = [element("div", { dir: "auto" }, "\u200b")];
  for (const node of nodes) {
    const [first, ...others] = typeof node === "string" ? node.split("\n") : [node];
    lines.at(-1).append(first);
    lines.push(...others.map((text) => element("div", { dir: "auto" }, "\u200b", text)));
  }
  ink.replaceChildren(...lines);
  note(slip(ink.querySelector(".unknown")?.textContent));
}

// What to say about the first part in braces that is no blank.
function slip(stray) {
  if (!stray) return "";
  const blank = meant(stray, LANG);
  return blank ? say("unknown_meant", { blank: stray, meant: blank }) : say("unknown", { blank: stray });
}

// Says something about the sentence, below the field; once, however many keys follow.
function note(text) {
  if (hint.textContent !== text) hint.textContent = text;
}

const limit = () => field.maxLength.toLocaleString(LANG);

// How many characters are left, once there are not many. Said when one pauses, not at every key.
function count() {
  clearTimeout(counting);
  const left = field.maxLength - field.value.length;
  counter.textContent =
    field.value.length < COUNTED_FROM ? "" : left === 1 ? say("left_one") : say("left", { count: left });
  if (counter.textContent) counting = setTimeout(() => announce(counter.textContent), PAUSE_MS);
}

// Puts a blank where the cursor is, with spaces where words would stick together.
function insert(blank) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const before = value.slice(0, start);
  const after = value.slice(end);
  const left = before && !/[\s("'“‘{-]$/.test(before) ? " " : "";
  const right = /^[\p{L}\p{N}{]/u.test(after) && LANG !== "ko" ? " " : "";
  const inserted = left + blank + right;
  if (before.length + inserted.length + after.length > field.maxLength) return false;
  replace(inserted, start, end);
  return true;
}

// Changes the text as if it were typed: Ctrl + Z takes it back, which it does not if the value is set.
function replace(text, start, end) {
  field.focus();
  field.setSelectionRange(start, end);
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new Event("input"));
}

function place(menu) {
  const button = document.querySelector(`[popovertarget="${menu.id}"]`).closest(".kind").getBoundingClientRect();
  const { clientWidth } = document.documentElement;
  const rightwards = button.left + button.right < clientWidth; // to where there is more room
  menu.style.left = rightwards ? `${button.left + scrollX}px` : "auto";
  menu.style.right = rightwards ? "auto" : `${clientWidth - button.right - scrollX}px`;
  menu.style.top = `${button.bottom + scrollY + MENU_GAP}px`;
}
