"""The whole way of a feed, beside bare feedparser on the same bytes in the same run.

Ours asks over HTTP, in 16 threads: guard, request, limits, unpacking, charset, parser, sanitiser, plain text, keys. The
other parses what is in memory already, with its defaults. The server of the feeds is a process of its own.
"""

import gzip
import io
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

FEEDS, THREADS, ROUNDS = 160, 16, 3
SMALL = '<rss version="2.0"><channel><title>Small</title><item><title>One</title><link>/1</link></item></channel></rss>'
LANGUAGES = {
    "en": "the tide went out over mud and the boats leaned on their keels while somebody counted gulls along a pier",
    "de": "die Flut ging über den Schlick zurück und für eine Weile hörten wir nichts als das Ächzen der Taue",
    "fr": "la marée s'est retirée et l'été déjà passé laissait sur la grève des coques, du sel et un peu d'odeur",
    "es": "la mañana llegó despacio con niebla y señales lejanas que nadie quiso leer hasta después del café",
    "ru": "вода ушла и лодки легли набок пока кто-то считал чаек вдоль старого причала у самого моря",
    "ja": "潮が 引いて 舟は 傾き 誰かが 桟橋で 鴎を 数えて いた 朝の 光は まだ 薄い",
    "ar": "انحسر المد عن الطين ومالت القوارب على جوانبها بينما كان أحدهم يعد النوارس على الرصيف",
}


def measure() -> tuple[dict[str, float], dict[str, float]]:
    """Ratios of CPU and of wall time, medians over rounds in turn; feeds a second; milliseconds of CPU for one small
    feed; and the goals."""
    import feedparser

    from agent.adapters.feeds import FeedReader

    bodies = feeds()
    server = subprocess.Popen([sys.executable, "-m", "tests.bench.feeds"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline()) if server.stdout else 0
        reader = FeedReader(allow_private=True)

        def ours(number: int) -> int:
            return len(reader.read(f"http://127.0.0.1:{port}/{number}").entries or [])

        def bare(number: int) -> int:
            return len(feedparser.parse(io.BytesIO(bodies[number])).entries)

        def all_of_ours() -> int:
            with ThreadPoolExecutor(THREADS) as pool:
                return sum(pool.map(ours, range(FEEDS)))

        if all_of_ours() != 20 * FEEDS or bare(0) < 20:
            raise RuntimeError("not every feed was read")
        rounds = [(timed(all_of_ours), timed(lambda: sum(map(bare, range(FEEDS))))) for _ in range(ROUNDS)]
        small = timed(lambda: sum(ours(FEEDS) for _ in range(200)))
    finally:
        server.kill()
        server.wait()
    middle = statistics.median
    figures = {
        "feeds": float(FEEDS),
        "kilobytes_a_feed": round(statistics.mean(map(len, bodies)) / 1_000, 1),
        "feeds_a_second": round(FEEDS / middle(mine[1] for mine, _ in rounds), 1),
        "bare_feeds_a_second": round(FEEDS / middle(other[1] for _, other in rounds), 1),
        "cpu_ms_a_feed": round(1_000 * middle(mine[0] for mine, _ in rounds) / FEEDS, 2),
        "bare_cpu_ms_a_feed": round(1_000 * middle(other[0] for _, other in rounds) / FEEDS, 2),
        "cpu_ms_a_small_feed": round(1_000 * small[0] / 200, 2),
        "cpu_ratio": round(middle(mine[0] / other[0] for mine, other in rounds), 2),
        "wall_ratio": round(middle(mine[1] / other[1] for mine, other in rounds), 2),
    }
    return figures, {"cpu_ratio": 1.5}


def timed(work: Callable[[], int]) -> tuple[float, float]:
    """Seconds of CPU, of all threads and of the system for them, and of wall time."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def feeds() -> list[bytes]:
    """The same feeds whenever it is called: RSS and Atom in turn, of 20 to 40 entries."""
    dice = random.Random(4)
    languages = list(LANGUAGES)
    return [(rss, atom)[number % 2](dice, languages[number % len(languages)]) for number in range(FEEDS)]


def rss(dice: random.Random, language: str) -> bytes:
    """A feed as the usual blog programs write it: a summary, and the whole text beside it."""

    def some(least: int, most: int) -> str:
        return words(dice, language, least, most)

    items = "".join(
        f"<item><title>{escape(some(3, 9).title())}</title><link>https://blog.example/{n}/?a=1&amp;b=2</link>"
        f"<dc:creator><![CDATA[{some(2, 2)}]]></dc:creator><pubDate>{format_datetime(day(n))}</pubDate>"
        f"<category><![CDATA[{some(1, 2)}]]></category><category>notes</category>"
        f'<guid isPermaLink="false">https://blog.example/?p={n}</guid><comments>https://blog.example/{n}#c</comments>'
        f"<description><![CDATA[<p>{some(20, 50)} [&#8230;]</p>]]></description>"
        f"<content:encoded><![CDATA[{text(dice, language)}]]></content:encoded>"
        f'<media:thumbnail url="https://blog.example/{n}.jpg" width="640" height="480"/></item>'
        for n in range(dice.randint(20, 40))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>{some(2, 4)}</title><link>https://blog.example/</link><language>{language}</language>"
        f"<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>{items}</channel></rss>"
    ).encode()


def atom(dice: random.Random, language: str) -> bytes:
    """A feed as site generators write it: escaped HTML."""

    def some(least: int, most: int) -> str:
        return words(dice, language, least, most)

    items = "".join(
        f'<entry xml:lang="{language}"><title type="html">{escape(some(3, 9))}</title><id>tag:site,2026:{n}</id>'
        f'<link rel="alternate" type="text/html" href="/posts/{n}.html"/><author><name>{some(2, 2)}</name></author>'
        f'<published>{day(n).isoformat()}</published><updated>{day(n).isoformat()}</updated><category term="notes"/>'
        f'<summary type="html">{escape(some(10, 40))}</summary>'
        f'<content type="html" xml:base="https://site.example/posts/{n}.html">{escape(text(dice, language))}</content>'
        "</entry>"
        for n in range(dice.randint(20, 40))
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<generator>site</generator><title>{some(2, 4)}</title><id>tag:site,2026:feed</id>"
        f"<updated>{day(0).isoformat()}</updated>{items}</feed>"
    ).encode()


def text(dice: random.Random, language: str) -> str:
    """Some paragraphs of HTML."""

    def some(least: int, most: int) -> str:
        return words(dice, language, least, most)

    pieces = []
    for number in range(dice.randint(1, 6)):
        pieces.append(
            f'<p class="p{number}" style="margin: 0">{some(20, 70)} <a href="/{number}?x=1&amp;y=2" '
            f'title="{some(1, 3)}">{some(1, 4)}</a>, <em>{some(1, 3)}</em> &amp; <strong>{some(1, 3)}</strong>.</p>'
        )
        if number % 3 == 1:
            pieces.append(
                f'<figure><img src="/i/{number}.jpg" srcset="/i/{number}-2.jpg 2x" alt="{some(2, 5)}" loading="lazy"/>'
                f"<figcaption>{some(3, 8)}</figcaption></figure>"
            )
        if number % 4 == 2:
            pieces.append("<ul>" + "".join(f"<li>{some(2, 9)}</li>" for _ in range(4)) + "</ul>")
    return "".join(pieces) + '<img src="https://count.example/p.gif" width="1" height="1" alt="">'


def words(dice: random.Random, language: str, least: int, most: int) -> str:
    """Words of one language."""
    return " ".join(dice.choices(LANGUAGES[language].split(), k=dice.randint(least, most)))


def day(number: int) -> datetime:
    """A date before that of the entry above."""
    return datetime(2026, 11, 1, 9, tzinfo=UTC) - timedelta(hours=7 * number)


def serve() -> None:
    """Answer on a free loopback port, which is printed, until the process is ended. A third is compressed."""
    answers = [answer(body, packed=number % 3 == 0) for number, body in enumerate([*feeds(), SMALL.encode()])]

    def reply(connection: socket.socket) -> None:
        with connection:
            path = connection.recv(65_536).split(b" ", 2)[1]
            connection.sendall(answers[int(path.lstrip(b"/"))])
            connection.recv(1)

    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        print(server.getsockname()[1], flush=True)  # noqa: T201
        while True:
            threading.Thread(target=reply, args=[server.accept()[0]], daemon=True).start()


def answer(body: bytes, *, packed: bool) -> bytes:
    """All of an answer."""
    sent = gzip.compress(body) if packed else body
    lines = [
        *("HTTP/1.1 200 OK", "Date: Mon, 02 Nov 2026 10:00:00 GMT", "Server: bench", f"Content-Length: {len(sent)}"),
        *(
            "Content-Type: application/xml; charset=utf-8",
            'ETag: "tide-1"',
            "Last-Modified: Sun, 01 Nov 2026 09:00:00 GMT",
        ),
        *(["Content-Encoding: gzip"] if packed else []),
        *("Cache-Control: max-age=300", "Vary: Accept-Encoding", "X-Content-Type-Options: nosniff", "", ""),
    ]
    return "\r\n".join(lines).encode() + sent


if __name__ == "__main__":
    serve()
