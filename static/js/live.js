// Keeps the part of a page with the id "live" up to date: asks for the page again, and takes over that part of it.
"use strict";

const live = document.getElementById("live");

async function refresh() {
  if (document.hidden || live.contains(document.activeElement)) return;
  try {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("live");
    if (found) live.replaceChildren(...found.children);
  } catch {
    // The server is away for a moment: the next time.
  }
}

if (live) window.setInterval(refresh, Number(live.dataset.seconds) * 1000);
