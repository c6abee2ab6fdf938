// The lower part of the page: stories saved before, page by page.

import * as api from "./api.js";
import { announce, byId, element, whileBusy } from "./dom.js";
import { storyPage } from "./frame.js";
import { token } from "./storage.js";
import { age, deletion, failed, reuse, skeleton, telling } from "./telling.js";
import { say } from "./texts.js";

const PAGE = 12;
const SKELETONS = 3;

const list = byId("stories");
const foot = byId("shelf-foot");
const shown = new Set(); // ids: a story saved here may come again with a page

/** Shows the newest stories. */
export const start = () => load();

/** Puts a story that was just saved on top. */
export function add(story) {
  if (shown.has(story.id)) return;
  if (shown.size === 0) foot.replaceChildren();
  shown.add(story.id);
  const item = entry(story);
  item.classList.add("new");
  list.prepend(item);
}

async function load(cursor) {
  if (list.getAttribute("aria-busy") === "true") return;
  const places = Array.from({ length: SKELETONS }, () => skeleton("li"));
  list.append(...places);
  list.setAttribute("aria-busy", "true");
  try {
    const page = await api.stories(PAGE, cursor);
    const fresh = page.stories.filter((story) => !shown.has(story.id));
    fresh.forEach((story) => shown.add(story.id));
    const items = fresh.map(entry);
    list.append(...items);
    foot.replaceChildren(...(page.next ? [more(page.next)] : []));
    if (shown.size === 0) showEmpty();
    if (cursor) items[0]?.querySelector("a").focus({ preventScroll: true });
  } catch (error) {
    failed(foot, `${say("shelf_error")} ${error.message}`, byId("shelf-title"), () => {
      foot.replaceChildren();
      load(cursor);
    });
  } finally {
    places.forEach((node) => node.remove());
    list.setAttribute("aria-busy", "false");
  }
}

function entry(story) {
  const described = `story-${story.id}`;
  const href = storyPage(story.id);
  const mine = token(story.id) ? [" · ", say("yours")] : [];
  const item = element("li", {}, element("p", { class: "when" }, age(story), ...mine));
  const erase = deletion(story, described, () => removed(item, story.id));
  item.append(
    telling(story, false, { class: "told-story", id: described }),
    element(
      "div",
      { class: "story-foot" },
      element("a", { href, "aria-describedby": described }, say("open")),
      reuse(story, say("reuse"), { "aria-describedby": described }),
      ...(erase ? [erase] : []),
    ),
  );
  return item;
}

function removed(item, id) {
  item.remove();
  shown.delete(id);
  announce(say("deleted"));
  byId("shelf-title").focus();
  if (shown.size === 0 && !foot.hasChildNodes()) showEmpty();
}

function showEmpty() {
  foot.replaceChildren(element("p", { class: "notice" }, say("shelf_empty")));
}

function more(cursor) {
  const button = element("button", { type: "button", class: "second" }, say("more"));
  button.addEventListener("click", () => whileBusy(button, () => load(cursor)));
  return button;
}
