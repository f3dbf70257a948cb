module.exports = { layout: "piece.njk", permalink: (data) => `pieces/${data.page.fileSlug}.html` };
