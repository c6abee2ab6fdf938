// A saved story as others see it, and what can be done with it: used by the shelf and by the story's own page.

import * as api from "./api.js";
import { element, whileBusy } from "./dom.js";
import { storyPage, writePage } from "./frame.js";
import { dropToken, token } from "./storage.js";
import { align } from "./template.js";
import { LANG, say } from "./texts.js";

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
// The longest text of each size, in Latin letters.
const SIZES = [
  [40, "short"],
  [160, "medium"],
  [400, "long"],
  [Infinity, "longest"],
];
// Each of them as wide as two Latin letters.
const WIDE = /[\u1100-\u11ff\u2e80-\ud7ff]/g;
const relative = new Intl.RelativeTimeFormat(LANG, { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(LANG, { dateStyle: "long", timeStyle: "short" });

/** The story's text with its words marked, in the story's language; as tiles if `large`. */
export function telling(story, large, attributes) {
  const parts = align(story.template, story.text, story.lang) ?? [{ text: story.text }];
  const word = (part) => element("span", { class: `${large ? "tile" : "told"} ${part.kind}` }, part.text);
  const nodes = large ? flow(parts, word) : parts.map((part) => (part.kind ? word(part) : part.text));
  const node = element("p", { lang: story.lang, dir: "auto", ...attributes }, ...nodes);
  if (large) sized(node);
  return node;
}

/** Has a story written the larger the shorter it is. */
export function sized(node) {
  const text = node.textContent;
  const width = text.length + (text.match(WIDE)?.length ?? 0);
  node.dataset.size = SIZES.find(([most]) => width <= most)[1];
}

/**
 * The parts as nodes, their words by `tile`. A tile is a box, and a line could break on either side of
 * it: what is written without a space before or after it is held together with it.
 */
export function flow(parts, tile) {
  const nodes = [];
  let text = "";
  for (const [index, part] of parts.entries()) {
    if (!part.kind) {
      text += part.text;
      continue;
    }
    const opening = /\S{0,3}$/u.exec(text)[0];
    const following = parts[index + 1];
    const closing = following && !following.kind ? /^\S{0,8}/u.exec(following.text)[0] : "";
    nodes.push(text.slice(0, text.length - opening.length));
    nodes.push(element("span", { class: "glue" }, opening, tile(part), closing));
    text = "";
    if (closing) parts[index + 1] = { text: following.text.slice(closing.length) };
  }
  return [...nodes, text];
}

/** A story as a list shows it, with the link to its page; `actions` are what else can be done with it. */
export function entry(story, ...actions) {
  const id = entryId(story);
  const mine = token(story.id) ? [" · ", say("yours")] : [];
  const open = element("a", { href: storyPage(story.id), "aria-describedby": id }, say("open"));
  return element(
    "li",
    {},
    element("p", { class: "when" }, age(story), ...mine),
    telling(story, false, { class: "told-story", id }),
    element("div", { class: "story-foot" }, open, ...actions),
  );
}

/** The id of its text in a list. */
export const entryId = (story) => `story-${story.id}`;

/** When it was saved: "2 hours ago". */
export function age(story) {
  const time = new Date(story.created_at);
  const seconds = (Date.now() - time) / 1000;
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? [null, 1];
  const text = unit ? relative.format(-Math.floor(seconds / length), unit) : say("now");
  return element("time", { datetime: story.created_at, title: absolute.format(time) }, text);
}

/** The link that begins a story of one's own with this one's sentence. */
export function reuse(story, text, attributes) {
  return element("a", { href: writePage(story.lang, story.template), ...attributes }, text);
}

/**
 * What deletes one's own story, after asking; null for the stories of others. `onDeleted` is called
 * when it is gone.
 */
export function deletion(story, describedBy, onDeleted) {
  const secret = token(story.id);
  if (!secret) return null;
  const box = element("span", { class: "deletion" });
  const message = element("span", { role: "status" });

  const offer = () => {
    const ask = element("button", { type: "button", class: "link", "aria-describedby": describedBy }, say("delete"));
    ask.addEventListener("click", confirm);
    message.textContent = "";
    box.replaceChildren(ask, message);
    return ask;
  };
  const confirm = () => {
    const keep = element("button", { type: "button", class: "link", onclick: () => offer().focus() }, say("delete_no"));
    const yes = element("button", { type: "button", class: "link danger" }, say("delete_yes"));
    yes.addEventListener("click", () => whileBusy(yes, erase));
    box.replaceChildren(element("span", { class: "sure" }, say("delete_sure")), yes, keep, message);
    keep.focus();
  };
  const erase = async () => {
    try {
      await api.remove(story.id, secret);
    } catch (error) {
      message.textContent = `${say("delete_error")} ${error.message}`;
      return;
    }
    dropToken(story.id);
    onDeleted();
  };

  offer();
  return box;
}

/**
 * A line of text with a button to try again; it takes the message's place in `parent`. `home` gets
 * the focus that the button had.
 */
export function failed(parent, text, home, again) {
  const retry = element("button", { type: "button", class: "second" }, say("retry"));
  const tryAgain = () => {
    removeEventListener("online", tryAgain);
    const focused = parent.contains(document.activeElement);
    again();
    if (focused) home.focus({ preventScroll: true });
  };
  retry.addEventListener("click", tryAgain);
  // Once the connection is back nobody needs to click.
  if (!navigator.onLine) addEventListener("online", tryAgain);
  parent.replaceChildren(element("p", { class: "notice error", role: "alert" }, text), retry);
}

/** Places for stories that are on their way. */
export const skeleton = (tag) =>
  element(tag, { class: "skeleton", "aria-hidden": "true" }, element("span"), element("span"), element("span"));

/** Scrolls as far as it takes to see the whole element; on a phone it may be below what one sees. */
export function toSight(node) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}
