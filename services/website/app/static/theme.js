// Runs before anything is drawn, so that a chosen theme never flashes in the other one.
try {
  const theme = localStorage.getItem("storyizer.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's theme it is.
}
