"""One easy question, and what becomes of it with a model and without."""
from lib.sample import WEB, flat, new_user, topic_id

QUESTION = "What is recursion?"
# What the course text says to it.
EXTRACT = "calling itself on a smaller version of the same problem"


def ask(site, question=QUESTION, where=WEB, user=None, **more):
    learner = site.learner(user or new_user())
    return learner, learner.ask_course(where, topic_id(where), question,
                                       **more)


def answer(site, question=QUESTION, within=20, **how):
    """The result of a job that must succeed."""
    learner, ticket = ask(site, question, **how)
    return learner.collect_answer(ticket, within)


def assert_by_model(result, text):
    assert (result["answer"], result["engine"]) == (text, "llm"), result
    assert "notice" not in result


def assert_extracted(result):
    """The course text answers in place of the model, and says so."""
    assert result["engine"] == "extractive", result
    assert EXTRACT in flat(result["answer"]), result
    assert result["notice"], result


def start(site, provider, *more, **settings):
    """
    A worker with providers in order: [llm], [llm backup1], [llm backup2]…
      sections  more settings, as {"llm backup1.model": "model-y"}
      settings  as for Stack.start_worker()
    """
    sections = {}
    for i, each in enumerate((provider, *more)):
        name = f"llm backup{i}" if i else "llm"
        sections[f"{name}.base_url"] = each.url
        sections[f"{name}.api_key"] = "sk-test"
    return site.start_worker(
        settings={**sections, **settings.pop("sections", {})}, **settings)
