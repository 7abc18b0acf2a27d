"""Keys of providers, and what they say of themselves."""
import pytest

from lib import troubles
from lib.asking import (EXTRACT, QUESTION, answer, ask, assert_by_model,
                        assert_extracted, start)
from lib.provider import fails
from lib.sample import flat
from lib.troubles import INTERNAL


def write_key(path, key):
    """As an editor does: a new file takes the place of the old."""
    new = path.with_suffix(".new")
    new.write_text(f"{key}\n", encoding="ascii")
    new.chmod(0o600)
    new.rename(path)


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "llm.key"
    write_key(path, "sk-old")
    return path


def test_a_new_key_is_used_without_a_restart(site, provider, key_file):
    site.start_worker(llm_base_url=provider.url, llm_api_key_file=key_file)
    assert_by_model(answer(site), "The usual answer.")
    provider.usual = troubles.needs_key("sk-new")
    write_key(key_file, "sk-new")
    assert_by_model(answer(site), "The key is right.")
    assert [call.key for call in provider.calls] == ["sk-old", "sk-new"]


def test_a_new_key_ends_the_trouble_of_the_old(site, provider, key_file):
    provider.usual = troubles.needs_key("sk-new")
    site.start_worker(llm_base_url=provider.url, llm_api_key_file=key_file)
    for _ in range(2):
        assert_extracted(answer(site))
    write_key(key_file, "sk-new")
    assert_by_model(answer(site), "The key is right.")
    assert [call.key for call in provider.calls] == ["sk-old", "sk-new"]


def test_a_key_file_that_is_gone_leaves_the_key(site, provider, key_file):
    site.start_worker(llm_base_url=provider.url, llm_api_key_file=key_file)
    assert_by_model(answer(site), "The usual answer.")
    key_file.unlink()
    assert_by_model(answer(site), "The usual answer.")
    assert [call.key for call in provider.calls] == ["sk-old", "sk-old"]


LOUD = {
    "error": fails(400, message=f"{INTERNAL} sk-test"),
    "html": troubles.sends(f"<html>{INTERNAL} sk-test</html>".encode(), 502,
                           "text/html"),
    "midway": troubles.fails_midway({"message": f"{INTERNAL} sk-test",
                                     "code": f"{INTERNAL} sk-test"}),
    "code": troubles.openai(400, f"{INTERNAL} sk-test",
                            f"{INTERNAL} sk-test"),
    "header": fails(500, x_request_id=f"{INTERNAL} sk-test"),
}


def test_nothing_of_a_provider_is_shown_or_logged(site, provider):
    provider.script(*LOUD.values())
    worker = start(site, provider, log_level="debug")
    bodies = []
    for _ in LOUD:
        learner, ticket = ask(site)
        result = learner.collect_answer(ticket, 20)
        assert result["engine"] == "llm" or EXTRACT in flat(result["answer"])
        bodies.append(learner.job(ticket).body.decode())
    stored = str(site.sql("SELECT * FROM coatcheck.attempt_failure"))
    stored += str(site.sql("SELECT * FROM coatcheck.result"))
    for text in (*bodies, worker.log(), stored):
        assert "sk-test" not in text
    for text in (*bodies, worker.log()):
        assert INTERNAL not in text and "127.0.0.1" not in text
    assert QUESTION not in worker.log() and EXTRACT not in worker.log()
