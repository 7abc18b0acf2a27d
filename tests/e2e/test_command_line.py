"""What the commands of `coatcheck` say to whoever sets up a site."""
import json
import subprocess

import pytest

from lib.asking import answer, assert_extracted
from lib.provider import fails
from lib.sample import COURSES, WEB, topic_id
from lib.stack import CLI, environment, write_conf


def run(conf, *argv):
    return subprocess.run([CLI, *map(str, argv)], env=environment(conf),
                          capture_output=True, text=True, timeout=60)


def admin(stack, path):
    """A configuration that connects as the owner of the schema."""
    return write_conf(path, {**stack.settings,
                             "database.admin_url": stack.postgres.url()})


def test_check_gives_the_reason_of_each_failed_connection(campus, tmp_path):
    names = ("web_url", "worker_url", "admin_url", "owner_url")
    conf = write_conf(tmp_path / "bad.conf", {
        f"database.{name}": campus.postgres.url(f"nobody_{name}")
        for name in names})
    done = run(conf, "check")
    assert done.returncode == 1
    for name in names:
        assert f'role "nobody_{name}" does not exist' in done.stdout, done


def test_check_minds_a_readable_file_only_for_its_secrets(campus, tmp_path):
    for extra, verdict in (("", "ok "), (" password=x", "warn")):
        conf = write_conf(tmp_path / "c.conf", {
            "database.url": campus.postgres.url() + extra})
        conf.chmod(0o644)
        assert run(conf, "check").stdout.startswith(verdict)


def test_check_shows_urls_without_their_passwords(campus, tmp_path):
    conf = write_conf(tmp_path / "c.conf", {
        "database.url": "postgresql://ada:hidden@db.example/campus"})
    done = run(conf, "check", "--print-config")
    assert ("url = user=ada password=*** dbname=campus host=db.example\n"
            in done.stdout)
    assert "hidden" not in done.stdout + done.stderr


def test_check_tells_what_models_have_done(site, provider, tmp_path):
    model = {"llm.base_url": provider.url, "llm.model": "checked"}
    conf = write_conf(tmp_path / "c.conf", {**site.settings, **model})

    def line():
        done = run(conf, "check")
        assert done.returncode == 0, done
        (found,) = [each for each in done.stdout.splitlines()
                    if " [llm" in each]
        return found
    assert line().startswith("ok") and "not asked yet" in line()
    provider.usual = fails(401)
    site.start_worker(settings=model)
    assert_extracted(answer(site))
    assert line().startswith("warn") and "the key is refused" in line()
    assert "[llm]" in site.cli("check")  # where none is configured


def test_migrate_names_roles_it_may_not_create(campus, tmp_path):
    postgres = campus.postgres
    postgres.sql("CREATE ROLE only_one LOGIN")
    postgres.sql("CREATE DATABASE hosted OWNER only_one", database="postgres")
    postgres.sql("ALTER ROLE coatcheck_worker RENAME TO hidden")
    try:
        conf = write_conf(tmp_path / "c.conf", {
            "database.url": postgres.url("only_one", "hosted")})
        done = run(conf, "migrate")
        assert done.returncode == 0, done
        (line,) = done.stderr.splitlines()
        assert "coatcheck_worker" in line and "coatcheck_web" not in line
        assert "[database] url" in line
    finally:
        postgres.sql("ALTER ROLE hidden RENAME TO coatcheck_worker")
    assert run(conf, "check").returncode == 0


@pytest.mark.parametrize("name, text", [
    ("latin.md", "caf\u00e9".encode("latin-1")),
    ("wide.txt", "caf\u00e9".encode("utf-16")), ("nul.html", b"a\0b")])
def test_ingest_refuses_what_is_not_utf_8(campus, tmp_path, name, text):
    (tmp_path / name).write_bytes(text)
    (tmp_path / "good.md").write_text("\ufeff# Good\n\nCaf\u00e9.\n",
                                      encoding="utf-8")
    conf = admin(campus, tmp_path / "c.conf")
    try:
        done = run(conf, "ingest", "--course", "mixed", "--create", "Mixed",
                   tmp_path)
        assert done.returncode == 1
        assert f"{name}: is not UTF-8" in done.stderr
        assert "iconv" in done.stderr
        assert "1 document, 1 chunk in" in done.stdout
        assert campus.sql("SELECT path FROM campus.document JOIN campus.course"
                          " USING (course_id) WHERE slug = 'mixed'") == [
                              ("good.md",)]
    finally:
        campus.sql("DELETE FROM campus.course WHERE slug = 'mixed'")


def test_the_catalog_is_what_the_page_reads(campus):
    done = run(campus.conf, "catalog")
    assert done.returncode == 0, done
    courses = json.loads(done.stdout)["courses"]
    assert sorted(c["slug"] for c in courses) == sorted(COURSES)
    (web,) = (c for c in courses if c["slug"] == WEB)
    assert [t["topicId"] for t in web["topics"]] == [
        topic_id(WEB, n) for n in range(1, 9)]
    assert {"promptText", "id"} <= set(web["suggestions"][0])


def test_every_command_has_a_page_of_help(campus):
    for name in ("migrate", "ingest", "catalog", "token", "check"):
        done = run(campus.conf, name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: coatcheck {name}")
