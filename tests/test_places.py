"""[[target]] tables: each wrong one is named with what is allowed, and no secret stands in one."""

from pathlib import Path

import pytest

from agent import app
from agent.adapters.branch import Branch
from agent.adapters.bucket import Bucket
from agent.adapters.distant import Distant
from agent.errors import BadSettings
from agent.places import BranchSettings, BucketSettings, RsyncSettings, secret
from agent.settings import Settings, load

BUCKET = '[[target]]\nkind = "bucket"\nname = "cdn"\nurl = "s3://my-site/blog"\n'
BRANCH = '[[target]]\nkind = "branch"\nname = "host"\nurl = "git@example.org:me/site.git"\n'
RSYNC = '[[target]]\nkind = "rsync"\nname = "server"\ndestination = "web@example.org:/srv/site"\n'


def written(folder: Path, text: str) -> Settings:
    (folder / "afterword.toml").write_text(text, encoding="utf-8")
    return load(folder)


def test_each_kind_of_target_has_its_table(tmp_path: Path) -> None:
    bucket, branch, rsync = written(tmp_path, BUCKET + BRANCH + RSYNC).targets
    assert isinstance(bucket, BucketSettings)
    assert isinstance(branch, BranchSettings)
    assert isinstance(rsync, RsyncSettings)
    assert (bucket.page_seconds, bucket.asset_seconds, bucket.options) == (60, 86_400, {})
    assert (branch.branch, branch.author) == ("pages", "Afterword")
    assert [target.place for target in (bucket, branch, rsync)] == [
        *("s3://my-site/blog", "git@example.org:me/site.git, branch pages", "web@example.org:/srv/site"),
    ]


def test_each_table_becomes_a_target_and_nothing_is_asked_yet(tmp_path: Path) -> None:
    targets = app.build(written(tmp_path, BUCKET + BRANCH + RSYNC)).targets
    assert [type(target) for target in targets] == [Bucket, Branch, Distant]
    assert [target.name for target in targets] == ["cdn", "host", "server"]
    assert [path.name for path in tmp_path.iterdir()] == ["afterword.toml"]


def test_a_place_names_the_service_that_it_is_at(tmp_path: Path) -> None:
    [target] = written(tmp_path, BUCKET + 'options = { endpoint = "https://s3.example.org" }').targets
    assert target.place == "s3://my-site/blog at https://s3.example.org"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BUCKET.replace('"bucket"', '"ftp"'), '"target[1]": its "kind" is "bucket", "branch" or "rsync"'),
        (BUCKET.replace('kind = "bucket"\n', ""), '"target[1]": its "kind" is missing: "bucket", "branch" or "rsync"'),
        (BUCKET.replace("[[target]]", "[target]"), '"target": each target has a table of its own, under [[target]]'),
        (BUCKET.replace("s3://my-site", "https://my-site"), '"target[1].url": this is the address of a bucket: "s3://'),
        (BUCKET.replace("cdn", "My CDN"), '"target[1].name": use small letters, digits and hyphens'),
        (BUCKET.replace("url", "ulr"), '"target[1].url" is missing; "target[1].ulr": there is no such key'),
        (BUCKET + RSYNC.replace("server", "cdn"), "more than one target has this name: cdn"),
        (BUCKET + "at_once = 0", '"target[1].at_once": this is greater than or equal to 1'),
        (BUCKET + 'options = "eu"', '"target[1].options": this is a table, like { region = "eu-central-1" }'),
        (BUCKET + 'secrets = "eu"', '"target[1].secrets": this is a table, like { secret_access_key ='),
        (BRANCH + 'branch = "-f"', '"target[1].branch": this is the name of a branch'),
        (BRANCH + 'email = "<x>"', '"target[1].email"'),
        (RSYNC.replace("web@example.org:/srv/site", "--rsh=sh"), "this is a place, and may not begin with a hyphen"),
        ('targets = "x"', '"targets": there is no such key'),
    ],
)
def test_a_wrong_table_is_named_with_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as wrong:
        written(tmp_path, text)
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BUCKET + 'options = { secret_access_key = "hush-hush" }', 'secrets = { secret_access_key = "A_VARIABLE" }'),
        (BUCKET + 'options = { AWS_ACCESS_KEY_ID = "hush-hush" }', "a secret never stands here"),
        (BUCKET + 'options = { sas_token = "hush-hush" }', "a secret never stands here"),
        (BUCKET + 'secrets = { secret_access_key = "hush-hush" }', "the secret itself never stands here"),
        (BRANCH.replace("git@example.org:me", "https://me:hush-hush@example.org"), "a password never stands here"),
        (BRANCH + 'token_env = "hush-hush"', "the token itself never stands here"),
        (RSYNC.replace("web@example.org:", "rsync://web:hush-hush@example.org"), "a password never stands here"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as wrong:
        written(tmp_path, text)
    assert said in str(wrong.value)
    assert "hush" not in str(wrong.value)


def test_what_only_looks_like_a_secret_may_stand_there(tmp_path: Path) -> None:
    options = 'options = { sse_kms_key_id = "arn:x", web_identity_token_file = "/run/token" }'
    [target] = written(tmp_path, BUCKET + options).targets
    assert isinstance(target, BucketSettings)
    assert set(target.options) == {"sse_kms_key_id", "web_identity_token_file"}


def test_a_secret_is_in_a_variable_or_in_the_file_that_another_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("A_SECRET", raising=False)
    assert secret("A_SECRET") == ""
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "secret"))
    assert secret("A_SECRET") == ""
    (tmp_path / "secret").write_text(" from a file\n")
    assert secret("A_SECRET") == "from a file"
    monkeypatch.setenv("A_SECRET", "from the variable")
    assert secret("A_SECRET") == "from the variable"
