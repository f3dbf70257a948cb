"use strict";

/* What makes the desk quicker; nothing on it needs this file. A page asks for it by attributes alone:

   data-key="p" data-says="..."  pressing p clicks it (or goes into it, if it is a field); ? lists what it says
   data-row, data-open           j and k go from row to row, o follows the link in it
   data-dialog                   opens the page of its address in a dialog: what is marked data-fragment there, or all
                                 of its main part
   data-keys                     a button, hidden without this file, that opens the list of keys
   data-text                     a frame with an author's text; made as high as the text is
   data-selection                a field that begins with what is selected in the text

   A key opens, it never decides. No markup is made from strings here: what a page of this desk sends is parsed as a
   page, and words are set as words. */

const FIELDS = "input, select, textarea, [contenteditable]";
const ORDER = ["j", "k", "o", "f", "p", "v", "e", "?", "Esc"];
const MANY = { day: "numeric", month: "long", year: "numeric" };
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const LOST = "The desk cannot be reached. Nothing was stored, and what you wrote is still here. Try again in a moment.";
const UNHEARD = "The desk does not answer just now. What you write stays here.";
const OFFLINE = "There is no connection. What you write stays here; it can be stored once there is one.";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const made = (tag, words = "", facts = {}) => Object.assign(document.createElement(tag), { textContent: words }, facts);
const topmost = () => all("dialog[open]").at(-1) ?? document;

/* Times, in the viewer's zone */

const said = (at, how) => new Intl.DateTimeFormat("en-GB", how).format(at);
const absolute = (at) => `${said(at, MANY)}, ${said(at, CLOCK)}`;
const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function showTimes(root) {
  for (const time of all("time[datetime]:not([data-shown])", root)) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.dataset.shown = "";
    const utc = time.title || time.textContent;
    time.title = `${absolute(at)} (${zone()}); ${utc}`;
    if (!time.dataset.in && / UTC$/.test(time.textContent)) time.textContent = absolute(at);
  }
  for (const time of all("time[data-in]", root)) {
    const at = new Date(Date.now() + 1000 * Number(time.dataset.in));
    const today = at.toDateString() === new Date().toDateString();
    time.dateTime = at.toISOString();
    time.textContent = today ? said(at, CLOCK) : absolute(at);
  }
  for (const field of all("[data-at]", root)) showZone(field);
}

function showZone(field) {
  const form = field.form, at = field.value ? new Date(field.value) : new Date();
  const offset = at.getTimezoneOffset(), sign = offset > 0 ? "−" : "+", far = Math.abs(offset);
  const distance = `UTC${sign}${Math.floor(far / 60)}${far % 60 ? `:${String(far % 60).padStart(2, "0")}` : ""}`;
  form.querySelector("[data-offset]").value = offset;
  form.querySelector("[data-zone]").textContent =
    far || zone() !== "UTC" ? `your own time, ${zone()} (${distance})` : "UTC";
}

/* The frame with the text: it can do nothing by itself */

function fitFrame(frame) {
  const page = frame.contentDocument;
  if (!page?.body || page.URL === "about:blank" || frame.dataset.fits === page.URL) return;
  frame.dataset.fits = page.URL;
  const fit = () => { frame.style.height = `${Math.ceil(page.documentElement.getBoundingClientRect().height)}px`; };
  new ResizeObserver(fit).observe(page.body);
  page.addEventListener("keydown", onKey);
  fit();
}

function selected() {
  for (const frame of all("iframe[data-text]")) {
    const words = frame.contentDocument?.getSelection()?.toString().trim();
    if (words) return words;
  }
  return getSelection().toString().trim();
}

/* What went wrong, in words */

function tell(words) {
  const place = topmost() === document ? document.querySelector("main") : topmost();
  place.querySelector(":scope > .trouble")?.remove();
  const trouble = made("p", words, { className: "notice trouble" });
  trouble.setAttribute("role", "alert");
  place.prepend(trouble);
  trouble.scrollIntoView({ block: "nearest" });
}

const untell = () => all(".trouble").forEach((trouble) => trouble.remove());

function saidBy(page) {
  const words = all("main h1, main p", page).map((part) => part.textContent.trim()).filter(Boolean);
  return words.slice(0, 2).join(". ") || LOST;
}

/* Dialogs */

const kept = new Map();
const hasWords = (dialog) => all(FIELDS, dialog).some((field) => field.type !== "hidden" && field.value !== field.defaultValue && field.value);

function show(dialog, opener) {
  dialog.showModal();
  dialog.addEventListener("close", () => opener?.focus?.({ preventScroll: true }), { once: true });
}

function newDialog(parts, name) {
  const dialog = made("dialog"), close = made("button", "Close", { type: "button", className: "plain close" });
  close.addEventListener("click", () => dialog.close());
  dialog.append(...parts, close);
  const heading = dialog.querySelector("h1, h2");
  if (heading) heading.id ||= `dialog-${kept.size}`;
  if (heading) dialog.setAttribute("aria-labelledby", heading.id);
  else dialog.setAttribute("aria-label", name);
  document.body.append(dialog);
  return dialog;
}

async function openDialog(opener) {
  const address = opener.href ?? opener.dataset.dialog, words = selected(), before = kept.get(address);
  if (before && hasWords(before)) return show(before, opener);
  before?.remove();
  untell();
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true", Accept: "text/html" } });
    if (new URL(answer.url).pathname !== new URL(address, location).pathname) return location.assign(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector("[data-fragment]") ?? page.querySelector("main") ?? page.body;
    const parts = part.dataset.fragment === undefined ? [...part.childNodes] : [part];
    const dialog = newDialog(parts.map((node) => document.adoptNode(node)), opener.textContent);
    for (const field of all("[data-selection]", dialog)) if (!field.value) field.value = words;
    kept.set(address, dialog);
    htmx.process(dialog);
    showTimes(dialog);
    show(dialog, opener);
    (dialog.querySelector("[autofocus]") ?? dialog.querySelector("select, input:not([type=hidden]), textarea, button"))?.focus();
  } catch {
    tell(LOST);
  }
}

function listKeys() {
  const open = topmost(), keys = new Map();
  for (const part of all("[data-key]", open)) if (part.dataset.says) keys.set(part.dataset.key, part.dataset.says);
  if (all("[data-row]", open).length) {
    keys.set("j", "the next row").set("k", "the row before").set("o", keys.get("o") ?? "open the row");
  }
  keys.set("?", "this list").set("Esc", "close what is open");
  const list = made("dl", "", { className: "keys" });
  const place = ([key]) => (ORDER.indexOf(key) + 1 || ORDER.length + 1);
  const order = [...keys].sort((one, other) => place(one) - place(other));
  for (const [key, what] of order) {
    const name = made("dt");
    name.append(made("kbd", key));
    list.append(name, made("dd", what));
  }
  const dialog = newDialog([made("h2", "Keys"), list], "Keys");
  dialog.classList.add("of-keys");
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  show(dialog, document.activeElement);
}

/* Keys */

const isSeen = (part) => part.checkVisibility({ visibilityProperty: true });

function step(by) {
  const rows = all("[data-row]", topmost()).filter(isSeen);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  if (!row) return false;
  const link = row.querySelector("[data-open]") ?? row;
  if (link === row) row.tabIndex = -1;
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  return true;
}

function press(key) {
  if (key === "?") return listKeys(), true;
  if (key === "j" || key === "k") if (step(key === "j" ? 1 : -1)) return true;
  const row = key === "o" ? document.activeElement?.closest("[data-row]")?.querySelector("[data-open]") : null;
  const part = row ?? all("[data-key]", topmost()).find((one) => one.dataset.key === key && isSeen(one));
  if (!part || part.matches("button:not([type=button]):not([data-dialog]), input[type=submit]")) return false;
  if (part.matches(FIELDS)) part.focus();
  else part.click();
  return true;
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  if (event.target.closest?.(FIELDS) || event.key.length > 1) return;
  if (press(event.key)) event.preventDefault();
}

/* All of it, begun; and again for whatever is set into the page */

function begin(root) {
  showTimes(root);
  all("iframe[data-text]", root).forEach(fitFrame);
  all("[data-keys]", root).forEach((part) => { part.hidden = false; });
}

document.addEventListener("keydown", onKey);
document.addEventListener("load", (event) => event.target.matches?.("iframe[data-text]") && fitFrame(event.target), true);
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (event.target.matches("[data-at]")) {
    showZone(event.target);
    const later = form.querySelector("input[name=when][value=later]");
    if (later) later.checked = true;
  }
});
document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const part = event.target.closest?.("[data-dialog], [data-close], [data-keys]");
  if (!part) return;
  if (part.matches("[data-keys]")) return listKeys();
  if (part.matches("[data-close]")) {
    const dialog = part.closest("dialog");
    if (dialog) event.preventDefault(), dialog.close();
    return;
  }
  event.preventDefault();
  openDialog(part);
});

document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (ctx) tell(ctx.sourceElement?.matches("[data-beat]") ? UNHEARD : LOST);
});
document.addEventListener("htmx:before:swap", (event) => {
  const { response, text, select, target } = event.detail.ctx ?? {};
  if (!response || response.status < 400) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  if (select && page.querySelector(select)) return;
  event.preventDefault();
  tell(saidBy(page));
});
document.addEventListener("htmx:after:swap", (event) => {
  untell();
  begin(document);
  const step = document.querySelector("[data-step].judged");
  if (step && event.detail.ctx?.target?.id === "review") document.getElementById("flags")?.focus();
});
addEventListener("offline", () => tell(OFFLINE));
addEventListener("online", untell);

setInterval(() => showTimes(document), 20_000);
begin(document);
