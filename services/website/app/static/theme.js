// Runs before anything is drawn, so that a chosen theme never flashes in the other one.
try {
  const theme = localStorage.getItem("storyizer.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's theme it is.
}

// While one version replaces another, each task answers with its own modules, and those of two versions may not fit
// together. The page is then loaded again until it starts, a few times and at longer and longer intervals.
{
  const RELOADS_MAX = 5;
  const WAIT_MS = 2_000;
  const hasStarted = () => "started" in document.documentElement.dataset;
  let waiting = false;

  const failed = ({ target, filename }) => {
    const source = target === window ? filename : target.tagName === "SCRIPT" ? target.src : "";
    if (waiting || hasStarted() || !source.startsWith(location.origin)) return;
    try {
      const reloads = Number(sessionStorage.getItem("storyizer.reloads")) + 1;
      if (reloads > RELOADS_MAX) return;
      sessionStorage.setItem("storyizer.reloads", reloads);
      waiting = true;
      setTimeout(() => hasStarted() || !navigator.onLine || location.reload(), WAIT_MS * reloads);
    } catch {
      // Without a place to count, it might never end.
    }
  };
  addEventListener("error", failed, true);
}
