"""What a call to a model is for, by the instructions that it begins with."""
import functools
import re

from lib.provider import text_of
from lib.sample import ROOT

PROMPTS = ROOT / "prompts"


@functools.lru_cache(maxsize=None)
def beginnings():
    """{name: how the prompt of that name begins}, as it is shipped."""
    return {path.stem: path.read_text(encoding="utf-8").split("{{")[0][:60]
            for path in PROMPTS.glob("*.txt")}


def kind(call):
    """course, rewrite, summary, landing, copilot or persona."""
    system = text_of(call.request["messages"][0])
    (name,) = [n for n, text in beginnings().items() if system.startswith(text)]
    return name


def calls_for(provider, name):
    return [call for call in provider.calls if kind(call) == name]


def history_of(call):
    """(role, content) of what was said before the question; a summary in
    front of it is none of that."""
    between = [(m["role"], m["content"])
               for m in call.request["messages"][1:-1]]
    return [m for m in between if not m[1].startswith("<summary>")]


@functools.lru_cache(maxsize=None)
def fences():
    """The names of the tags that data stands between, as the rules tell."""
    return sorted({name for path in PROMPTS.glob("*.txt") for name in
                   re.findall(r"<([a-z]+)>", path.read_text("utf-8"))})


def tags(text):
    """(whole tag, name, where it begins and ends) of each fence."""
    return [(m[0], m[1], m.start(), m.end()) for m in re.finditer(
        rf"</?({'|'.join(fences())})\b[^<>]*>", text)]


def assert_fenced(text):
    """All of it stands between tags, and none of it opens or closes one."""
    outside, inside = 0, None
    for tag, name, start, end in tags(text):
        if inside is None:
            assert not tag.startswith("</"), (tag, text)
            assert not text[outside:start].strip(), text[outside:start]
            inside = name
        else:
            assert (tag, name) == (f"</{inside}>", inside), (tag, text)
            outside, inside = end, None
    assert inside is None and not text[outside:].strip(), text[outside:]


def closings(call):
    """The closing tags in the instructions, in order."""
    return [tag for tag, *_ in tags(text_of(call.request["messages"][0]))
            if tag.startswith("</")]
