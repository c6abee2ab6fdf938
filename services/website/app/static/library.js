// The lower part of the page: stories saved before, page by page.

import * as api from "./api.js";
import { byId, element, whileBusy } from "./dom.js";
import { align } from "./template.js";

const SKELETONS = 3;
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

const list = byId("stories");
const foot = byId("library-foot");
const shown = new Set(); // ids: a story saved here may come again with a page

let useSentence;

/** Shows the newest stories; `onUse` is called with the sentence of a story to write on with. */
export function start(onUse) {
  useSentence = onUse;
  load();
}

/** Puts a story that was just saved on top. */
export function add(story) {
  if (shown.size === 0) foot.replaceChildren();
  if (shown.has(story.id)) return;
  shown.add(story.id);
  const item = entry(story);
  item.classList.add("new");
  list.prepend(item);
}

async function load(cursor) {
  const skeletons = Array.from({ length: cursor ? 1 : SKELETONS }, skeleton);
  list.append(...skeletons);
  list.setAttribute("aria-busy", "true");
  try {
    const page = await api.stories(cursor);
    const fresh = page.stories.filter((story) => !shown.has(story.id));
    fresh.forEach((story) => shown.add(story.id));
    const items = fresh.map(entry);
    list.append(...items);
    if (page.next) foot.replaceChildren(more(page.next));
    else if (shown.size === 0) foot.replaceChildren(notice("No stories yet. Yours will be the first!"));
    else foot.replaceChildren();
    if (cursor) items[0]?.querySelector("button").focus({ preventScroll: true });
  } catch (error) {
    const retry = element("button", { type: "button", onclick: () => (foot.replaceChildren(), load(cursor)) }, "Try again");
    foot.replaceChildren(notice(`The saved stories cannot be shown. ${error.message}`, "error"), retry);
  } finally {
    skeletons.forEach((node) => node.remove());
    list.setAttribute("aria-busy", "false");
  }
}

function entry(story) {
  const parts = align(story.template, story.text) ?? [{ text: story.text }];
  const nodes = parts.map((part) => (part.kind ? element("span", { class: `told ${part.kind}` }, part.text) : part.text));
  const time = new Date(story.created_at);
  return element(
    "li",
    {},
    element("p", { class: "told-story" }, ...nodes),
    element(
      "div",
      { class: "entry-foot" },
      element("time", { datetime: story.created_at, title: absolute.format(time) }, ago(time)),
      element(
        "button",
        { type: "button", class: "quiet", "aria-label": `Use this sentence: ${story.template}`, onclick: () => useSentence(story.template) },
        "Use this sentence",
      ),
    ),
  );
}

function ago(time) {
  const seconds = (Date.now() - time) / 1000;
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  }
  return "just now";
}

function more(cursor) {
  return element(
    "button",
    { type: "button", onclick: (event) => whileBusy(event.currentTarget, () => load(cursor)) },
    "Load more",
  );
}

function notice(text, kind = "") {
  return element("p", { class: `notice ${kind}`, role: kind === "error" ? "alert" : "note" }, text);
}

function skeleton() {
  return element("li", { class: "skeleton", "aria-hidden": "true" }, element("span"), element("span"));
}
