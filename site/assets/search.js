/* The search page's script: looks in the lists of words under search/, which pagefind made, one a year or a part of it.

What it needs on the page; whatever it says stands there already, hidden, in the language of the site:
  form#search (hidden; data-root leads to the site's root, "" or "../") with
    input[name=q]  select[name=year] with one option of value "" (the years are added)  button
  p#search-status (role=status; empty)
  #search-without   shown where there is no script; this one hides it
  #search-looking  #search-none  #search-failed   (hidden) what to say while looking, of no find, of a fault
  #search-nearest   (hidden) likewise, where {n} pieces were looked into and there are more than anyone can wait for
  #search-found  #search-many   (hidden) an element [data-form=one|other|...] for each form of "{n} pieces hold these
                    words", and of "more than {n}"
  ol#search-results (empty)     button#search-more (hidden)
A result is li > a, p.when (date, author), p.excerpt (with mark). */

const form = document.getElementById("search");
const part = (name) => document.getElementById(`search-${name}`);
const root = new URL(form.dataset.root || ".", document.baseURI);
const language = document.documentElement.lang || "en";
const AT_ONCE = 10;
const MOST = 200; /* so many pieces are looked into for one answer */
const MOST_WORDS = 12; /* so many of the words are also looked for whole */
const HIDDEN = new Set(["lang", "day", "date"]); /* what pagefind knows of a piece that are no words of it */
const UNSPACED = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const WIDE = `[${UNSPACED}\\u3000-\\u303f\\uff00-\\uffef]`;
const APART = new RegExp(`(?<=[${UNSPACED}])(?=\\S)|(?<=\\S)(?=[${UNSPACED}])`, "gu");
const BETWEEN = new RegExp(`(?<=${WIDE}(?:</mark>)?) +(?=(?:<mark>)?${WIDE})`, "gu");
const engines = new Map(); /* a year, or "" for all, -> the promise of a pagefind that looks in its lists */
let shards = null;
let search = 0;
let asked = []; /* the words that a piece has to hold */
let rest = []; /* what may hold them, the likeliest first, and was not looked into */
let held = []; /* what holds them, and is not shown yet */
let looked = 0;
let total = 0;

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

/* Words by their letters: without capitals, accents and signs, each after a space. Signs part words, or do not. */
const folded = (words, sign) => ` ${words.replace(APART, " ").normalize("NFKD")
  .replace(/[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]|\p{Cf}/gu, "").normalize("NFC").toLowerCase()
  .replace(/[^\p{L}\p{M}\p{N}\s]+/gu, sign).trim().split(/\s+/).join(" ")} `;
const bothWays = (words) => [folded(words, " "), folded(words, "")];

/* What stands in quotes is looked for as it stands, any other word also as the beginning of a longer one. */
function read(words) {
  const parts = [...words.matchAll(/["“”„«»]([^"“”„«»]+)["“”„«»]|([^\s"“”„«»]+)/g)];
  return parts.map(([, phrase, word]) => ({ said: phrase || word, ways: bothWays(phrase || word)
    .map((way) => (phrase ? way : way.trimEnd())) })).filter(({ ways }) => ways[0].trim());
}

/* Pagefind also takes words of the same stem, and where a list lacks a word, the beginning of it: "am" for "amount". */
function holds(found) {
  const { title, author, form: kind, tags } = found.meta;
  const all = [title, author, kind, tags, found.content].map((words) => bothWays(words || ""));
  return asked.every(({ ways }) => ways.some((way, at) => all.some((said) => said[at].includes(way))));
}

/* First what has most of the words whole. Letters of scripts without spaces are words of their own in the lists. */
async function near(pagefind) {
  const plain = asked.map(({ said }) => said.replace(APART, " "));
  const likely = (await pagefind.search(plain.join(" "))).results;
  const whole = new Map();
  for (const words of plain.slice(0, MOST_WORDS)) {
    for (const found of (await pagefind.search(`"${words}"`)).results) {
      whole.set(found.id, [...(whole.get(found.id) || []), found]);
    }
  }
  const many = ({ id }) => whole.get(id)?.length || 0;
  return likely.filter(({ words, matchedMetaFields: known }) => words.length || !known?.every((name) => HIDDEN.has(name)))
    .sort((one, other) => many(other) - many(one))
    .map((found) => (plain.length === 1 && many(found) ? whole.get(found.id)[0] : found));
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

/* Look into the next of them; as soon as there are enough for it, the first are shown. */
async function sift(now) {
  for (let left = MOST; rest.length && left > 0 && now === search;) {
    const some = rest.splice(0, Math.min(left, 2 * AT_ONCE));
    const found = await Promise.all(some.map((result) => result.data()));
    if (now !== search) return;
    left -= some.length;
    looked += some.length;
    const finds = found.filter(holds);
    total += finds.length;
    held.push(...finds);
    if (!part("results").childElementCount && held.length >= AT_ONCE) show();
  }
}

function show() {
  const rows = held.splice(0, AT_ONCE).map(row);
  part("results").append(...rows);
  return rows;
}

function tell() {
  part("more").hidden = !held.length && !(rest.length && total);
  if (rest.length) return total ? say("many", total) : say("nearest", looked);
  return total ? say("found", total) : say("none");
}

async function more() {
  const now = search;
  if (held.length < AT_ONCE) await sift(now);
  if (now !== search) return;
  const rows = show();
  tell();
  (rows[0] || part("results").lastElementChild).querySelector("a").focus();
}

function say(name, number) {
  const from = part(name);
  const rule = number === undefined ? "" : new Intl.PluralRules(language).select(number);
  const form = number === undefined ? from : from.querySelector(`[data-form="${rule}"]`) || from.querySelector('[data-form="other"]') || from;
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
  asked = read(words);
  rest = [];
  held = [];
  looked = 0;
  total = 0;
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
    const found = pagefind && asked.length ? await near(pagefind) : [];
    if (now !== search) return;
    rest = found;
    await sift(now);
    if (now !== search) return;
    if (!part("results").childElementCount) show();
    tell();
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
  part("more").addEventListener("click", () => more().catch(() => say("failed")));
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
