// Puts the page's two parts together.

import * as library from "./library.js";
import * as editor from "./editor.js";

editor.start(library.add);
library.start((template) => {
  editor.use(template);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.getElementById("template").focus({ preventScroll: true });
  scrollTo({ top: 0, behavior: calm ? "auto" : "smooth" });
});
