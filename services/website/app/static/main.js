// Puts the page's two parts together.

import * as library from "./library.js";
import * as workshop from "./workshop.js";

workshop.start(library.add);
library.start((template) => {
  workshop.use(template);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.getElementById("template").focus({ preventScroll: true });
  scrollTo({ top: 0, behavior: calm ? "auto" : "smooth" });
});
