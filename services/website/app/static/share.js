// Passing a story's address on.

import { element } from "./dom.js";
import { isTouch, say } from "./texts.js";

/** The address in a field of its own, with a button that copies it, and one that shares it where the system can. */
export function shareRow(url, title) {
  const field = element("input", { type: "text", readonly: "", value: url, "aria-label": say("link") });
  const message = element("span", { role: "status", class: "help" });
  const copy = element("button", { type: "button", class: "second" }, say("copy"));
  copy.addEventListener("click", async () => {
    field.select();
    message.textContent = (await copied(url)) ? say("copied") : say(isTouch() ? "copy_hold" : "copy_self");
  });
  const row = element("div", { class: "share" }, field, copy);
  if (navigator.share) {
    const share = element("button", { type: "button", class: "second" }, say("share"));
    // Closing the system's dialog is no fault.
    share.addEventListener("click", () => navigator.share({ url, title }).catch(() => {}));
    row.append(share);
  }
  row.append(message);
  return row;
}

// The clipboard is for pages that came by HTTPS alone; the selected text can be copied on any.
async function copied(url) {
  try {
    await navigator.clipboard.writeText(url);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
