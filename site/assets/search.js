/* The search page's script: looks in the lists of words under search/, which pagefind made, one a year or a part of it.

What it needs on the page; whatever it says stands there already, hidden, in the language of the site:
  form#search (hidden; data-root leads to the site's root, "" or "../") with
    input[name=q]  select[name=year] with one option of value "" (the years are added)  button
  p#search-status (role=status; empty)
  #search-without   shown where there is no script; this one hides it
  #search-looking  #search-none  #search-failed   (hidden) what to say while looking, of no find, of a fault
  #search-found     (hidden) an element [data-form=one|other|...] for each form of "{n} pieces hold these words"
  ol#search-results (empty)     button#search-more (hidden)
A result is li > a, p.when (date, author), p.excerpt (with mark). */

const form = document.getElementById("search");
const part = (name) => document.getElementById(`search-${name}`);
const root = new URL(form.dataset.root || ".", document.baseURI);
const language = document.documentElement.lang || "en";
const AT_ONCE = 10;
const UNSPACED = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const WIDE = `[${UNSPACED}\\u3000-\\u303f\\uff00-\\uffef]`;
const APART = new RegExp(`(?<=[${UNSPACED}])(?=\\S)|(?<=\\S)(?=[${UNSPACED}])`, "gu");
const BETWEEN = new RegExp(`(?<=${WIDE}(?:</mark>)?) +(?=(?:<mark>)?${WIDE})`, "gu");
const engines = new Map(); /* a year, or "" for all, -> the promise of a pagefind that looks in its lists */
let shards = null;
let search = 0;
let rest = [];

const listed = () => (shards ??= fetch(new URL("search/shards.json", root)).then((answer) => {
  if (!answer.ok) throw new Error(`shards.json: ${answer.status}`);
  return answer.json();
}).then((list) => list.shards));

async function engine(year) {
  const folders = (await listed()).filter((shard) => !year || String(shard.year) === year)
    .map((shard) => new URL(shard.path, root));
  if (!folders.length) return null;
  const { createInstance } = await import(new URL("pagefind.js", folders[0]));
  const made = createInstance({ basePath: folders[0].pathname, noWorker: true, excerptLength: 34 });
  await Promise.all(folders.slice(1).map((folder) => made.mergeIndex(folder.pathname, { excerptLength: 34 })));
  return made;
}

/* Letters of scripts without spaces are words of their own in the lists; several in a row are looked for as such. */
async function finds(pagefind, words) {
  const apart = words.replace(APART, " ");
  if (apart !== words && !/[\s"]/.test(words)) {
    const found = (await pagefind.search(`"${apart}"`)).results;
    if (found.length) return found;
  }
  return (await pagefind.search(apart)).results;
}

function element(tag, attributes, ...inner) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...inner);
  return made;
}

/* Pagefind marks the finds in HTML whose < and > it has escaped. Here it stays text. */
function excerpt(found) {
  const plain = (words) => words.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  const all = plain(found.content).trim();
  const shown = plain(found.excerpt.replace(/<\/?mark>/g, "")).trim();
  const parts = found.excerpt.trim().replace(BETWEEN, "").split(/<mark>(.*?)<\/mark>/s)
    .map((words, at) => (at % 2 ? element("mark", {}, plain(words)) : plain(words)));
  if (!all.startsWith(shown)) parts.unshift("… ");
  if (!all.endsWith(shown)) parts.push(" …");
  return element("p", { className: "excerpt", dir: "auto", lang: found.meta.lang || language }, ...parts);
}

function row(found) {
  const { title, day, date, author, lang } = found.meta;
  const link = element("a", { href: new URL(found.raw_url.replace(/^\/+/, ""), root).href, dir: "auto" }, title || found.raw_url);
  if (lang) link.lang = lang;
  const when = element("p", { className: "when" }, element("time", { dateTime: date || "" }, day || date || ""));
  if (author) when.append(" · ", element("bdi", {}, author));
  return element("li", {}, link, when, excerpt(found));
}

async function more(focus) {
  const now = search;
  const found = await Promise.all(rest.splice(0, AT_ONCE).map((result) => result.data()));
  if (now !== search) return;
  const rows = found.map(row);
  part("results").append(...rows);
  part("more").hidden = !rest.length;
  if (focus && rows.length) rows[0].querySelector("a").focus();
}

function say(name, number) {
  const from = part(name);
  const rule = number === undefined ? "" : new Intl.PluralRules(language).select(number);
  const form = number === undefined ? from : from.querySelector(`[data-form="${rule}"]`) || from.querySelector('[data-form="other"]');
  const words = [...form.childNodes].map((node) => node.cloneNode(true));
  part("status").replaceChildren(...words);
  if (number === undefined) return;
  for (const node of part("status").childNodes) {
    node.textContent = node.textContent.replace("{n}", new Intl.NumberFormat(language).format(number));
  }
}

async function look() {
  const words = form.q.value.trim();
  const year = form.year.value;
  const now = (search += 1);
  rest = [];
  part("results").replaceChildren();
  part("more").hidden = true;
  part("status").replaceChildren();
  const address = new URL(location.href);
  address.search = words ? String(new URLSearchParams(year ? { q: words, year } : { q: words })) : "";
  history.replaceState(null, "", address);
  if (!words) return;
  say("looking");
  try {
    if (!engines.has(year)) engines.set(year, engine(year));
    const pagefind = await engines.get(year);
    const found = pagefind ? await finds(pagefind, words) : [];
    if (now !== search) return;
    rest = found;
    if (!rest.length) return say("none");
    const all = rest.length;
    await more(false);
    if (now === search) say("found", all);
  } catch (fault) {
    console.error(fault);
    engines.delete(year);
    shards = null;
    if (now === search) say("failed");
  }
}

async function begin() {
  part("without").hidden = true;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  form.year.addEventListener("change", () => form.q.value.trim() && look());
  part("more").addEventListener("click", () => more(true).catch(() => say("failed")));
  const given = new URLSearchParams(location.search);
  form.q.value = given.get("q") || "";
  try {
    const years = new Set((await listed()).map((shard) => String(shard.year)));
    for (const year of years) form.year.append(element("option", { value: year }, year));
    if (years.has(given.get("year"))) form.year.value = given.get("year");
  } catch (fault) {
    console.error(fault);
    shards = null;
    return say("failed");
  }
  if (form.q.value) look();
}

begin();
