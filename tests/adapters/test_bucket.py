"""A bucket as a target, against a real S3 server over loopback."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.adapters.bringing import LIST
from agent.adapters.bucket import Bucket
from agent.errors import TargetError
from agent.places import BucketSettings
from tests.an_s3 import AnS3
from tests.editions import Files, an_edition, everything, two_pieces, with_piece, without

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[AnS3]:
    double = AnS3()
    yield double
    double.stop()


@pytest.fixture
def s3(server: AnS3, monkeypatch: pytest.MonkeyPatch) -> AnS3:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    server.new_bucket()
    return server


@dataclass
class Site:
    """A public folder, and the bucket it is brought to."""

    folder: Path
    s3: AnS3

    def bucket(self, **settings: Any) -> Bucket:
        options = {"endpoint": self.s3.url, "region": "us-east-1"} | settings.pop("options", {})
        given = {"kind": "bucket", "name": "cdn", "url": f"s3://{self.s3.bucket}/blog", "options": options} | settings
        return Bucket(BucketSettings(**given))

    def brings(self, files: Files) -> list[str]:
        """Which files were sent to bring the bucket to this edition."""
        an_edition(self.folder, files)
        self.s3.asked.clear()
        self.bucket().bring(self.folder)
        return [path.removeprefix("blog/") for path in self.s3.taken("PUT") if not path.endswith(LIST)]

    def holds_the_edition(self) -> bool:
        held = {path.removeprefix("blog/"): self.s3.get(path)[0] for path in self.bucket_list()}
        return held == everything(self.folder)

    def bucket_list(self) -> list[str]:
        return [f"blog/{path}" for path in self.bucket().listed()]


@pytest.fixture
def site(tmp_path: Path, s3: AnS3) -> Site:
    return Site(tmp_path / "public", s3)


def test_a_bucket_comes_to_hold_the_edition_and_only_differences_are_sent(site: Site) -> None:
    assert len(site.brings(two_pieces())) == len(everything(site.folder))
    assert site.holds_the_edition()
    assert site.brings(two_pieces()) == []
    one_more = two_pieces() | with_piece(3) | {"index.html": b"new"}
    assert sorted(site.brings(one_more)) == sorted(
        [*with_piece(3), "index.html", "manifest/cards-1.json", "manifest/pieces-1.json", "manifest.json"]
    )
    assert site.brings(without(one_more, 2))[-1] == "manifest.json"
    assert site.holds_the_edition()


def test_where_nothing_changed_it_is_asked_twice_and_sent_nothing(site: Site) -> None:
    site.brings(two_pieces())
    site.bucket().bring(site.folder)
    assert [method for method, _ in site.s3.asked] == ["GET", "GET"]


def test_a_file_says_what_it_is_and_how_long_it_may_be_kept(site: Site) -> None:
    page, asset = "public, max-age=60", "public, max-age=86400"
    said = {
        "index.html": ("text/html; charset=utf-8", page),
        "pieces/1.md": ("text/markdown; charset=utf-8", page),
        "pieces/1.json": ("application/json", page),
        "ledger.jsonl": ("application/x-ndjson", page),
        "feed.atom": ("application/atom+xml; charset=utf-8", page),
        "feed.json": ("application/feed+json", page),
        "gone.txt": ("text/plain; charset=utf-8", page),
        "cards/1.png": ("image/png", page),
        "downloads/opus.epub": ("application/epub+zip", page),
        "downloads/everything.zip": ("application/zip", page),
        "assets/fonts/a.woff2": ("font/woff2", asset),
        "assets/style.css": ("text/css; charset=utf-8", asset),
    }
    site.brings(dict.fromkeys(said, b"some bytes"))
    headers = {path: site.s3.get(f"blog/{path}")[1] for path in said}
    assert {path: (found["Content-Type"], found["Cache-Control"]) for path, found in headers.items()} == said


def test_a_connection_that_breaks_leaves_the_old_site_and_is_taken_up_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.adapters.bucket.RETRIES", {"max_retries": 0})
    site.brings(two_pieces())
    before = site.s3.get("blog/manifest.json")[0]
    an_edition(site.folder, two_pieces() | with_piece(3) | {"index.html": b"new", "feed.atom": b"new"})
    site.s3.breaks_after = 4
    with pytest.raises(TargetError, match=r"Target cdn: .* could not be reached"):
        site.bucket().bring(site.folder)
    site.s3.breaks_after = None
    assert site.s3.get("blog/manifest.json")[0] == before
    assert site.s3.get("blog/index.html")[0] == b"index", "nothing links to what is half there"
    assert "is taken up again" in site.bucket().look()
    site.s3.asked.clear()
    site.bucket().bring(site.folder)
    lists = ["manifest/cards-1.json", "manifest/pieces-1.json", "manifest.json"]
    again = [LIST, "pieces/3.html", "index.html", "feed.atom", *lists]
    assert sorted(site.s3.taken("PUT")) == sorted(f"blog/{path}" for path in again)
    assert site.holds_the_edition()


def test_what_a_broken_upload_left_and_no_edition_names_is_removed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.adapters.bucket.RETRIES", {"max_retries": 0})
    site.brings(two_pieces())
    an_edition(site.folder, two_pieces() | with_piece(3) | {"index.html": b"new"})
    site.s3.breaks_after = 4
    with pytest.raises(TargetError):
        site.bucket().bring(site.folder)
    site.s3.breaks_after = None
    assert "blog/pieces/3.md" in site.bucket_list()
    site.brings(two_pieces())
    assert site.holds_the_edition()


def test_a_big_file_is_sent_in_parts_and_arrives_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.adapters.bucket.WHOLE", 1_000_000)
    data = bytes(range(256)) * 24_000
    an_edition(site.folder, {"downloads/everything.zip": data})
    site.bucket().bring(site.folder)
    got, headers = site.s3.get("blog/downloads/everything.zip")
    assert got == data
    assert headers["Content-Type"] == "application/zip"


def test_a_bucket_that_is_not_there_says_so(site: Site) -> None:
    an_edition(site.folder, two_pieces())
    with pytest.raises(TargetError, match=r"s3://nobody is not there \(HTTP 404 NoSuchBucket\)\. Look at its url"):
        site.bucket(url="s3://nobody").bring(site.folder)


def test_a_key_that_is_refused_is_said_in_our_own_words(site: Site) -> None:
    site.s3.refuses = True
    with pytest.raises(
        TargetError, match=r"refuses the key \(HTTP 403 AccessDenied\)\. Look at its secrets"
    ) as refused:
        site.bucket().look()
    assert "AKIA" not in str(refused.value)
    assert "a-secret" not in str(refused.value)


def test_a_server_that_is_away_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.adapters.bucket.RETRIES", {"max_retries": 0})
    with pytest.raises(TargetError, match=r"at http://127\.0\.0\.1:9 could not be reached\. Look at its endpoint"):
        site.bucket(options={"endpoint": "http://127.0.0.1:9"}).look()


def test_a_variable_that_the_table_names_must_be_set(site: Site) -> None:
    bucket = site.bucket(secrets={"secret_access_key": "CDN_SECRET"})
    with pytest.raises(TargetError, match="the variable CDN_SECRET is not set"):
        bucket.check()


def test_a_secret_may_stand_in_a_file(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("a-secret\n")
    monkeypatch.setenv("CDN_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "no edition is there yet" in site.bucket(secrets={"secret_access_key": "CDN_SECRET"}).look()


def test_an_option_that_nobody_knows_is_named(site: Site) -> None:
    with pytest.raises(TargetError, match="there is no option regoin"):
        site.bucket(options={"regoin": "eu"}).check()


@pytest.mark.parametrize("option", ["allow_http", "TIMEOUT", "aws_proxy_url"])
def test_an_option_over_which_the_library_breaks_down_is_named_before(site: Site, option: str) -> None:
    an_edition(site.folder, two_pieces())
    bucket = site.bucket(options={option: True})
    for attempt in (bucket.check, bucket.look, lambda: bucket.bring(site.folder)):
        with pytest.raises(
            TargetError, match=rf"Target cdn: there is no option {option}\. Look at its url and options"
        ):
            attempt()


def test_where_the_library_breaks_down_all_the_same_it_is_a_fault_like_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.adapters.bucket.HTTP_OPTIONS", set())
    with pytest.raises(TargetError, match="Target cdn: the library obstore broke down over it"):
        site.bucket(options={"timeout": "3s"}).check()


def test_a_prefix_with_somebodys_files_is_let_be_and_one_beside_it_is_free(site: Site) -> None:
    an_edition(site.folder, two_pieces())
    other = site.bucket(url=f"s3://{site.s3.bucket}/blog/2026")
    other.note("photo.jpg", b"somebody's")
    for attempt in (site.bucket().look, lambda: site.bucket().bring(site.folder)):
        with pytest.raises(
            TargetError, match=r"it holds 2026/photo\.jpg and no edition of ours\. Empty that place, or"
        ):
            attempt()
    assert site.bucket_list() == ["blog/2026/photo.jpg"]
    beside = site.bucket(url=f"s3://{site.s3.bucket}/site")
    beside.note("", b"")  # A folder, as consoles in a browser make one.
    beside.bring(site.folder)
    assert site.s3.get("site/index.html")[0] == b"index"


@pytest.mark.parametrize("url", ["gs://site/blog", "az://site/blog"])
def test_the_other_clouds_are_spoken_to_in_their_own_way(url: str, monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    options = {"account_name": "me"} if url.startswith("az") else {}
    bucket = Bucket(BucketSettings(kind="bucket", name="cdn", url=url, options=options))
    bucket.check()
    assert bucket.place == url
