// Sentences to begin with. The first one is in the page already.

export const EXAMPLES = [
  "The {adjective} {noun} wanted to {verb}, but a {adjective} {noun} stood in the way.",
  "Once upon a time, a {adjective} {noun} taught every {noun} in the village to {verb}.",
  "My {noun} can {verb} faster than your {adjective} {noun}!",
  "Dear diary: today I found a {noun} in my {noun}. It started to {verb} at once.",
  "{adjective} weather tomorrow. Please bring a {noun} and be ready to {verb}.",
  "Nobody expected the {noun} to {verb} during the {adjective} concert.",
  "The secret of a good soup? A {adjective} {noun}, and never, ever {verb}.",
  "If you {verb} under a {adjective} moon, a {noun} may grant you one wish.",
];
