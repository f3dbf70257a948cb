"use strict";

/* What makes the desk quicker; nothing on it needs this file. A page asks for it by attributes alone:

   data-key="p" data-says="..."  pressing p clicks it (or goes into it, if it is a field); ? lists what it says
   data-row, data-open           j and k go from row to row, o follows the link in it
   data-dialog                   opens the page of its address in a dialog: what is marked data-fragment there, or all
                                 of its main part
   data-keys                     a button, hidden without this file, that opens the list of keys
   data-text                     a frame with an author's text; made as high as the text is
   data-selection                a field that begins with what is selected in the text
   data-sortable                 a table, whole on its page, whose rows a click on the head of a column sorts

   A key opens, it never decides. No markup is made from strings here: what a page of this desk sends is parsed as a
   page, and words are set as words. */

const FIELDS = "input, select, textarea, [contenteditable]";
const ORDER = ["j", "k", "o", "f", "p", "v", "e", "?", "Esc"];
const MANY = { day: "numeric", month: "long", year: "numeric" };
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const LOST = "The desk cannot be reached. Try again in a moment.";
const UNSURE = "The desk cannot be reached, so it is not known whether this was stored. What you wrote is still here: try again in a moment.";
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

/* Tables, by a column: numbers and times by what they are worth, words as they are read; what has none comes last */

const sorter = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function worth(row, column) {
  const cell = row.cells[column], at = cell?.querySelector("time[datetime]"), words = cell?.textContent.trim() ?? "";
  if (at) return Date.parse(at.dateTime);
  if (!cell?.matches(".number")) return words;
  const number = words.replaceAll(",", "").match(/-?\d+(\.\d+)?/);
  return number ? Number(number[0]) : "";
}

function compare(one, other) {
  if (one === "" || other === "") return (one === "") - (other === "");
  return null;
}

function sortBy(table, head) {
  const way = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  const sign = way === "ascending" ? 1 : -1, column = head.cellIndex, body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [worth(row, column), row]);
  rows.sort(([one], [other]) => compare(one, other)
    ?? sign * (typeof one === typeof other && typeof one === "number" ? one - other : sorter.compare(one, other)));
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", way);
  body.append(...rows.map(([, row]) => row));
}

function makeSortable(table) {
  if (table.dataset.sorts !== undefined || table.tBodies[0].rows.length < 2) return;
  table.dataset.sorts = "";
  for (const head of all("th[scope=col]", table.tHead)) {
    const button = made("button", head.textContent, { type: "button", className: "sorts" });
    button.addEventListener("click", () => sortBy(table, head));
    head.replaceChildren(button);
  }
}

/* The frame with the text: it can do nothing by itself */

let toFlags = false;

/* What is said of a text comes with a frame of its own. It begins as high as the one before, so that nothing jumps;
   where the words stand below the text, they are come to once it has its own height. */
function keepHeight(tasks) {
  const height = document.querySelector("#review iframe[data-text]")?.style.height;
  const next = tasks.map((task) => task.fragment?.querySelector?.("iframe[data-text]")).find(Boolean);
  if (height && next) next.style.height = height;
}

function comeToFlags() {
  const flags = document.getElementById("flags");
  flags?.focus({ preventScroll: true });
  toFlags = !matchMedia("(min-width: 62.5rem)").matches;
  flags?.scrollIntoView({ block: toFlags ? "start" : "nearest" });
}

function fitFrame(frame) {
  const page = frame.contentDocument;
  if (!page?.body || page.URL === "about:blank" || frame.dataset.fits === page.URL) return;
  frame.dataset.fits = page.URL;
  const fit = () => { frame.style.height = `${Math.ceil(page.documentElement.getBoundingClientRect().height)}px`; };
  new ResizeObserver(fit).observe(page.body);
  page.addEventListener("keydown", onKey);
  fit();
  if (toFlags) document.getElementById("flags")?.scrollIntoView({ block: "start" });
  toFlags = false;
}

function selected() {
  for (const frame of all("iframe[data-text]")) {
    const words = frame.contentDocument?.getSelection()?.toString().trim();
    if (words) return words;
  }
  return getSelection().toString().trim();
}

/* What went wrong, in words */

function tell(words, { toSignIn = false } = {}) {
  const place = topmost() === document ? document.querySelector("main") : topmost();
  place.querySelector(":scope > .trouble")?.remove();
  const trouble = made("p", words, { className: "notice trouble" });
  trouble.setAttribute("role", "alert");
  if (toSignIn) trouble.append(" ", made("a", "Sign in", { href: "/session?next=/queue", target: "_blank", rel: "noopener" }));
  place.prepend(trouble);
  trouble.scrollIntoView({ block: "nearest" });
}

const untell = () => all(".trouble").forEach((trouble) => trouble.remove());

function saidBy(page, status = 0) {
  const words = all(status === 401 ? "main p:not(:has(a))" : "main h1, main p", page).map((part) => part.textContent.trim()).filter(Boolean);
  return words.slice(0, 2).join(". ") || LOST;
}

const parsed = (words) => new DOMParser().parseFromString(words, "text/html");

/* Whoever signed in again has forms with another token: theirs is taken, and what was refused is sent once more. Only
   where the same person signed in: nothing is said in another's name. */

const tokenOf = (page) => page.querySelector("input[name=form_token]")?.value;
const nameOf = (page) => page.querySelector(".leave a")?.textContent;

async function send(address, request) {
  const answer = await fetch(address, request), given = request.body?.get?.("form_token");
  if (answer.status !== 403 || !given) return answer;
  const page = parsed(await (await fetch("/you")).text()), token = tokenOf(page);
  if (!token || token === given || nameOf(page) !== nameOf(document)) return answer;
  for (const field of all("input[name=form_token]")) field.value = field.defaultValue = token;
  request.body.set("form_token", token);
  return fetch(address, request);
}

/* Dialogs */

const kept = new Map();
let named = 0;
const hasWords = (dialog) => all(FIELDS, dialog).some((field) => field.type !== "hidden" && field.value !== field.defaultValue && field.value);

function show(dialog, opener) {
  dialog.showModal();
  dialog.addEventListener("close", () => opener?.focus?.({ preventScroll: true }), { once: true });
}

function label(dialog, name = "") {
  const heading = dialog.querySelector("h1, h2");
  if (heading) dialog.setAttribute("aria-labelledby", heading.id ||= `dialog-${++named}`);
  else if (name) dialog.setAttribute("aria-label", name);
}

function newDialog(parts, name) {
  const dialog = made("dialog"), close = made("button", "Close", { type: "button", className: "plain close" });
  close.addEventListener("click", () => dialog.close());
  dialog.append(...parts, close);
  label(dialog, name);
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
    const page = parsed(await answer.text());
    if (answer.status === 401) return tell(saidBy(page, 401), { toSignIn: true });
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
  all("table[data-sortable]", root).forEach(makeSortable);
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

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.body?.has?.("form_token")) request.body.set("form_token", tokenOf(document));
  event.detail.ctx.fetch = send;
});
document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (!ctx) return;
  const isWriting = ctx.request?.method === "POST";
  tell(ctx.sourceElement?.matches("[data-beat]") ? UNHEARD : isWriting ? UNSURE : LOST);
});
document.addEventListener("htmx:before:swap", (event) => {
  const { response, text, select, target } = event.detail.ctx ?? {};
  if (target?.id === "review") keepHeight(event.detail.tasks ?? []);
  if (!response || response.status < 400) return;
  const page = parsed(text);
  if (select && page.querySelector(select)) return;
  event.preventDefault();
  tell(saidBy(page, response.status), { toSignIn: response.status === 401 });
});
document.addEventListener("htmx:after:swap", (event) => {
  untell();
  all("dialog").forEach((dialog) => label(dialog));
  const step = document.querySelector("[data-step].judged");
  if (step && event.detail.ctx?.target?.id === "review") comeToFlags();
  begin(document);
});
addEventListener("offline", () => tell(OFFLINE));
addEventListener("online", untell);

setInterval(() => showTimes(document), 20_000);
begin(document);
