"""Pelican's side of the bench."""

SITENAME = "Afterword"
SITEURL = "https://pelican.example.org"
TIMEZONE = "UTC"
ARTICLE_PATHS = ["pieces"]
ARTICLE_URL = ARTICLE_SAVE_AS = "pieces/{slug}.html"
TAG_URL = TAG_SAVE_AS = "tags/{slug}.html"
AUTHOR_URL = AUTHOR_SAVE_AS = "authors/{slug}.html"
MONTH_ARCHIVE_URL = MONTH_ARCHIVE_SAVE_AS = "archive/{date:%Y-%m}.html"
CATEGORY_SAVE_AS = CATEGORIES_SAVE_AS = ""
DEFAULT_PAGINATION = 100
PAGINATED_TEMPLATES = {"tag": None, "author": None}
DIRECT_TEMPLATES = ["index", "tags", "authors", "archives", "sitemap"]
SITEMAP_SAVE_AS = "sitemap.xml"
FEED_DOMAIN = SITEURL
FEED_ALL_ATOM = "feed.atom"
TAG_FEED_ATOM = "tags/{slug}.atom"
AUTHOR_FEED_ATOM = "authors/{slug}.atom"
AUTHOR_FEED_RSS = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = None
FEED_MAX_ITEMS = 10
THEME = "theme"
STATIC_PATHS: list[str] = []
MARKDOWN = {"extension_configs": {"markdown.extensions.extra": {}, "markdown.extensions.meta": {}}}
CACHE_CONTENT = LOAD_CONTENT_CACHE = True
