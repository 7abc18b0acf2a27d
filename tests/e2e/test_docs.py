"""The documentation says what the programs say."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_key_is_documented_as_it_is(build):
    keys = subprocess.run([build / "coatcheck", "check", "--keys"],
                          capture_output=True, text=True, check=True).stdout
    page = (ROOT / "docs/configuration.md").read_text()
    assert "[database]\nurl = " in keys
    assert f"```\n{keys}```\n" in page
