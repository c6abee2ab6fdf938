// The lower part of the page: stories saved before, page by page.

import * as api from "./api.js";
import { announce, byId, element, whileBusy } from "./dom.js";
import { keepPlace, onStories, place, token } from "./storage.js";
import { deletion, entry, entryId, failed, reuse, skeleton } from "./telling.js";
import { say } from "./texts.js";

const PAGE = 12;
const PAGE_MAX = 50; // the save service's
const BACK_MAX = 200; // stories that are shown again when one comes back
const SKELETONS = 3;

const list = byId("stories");
const foot = byId("shelf-foot");
const shown = new Set(); // ids: a story saved here may come again with a page

/** Shows the newest stories; to those who come back as many as before, and where they were. */
export async function start() {
  const [navigation] = performance.getEntriesByType("navigation");
  const before = navigation?.type === "back_forward" ? place() : null;
  addEventListener("pagehide", () => {
    // From the shelf's top: what stands above it may be higher or lower when one comes back.
    keepPlace({ count: shown.size, top: scrollY > 0 ? list.getBoundingClientRect().top : null });
  });
  onStories(compare);
  await load(null, Math.min(Math.max(Number(before?.count) || 0, PAGE), BACK_MAX));
  if (typeof before?.top !== "number") return;
  // Until then the browser scrolls by itself.
  if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done, { once: true }));
  scrollBy(0, list.getBoundingClientRect().top - before.top);
}

/** Puts a story that was just saved on top. */
export function add(story) {
  if (shown.has(story.id)) return;
  foot.querySelector(".nothing")?.remove();
  shown.add(story.id);
  const added = item(story);
  added.classList.add("new");
  list.prepend(added);
}

// This story was saved or deleted with this browser: if in another tab, the shelf does not know yet.
async function compare(id) {
  if (shown.has(id) === (token(id) !== null)) return;
  try {
    const story = await api.story(id);
    if (shown.has(id)) return;
    add(story);
    announce(say("arrived"));
  } catch (error) {
    if (error.status === 404) removed(id);
  }
}

async function load(cursor, count = PAGE) {
  if (list.getAttribute("aria-busy") === "true") return;
  const places = Array.from({ length: SKELETONS }, () => skeleton("li"));
  list.append(...places);
  list.setAttribute("aria-busy", "true");
  try {
    const page = await pages(cursor, count);
    const fresh = page.stories.filter((story) => !shown.has(story.id));
    fresh.forEach((story) => shown.add(story.id));
    const items = fresh.map(item);
    list.append(...items);
    foot.replaceChildren(...(page.next ? [more(page.next)] : []));
    if (shown.size === 0) showEmpty();
    if (cursor) items[0]?.querySelector("a").focus({ preventScroll: true });
  } catch (error) {
    failed(foot, `${say("shelf_error")} ${error.message}`, byId("shelf-title"), () => {
      foot.replaceChildren();
      load(cursor, count);
    });
  } finally {
    places.forEach((node) => node.remove());
    list.setAttribute("aria-busy", "false");
  }
}

// As many stories, in as many requests as that takes.
async function pages(cursor, count) {
  const stories = [];
  let next = cursor;
  do {
    const page = await api.stories(Math.min(count - stories.length, PAGE_MAX), next);
    stories.push(...page.stories);
    next = page.next;
  } while (next && stories.length < count);
  return { stories, next };
}

function item(story) {
  const described = { "aria-describedby": entryId(story) };
  const erase = deletion(story, entryId(story), () => {
    removed(story.id);
    byId("shelf-title").focus();
  });
  return entry(story, reuse(story, say("reuse"), described), ...(erase ? [erase] : []));
}

function removed(id) {
  if (!shown.delete(id)) return;
  const entry = byId(entryId({ id })).closest("li");
  const focused = entry.contains(document.activeElement);
  entry.remove();
  announce(say("deleted"));
  if (focused) byId("shelf-title").focus();
  if (shown.size === 0 && !foot.hasChildNodes()) showEmpty();
}

function showEmpty() {
  foot.replaceChildren(element("p", { class: "notice nothing" }, say("shelf_empty")));
}

function more(cursor) {
  const button = element("button", { type: "button", class: "second" }, say("more"));
  button.addEventListener("click", () => whileBusy(button, () => load(cursor)));
  return button;
}
