// What the pages do beyond HTML: live updates, countdowns, copying. Everything works without it, less comfortably.
"use strict";

const said = document.body.dataset;
const clockAhead = Date.now() - Date.parse(said.now); // of this device before the server

function inWords(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const day = document.documentElement.lang === "fr" ? "j" : "d";
  const parts = [[86400, day], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => whole >= size);
  if (first < 0) return "0 s";
  let left = whole;
  return parts.slice(first, first + 2).map(([size, unit]) => {
    const amount = Math.floor(left / size);
    left -= amount * size;
    return amount ? `${amount}\u00a0${unit}` : "";
  }).filter(Boolean).join(" ");
}

function tick(root = document) {
  const now = Date.now() - clockAhead;
  for (const time of root.querySelectorAll("time[data-tick]")) {
    const seconds = (Date.parse(time.dateTime) - now) / 1000;
    const until = time.dataset.tick === "until";
    if (!time.title) time.title = time.textContent;
    const text = until && seconds < 1 ? said.soon
      : (until ? said.until : said.since).replace("{}", inWords(Math.abs(seconds)));
    if (time.textContent !== text) time.textContent = text;
  }
}

// A child that reads as before stays, so that focus, open details and countdowns are left alone.
const source = new WeakMap();
const remember = (node) => source.set(node, node.outerHTML);

function patch(target, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  if (!fresh.children.length) {
    const text = fresh.textContent.trim();
    if (target.textContent.trim() !== text) target.textContent = text;
    return;
  }
  const old = new Map([...target.children].filter((node) => node.id).map((node) => [node.id, node]));
  const focused = document.activeElement && document.activeElement.id;
  const next = [...fresh.children].map((node) => {
    const before = old.get(node.id);
    if (before && source.get(before) === node.outerHTML) return before;
    if (node.id) prepare(node, before);
    return node;
  });
  for (const node of [...target.children]) if (!next.includes(node)) node.remove();
  next.forEach((node, place) => {
    if (target.children[place] !== node) target.insertBefore(node, target.children[place] || null);
  });
  if (focused && document.activeElement.id !== focused) {
    const again = document.getElementById(focused);
    if (again) again.focus({preventScroll: true});
  }
}

function prepare(node, before) {
  remember(node);
  node.classList.add("changed");
  if (!before) return;
  const details = (root) => [root, ...root.querySelectorAll("details")].filter((one) => one.matches("details[id]"));
  const opened = new Map(details(before).map((one) => [one.id, one.open]));
  for (const one of details(node)) if (opened.has(one.id)) one.open = opened.get(one.id);
}

function follow(address) {
  const shown = document.getElementById("connection");
  const show = (text, lost) => {
    shown.hidden = false;
    shown.classList.toggle("lost", lost);
    if (shown.textContent !== text) shown.textContent = text;
  };
  const stream = new EventSource(address);
  stream.onopen = () => show(said.live, false);
  stream.onmessage = (event) => {
    const update = JSON.parse(event.data);
    for (const [id, html] of Object.entries(update.parts)) {
      const target = document.getElementById(id);
      if (target) patch(target, html);
    }
    document.title = update.title;
    show(said.live, false);
    reveal();
    tick();
  };
  stream.onerror = () => {
    show(said.lost, true);
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => follow(address), 10000);
  };
}

function reveal() {
  for (const button of document.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copy);
  const label = button.dataset.label || button.textContent;
  button.dataset.label = label;
  getSelection().selectAllChildren(text); // without the clipboard (plain http) the reader copies the selection
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = said.copied;
  } catch {
    button.textContent = document.execCommand("copy") ? said.copied : said.selected;
  }
  setTimeout(() => { button.textContent = label; }, 4000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copy(button);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset)) return;
  if (form.dataset.once === "sent") {
    event.preventDefault();
    return;
  }
  form.dataset.once = "sent";
  const button = event.submitter; // stays enabled until the browser has read its name and value
  if (!button) return;
  button.dataset.label = button.textContent;
  setTimeout(() => {
    button.disabled = true;
    button.textContent = said.wait;
  }, 0);
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return; // brought back by the browser's own cache: may be tapped again
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.dataset.once = "";
    for (const button of form.querySelectorAll("button[data-label]")) {
      button.disabled = false;
      button.textContent = button.dataset.label;
    }
  }
});

for (const id of ["stages", "incidents", "incident", "top", "told"]) {
  const target = document.getElementById(id);
  if (target) [...target.children].forEach(remember);
}
reveal();
tick();
setInterval(tick, 1000);
if (said.events) {
  const own = said.events === "self"; // a personal page: its address holds the token and is written nowhere
  follow(own ? `${location.pathname}/events${location.search}` : said.events);
}
