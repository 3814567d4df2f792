// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything works without this file. It adds copy buttons, times in the reader's own zone, a guard against
// sending a form twice, and following how far asking people has got.
"use strict";

const announcer = document.getElementById("announcer");

function announce(text) {
  announcer.textContent = "";
  // A change in a later frame is read aloud even if the text is the same as before.
  requestAnimationFrame(() => { announcer.textContent = text; });
}

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]");
  if (!source || !label || !navigator.clipboard) continue;
  const before = label.textContent;
  let timer;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      label.textContent = document.body.dataset.copied;
      announce(document.body.dataset.copied);
      clearTimeout(timer);
      timer = setTimeout(() => { label.textContent = before; }, 2500);
    } catch {
      select(source);
      announce(document.body.dataset.copyFailed);
    }
  });
}

// Moments are written in UTC; here they become the reader's own time, in the page's language but with the
// reader's habits (day before month or after) where the browser's language is the same.
const locale = navigator.languages.find((tag) => tag.split("-")[0] === document.documentElement.lang) ?? document.documentElement.lang;
const formats = {
  moment: new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }),
  day: new Intl.DateTimeFormat(locale, { dateStyle: "medium" }),
};
for (const time of document.querySelectorAll("time[data-local]")) {
  const date = new Date(time.dateTime);
  if (!Number.isNaN(date.valueOf())) time.textContent = formats[time.dataset.local].format(date);
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A failed form says so first: to the eye by its colour, to the ear by its focus.
const failed = document.querySelector("[aria-invalid=true]");
if (failed) failed.focus();

// Asking many people takes a while: the page follows it by itself.
const batch = document.querySelector("[data-batch]:not([data-batch=''])");
if (batch) {
  const state = batch.querySelector("[data-batch-state]");
  const bar = batch.querySelector("progress");
  const again = document.querySelector("[data-batch-again]");
  const follow = async () => {
    let progress;
    try {
      const answer = await fetch(`/api/v1/contacts/batches/${batch.dataset.batch}`);
      if (again) again.hidden = answer.ok;
      if (!answer.ok) return; // The link for looking again is there.
      progress = await answer.json();
    } catch {
      setTimeout(follow, 10_000);
      return;
    }
    const done = progress.total - progress.waiting;
    const text = batch.dataset.words.replace("[done]", done).replace("[total]", progress.total);
    if (state.textContent !== text) state.textContent = text;
    bar.value = done;
    if (progress.waiting === 0) location.reload();
    else setTimeout(follow, 2_000);
  };
  setTimeout(follow, 1_000);
}
