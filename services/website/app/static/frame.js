// What both pages have around their content: the theme's switch, and the line that says one is offline.

import { byId } from "./dom.js";
import { forgetReloads, keepTheme } from "./storage.js";
import { say } from "./texts.js";

const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** Starts it. */
export function start() {
  const button = byId("theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches);
  const show = () => button.setAttribute("aria-pressed", isDark());
  button.addEventListener("click", () => {
    const dark = !isDark();
    const theme = dark === systemIsDark.matches ? null : dark ? "dark" : "light";
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    keepTheme(theme);
    show();
  });
  systemIsDark.addEventListener("change", show);
  show();

  const line = byId("offline");
  const tell = () => (line.textContent = navigator.onLine ? "" : say("offline"));
  addEventListener("online", tell);
  addEventListener("offline", tell);
  tell();
}

/** Tells `theme.js` that the page's modules fit together. */
export function started() {
  root.dataset.started = "";
  forgetReloads();
}

/** The address of the page to write on; with a sentence, of the page that begins with it. */
export function writePage(lang = null, sentence = null) {
  const url = new URL(root.dataset.home, location.origin);
  if (lang && lang !== root.lang) url.searchParams.set("lang", lang);
  // Behind the #, so that it stays in the browser.
  if (sentence !== null) url.hash = new URLSearchParams({ sentence });
  return url.pathname + url.search + url.hash;
}

/** The address of a story's page, in the reader's language. */
export const storyPage = (id) => root.dataset.stories.replace("ID", encodeURIComponent(id));
