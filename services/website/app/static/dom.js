// Building the page's elements. Text is only ever set as text, never as markup.

/** The element with this id, which is in the page. */
export const byId = (id) => document.getElementById(id);

/** A new element with attributes and children (elements or texts). */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Marks a button as busy while `work` is under way; it cannot be clicked a second time. */
export async function whileBusy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-busy");
  }
}
