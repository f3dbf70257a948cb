// Eleventy's side of the bench.
const footnotes = require(process.env.BENCH_NODE + "/markdown-it-footnote");

const chunks = (name, groups) =>
  [...groups].flatMap(([key, pieces]) => {
    const pages = Math.ceil(pieces.length / 100);
    return Array.from({ length: pages }, (_, at) => ({
      name,
      key,
      slug: key.replaceAll(" ", "-"),
      at,
      more: at + 1 < pages,
      pieces: pieces.slice(at * 100, at * 100 + 100),
    }));
  });

const grouped = (pieces, keys) => {
  const groups = new Map();
  for (const piece of pieces) for (const key of keys(piece)) groups.set(key, [...(groups.get(key) ?? []), piece]);
  return groups;
};

module.exports = (config) => {
  config.amendLibrary("md", (library) => library.use(footnotes));
  config.setLiquidOptions({ dynamicPartials: false });
  const cache = new WeakMap();
  const found = (api) => {
    const all = api.getAll();
    if (!cache.has(all)) {
      const pieces = all.filter((page) => page.inputPath.includes("/pieces/")).sort((a, b) => b.date - a.date);
      cache.set(all, {
        pieces,
        by: {
          tags: grouped(pieces, (piece) => piece.data.tags),
          authors: grouped(pieces, (piece) => piece.data.authors),
          months: grouped(pieces, (piece) => piece.data.months),
        },
      });
    }
    return cache.get(all);
  };
  config.addCollection("pieces", (api) => found(api).pieces);
  config.addCollection("lists", (api) => Object.entries(found(api).by).flatMap(([name, groups]) => chunks(name, groups)));
  config.addCollection("feeds", (api) => {
    const { pieces, by } = found(api);
    const some = [by.tags, by.authors].flatMap((groups, at) =>
      [...groups].map(([key, all]) => ({
        path: `${["tags", "authors"][at]}/${key.replaceAll(" ", "-")}.atom`,
        pieces: all.slice(0, 10),
      })),
    );
    return [{ path: "feed.atom", pieces: pieces.slice(0, 30) }, ...some];
  });
  config.addCollection("shelves", (api) =>
    Object.entries(found(api).by).map(([name, groups]) => ({
      name,
      terms: [...groups].map(([key, all]) => ({ key, slug: key.replaceAll(" ", "-"), count: all.length })),
    })),
  );
  config.addFilter("day", (date) => date.toISOString().slice(0, 10));
  config.addFilter("head", (list, count) => list.slice(0, count));
  config.addFilter("opening", (html) => html.slice(0, 600).replace(/<[^>]*>/g, "").slice(0, 100));
  config.addFilter("beside", (pieces, url, by) => {
    if (!pieces.places) pieces.places = new Map(pieces.map((piece, at) => [piece.url, at]));
    return pieces[pieces.places.get(url) + by];
  });
  return { dir: { input: "content", includes: "../_includes", output: "_site" }, markdownTemplateEngine: false };
};
