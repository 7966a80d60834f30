// Writes every <time> in the reader's zone and language; without this the page shows the server's zone.
"use strict";

const today = { hour: "2-digit", minute: "2-digit" };
const older = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };

function localise(root) {
  const language = document.documentElement.lang;
  const now = new Date();
  for (const element of root.querySelectorAll("time[datetime]")) {
    const when = new Date(element.dateTime);
    if (Number.isNaN(when.getTime())) continue;
    const isToday = when.toDateString() === now.toDateString();
    element.textContent = when.toLocaleString(language, isToday ? today : older);
    element.title = when.toLocaleString(language, { dateStyle: "full", timeStyle: "long" });
  }
}

localise(document);
document.addEventListener("htmx:afterSwap", (event) => localise(event.target));
