"""Waiting for a condition, with a deadline. Nothing here sleeps blindly."""
import time


class Late(AssertionError):
    """A condition did not come true in time."""


def until(condition, within, what):
    """The first true value of condition(); Late after `within` seconds."""
    deadline = time.monotonic() + within
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Late(f"after {within} s still not: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
