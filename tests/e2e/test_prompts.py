"""Prompts and personas of the operator's own, and what is wrong with them."""
import subprocess

import pytest

from lib.provider import says
from lib.sample import WEB, new_user, topic_id
from lib.stack import WORKER, environment


def run(stack, folder, *argv):
    return subprocess.run(
        [WORKER, *argv], capture_output=True, text=True, timeout=30,
        check=False, env=environment(
            stack.conf, COATCHECK_ASSISTANT_PROMPTS=str(folder)))


def test_the_operators_prompt_is_used(site, provider, tmp_path):
    (tmp_path / "course.txt").write_text(
        "Answer as {{brand}} for {{course}}.{{#topic}} At {{topic}}.{{/topic}}")
    provider.script(says("A function that calls itself."))
    site.start_worker(llm_base_url=provider.url, llm_api_key="sk-test",
                      assistant_prompts=tmp_path, assistant_brand="Ada & Co")
    learner = site.learner(new_user())
    learner.collect_answer(learner.ask_course(
        WEB, topic_id(WEB), "What is recursion?"))
    system = provider.calls[0].request["messages"][0]
    assert system["role"] == "system"
    assert system["content"].startswith(
        "Answer as Ada & Co for Web Programming with JavaScript.")


@pytest.mark.parametrize("name, text, said", [
    ("course.txt", b"Hello\n{{price}}\n", "course.txt:2: {{price}}"),
    ("landing.txt", b"{{#brand}}", "landing.txt:1: {{#brand}}: does not end"),
    ("summary.txt", b"a\nb\n\xff", "summary.txt:3: is not UTF-8"),
    ("copilot.txt", b"\n", "copilot.txt:1: is empty"),
    ("persona.txt", b"x" * 65537, "persona.txt: is larger than 64 KiB"),
    ("personas.ini", b"[default]\nmood = x\n", "personas.ini:2: [default] mood"),
    ("cuorse.txt", b"x", "there is no prompt called cuorse.txt"),
], ids=["placeholder", "section", "encoding", "empty", "size", "key", "name"])
def test_a_bad_prompt_stops_the_start_and_names_its_line(
        campus, tmp_path, name, text, said):
    (tmp_path / name).write_bytes(text)
    done = run(campus, tmp_path, "--check")
    assert done.returncode == 78
    assert said in done.stderr
    assert "prompts: bad_input" in done.stdout
    started = run(campus, tmp_path, "--once")
    assert started.returncode == 78
    assert said in started.stderr


def test_a_folder_without_files_of_ours_changes_nothing(campus, tmp_path):
    (tmp_path / "README.md").write_text("Nothing yet.")
    done = run(campus, tmp_path, "--check")
    assert done.returncode == 0
    assert "prompts: ok" in done.stdout
