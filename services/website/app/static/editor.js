// The left part of the page: writing a sentence, and putting blanks into it.

import { byId } from "./dom.js";
import { draft, keepDraft } from "./storage.js";
import { toSight } from "./telling.js";
import { parse } from "./template.js";
import { EXAMPLES, LANG } from "./texts.js";

const MENU_GAP = 6;
// What no story may have in it: a vertical tab comes with text from a word processor.
const CONTROLS = /[\0-\x08\v\f\x0e-\x1f\x7f]/g;

const field = byId("start");
const ink = byId("ink");
let example = 0;

/** Starts it. `onEdit` is called with every new sentence, `onFill` when the blanks shall be filled, `onFull` if no blank fits in. */
export function start({ onEdit, onFill, onFull }) {
  const edited = () => {
    draw();
    keepDraft(LANG, field.value);
    onEdit(field.value.replace(CONTROLS, " "));
  };
  field.addEventListener("input", edited);
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
    if (!insert(blank)) onFull();
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
  const nodes = parse(field.value, LANG).map((part) => {
    if (!part.kind) return part.text;
    const mark = document.createElement("mark");
    mark.className = part.kind;
    mark.textContent = part.text;
    return mark;
  });
  // A line break at the end has no height of its own.
  ink.replaceChildren(...nodes, "\u200b");
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
