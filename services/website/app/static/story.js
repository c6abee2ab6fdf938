// A story's own page: the story, its address to pass on, and a way to begin one's own with its sentence.

import * as api from "./api.js";
import { announce, byId, element } from "./dom.js";
import * as frame from "./frame.js";
import * as others from "./others.js";
import { shareRow } from "./share.js";
import { age, deletion, failed, reuse, skeleton, telling } from "./telling.js";
import { say } from "./texts.js";

const TITLE_CHARS = 60;

const article = byId("start");
const told = byId("told");
const id = location.pathname.slice(location.pathname.lastIndexOf("/") + 1);

frame.start();
load();
frame.started();

async function load() {
  article.setAttribute("aria-busy", "true");
  told.replaceChildren(skeleton("div"));
  others.show(id);
  try {
    show(await api.story(id));
  } catch (error) {
    if (error.status === 404) {
      gone(say("gone"));
    } else {
      failed(told, `${say("story_error")} ${error.message}`, article, load);
    }
  } finally {
    article.setAttribute("aria-busy", "false");
  }
}

function show(story) {
  const characters = Array.from(story.text);
  const title = characters.length > TITLE_CHARS ? `${characters.slice(0, TITLE_CHARS).join("")}…` : story.text;
  document.title = `${title} – Storyizer`;
  const erase = deletion(story, "text", () => {
    gone(say("deleted")).focus();
    announce(say("deleted"));
  });
  told.replaceChildren(
    telling(story, true, { class: "telling", id: "text" }),
    element("p", { class: "when" }, age(story)),
    shareRow(location.origin + location.pathname, title),
    element("div", { class: "story-foot" }, reuse(story, say("reuse"), { class: "primary" }), ...(erase ? [erase] : [])),
  );
}

function gone(text) {
  const own = element("a", { href: frame.writePage(), class: "primary" }, say("write_own"));
  told.replaceChildren(element("p", { class: "notice" }, text), own);
  return own;
}
