// Building the page's elements. Text is only ever set as text, never as markup.

/** The element with this id, which is in the page. */
export const byId = (id) => document.getElementById(id);

/** A new element with attributes (those that are null are left out) and children (elements or texts). */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Marks an element as busy while `work` is under way; it is not begun a second time meanwhile. */
export async function whileBusy(node, work) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    node.setAttribute("aria-busy", "false");
  }
}

/** Has a screen reader say something that others see happen. */
export function announce(text) {
  byId("announcer").textContent = text;
}
