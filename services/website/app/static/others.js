// A few more stories below a story's own page, to go on with.

import * as api from "./api.js";
import { byId } from "./dom.js";
import { entry } from "./telling.js";

const FEW = 6;

/** Shows the newest stories but this one. */
export async function show(id) {
  try {
    const { stories } = await api.stories(FEW + 1);
    const others = stories.filter((story) => story.id !== id).slice(0, FEW);
    byId("others-list").replaceChildren(...others.map((story) => entry(story)));
    byId("others").hidden = others.length === 0;
  } catch {
    // The story is what one came for.
  }
}
