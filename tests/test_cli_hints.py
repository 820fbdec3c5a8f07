"""Hints and messages of the library, as the command line says them: with its options, and without Python."""

import re
from collections.abc import Iterator

import pytest

from appassign._cli.hints import PHRASES, by_options
from cli import ONE, run
from pages import ROOT

# An argument of Python's, a call, or an attribute.
PYTHON = re.compile(
    r"\b(max_removals|allow_empty|base_url|rate_limit|ca_bundle)\b|\b[a-z_]+=(?![\w=])|\b[a-z_]+=True|\w\(\.*\)"
    r"|\bClient\b|(?<!\w)\.[a-z]\w*\b(?! )|\bcredential (object|=)|float\("
)
# What no command can meet: it makes the objects itself, or has no such call.
UNMET = (
    "to_mobile_app_assignment() makes the new form",  # commands send today's form alone
    "to_mobile_app_assignment() makes today's form",
    "method to_mobile_app_assignment() gives",
    "MobileAppAssignment(target=..., intent=...)",
    "max_removals must be {what}",  # its option is a number
    "make one with Change(app_id, add=[...])",
    "look at report.failures; apply_many(report.plans) writes the others",  # of a report passed where plans belong
    "make the calls before close(), or inside the with block; or make another client",
    "client.apply(client.plan(app, replace=[]), allow_empty=True)",  # of assign, which no command calls
    "AssignmentTarget.from_dict reads any target",
    "await assign_async(...), or pass the credential's synchronous twin",
    "pass filter_type='include' or 'exclude'",  # columns and options have the same name; told without this hint
    "get_token takes azure-core's keywords",
    # Of values of another type, which commands do not pass.
    "replace() got an unexpected keyword argument",
    "(app_id, *, add=(), remove=(), replace=None)",
    "; a token as bytes becomes one with .decode()",
    "; pass its .token, or the credential that it came from",
    "plan must be a Plan, as client.plan(...) gives one",
    "; pass its text: str(...)",
    "; pass a list: list(...)",
    "; pass text: .decode()",
    "json.dumps(...) makes text of a dict",
    "GroupAssignmentTarget(...)",
    "client.plan_many(...).plans are some",
)


def literals() -> Iterator[str]:
    """The texts of the library's own code, as far as they are what somebody may read."""
    for file in [*(ROOT / "src").rglob("*.rs"), ROOT / "python/appassign/_credentials.py"]:
        if {"emulator", "html"} & {*file.parts} or file.name in {"assignment.rs", "tests.rs"}:
            continue
        text = file.read_text(encoding="utf-8").split("#[cfg(test)]\nmod tests")[0]
        text = re.sub(r"^\s*(//|#(?!\[)).*$", "", text, flags=re.MULTILINE)
        if file.suffix == ".py":
            text = re.sub(r'"""[\s\S]*?"""', "", text)
            text = re.sub(r'"\n\s+"', "", text)
        for found in re.findall(r'"((?:[^"\\\n]|\\[\s\S])*)"', text):
            text_found = re.sub(r"\\\n\s*", "", found).replace('\\"', '"')
            if " " in text_found:
                yield text_found


HINTS = [text for text in literals() if PYTHON.search(text) and not text.startswith((" ", "<", ".", ","))]


def test_the_scan_finds_what_is_there() -> None:
    assert len(HINTS) > 25
    for known in ("pass allow_empty=True", "Client.apps()", "use token.strip()", "look at .live", "pass credential=:"):
        assert any(known in text for text in HINTS), known


@pytest.mark.parametrize("text", [text for text in HINTS if not any(unmet in text for unmet in UNMET)])
def test_whatever_mentions_python_is_said_in_options(text: str) -> None:
    assert not PYTHON.search(by_options(text)), by_options(text)


@pytest.mark.parametrize("unmet", UNMET)
def test_what_is_said_to_be_unmet_is_there(unmet: str) -> None:
    assert any(unmet in text for text in literals())


@pytest.mark.parametrize(("phrase", "here"), PHRASES.items())
def test_every_phrase_stands_in_the_library_and_is_replaced(phrase: str, here: str) -> None:
    """A phrase that was reworded there would no longer be found here."""
    texts = [*literals(), "the proxy is named by proxy="]  # put together
    assert any(phrase.replace('is "', "is {:?}") in text or phrase in text for text in texts), phrase
    assert by_options(f"First; {phrase}") == f"First; {here}"
    assert not PYTHON.search(here)


def test_words_of_others_are_left_alone() -> None:
    for text in ("Graph said base_url: no", "the column max_removals", "set credential=x", "proxy=, timeout="):
        assert by_options(text) == text


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (
            "--base-url https://u:p@h/beta", "--base-url: it carries a user name or password",
            "the token comes from --token-file or APPASSIGN_TOKEN; nothing else signs the request",
        ),
        (
            "--base-url https://graph.microsoft.com/v1.0",
            (
                "--base-url: https://graph.microsoft.com/v1.0 does not end in /beta, and elsewhere assignments are "
                "shown without their filters: to write back what was read would erase them"
            ),
            "pass a --base-url that ends in /beta",
        ),
        (
            "--cloud china --base-url https://graph.microsoft.us/beta",
            '--base-url: graph.microsoft.us belongs to the cloud "usgov", and --cloud is "china"',
            "leave out one of the two",
        ),
        ("--timeout 0", "--timeout: 0 is not a finite number of seconds above zero", None),
        (
            "--attempts 0", "--attempts: 0 is less than 1, the first request itself",
            "--attempts 1 sends one request and no other",
        ),
        (
            "--rate-limit 0", "--rate-limit: 0 is not a number of writes a second above zero",
            "leave --rate-limit away to keep to Graph's published quota; inf keeps to none",
        ),
    ],
)  # fmt: skip
def test_a_setting_that_will_not_do_is_named_as_it_was_typed(arguments: str, message: str, hint: str | None) -> None:
    for command in (("get", ONE), ("change", ONE, "--add", "required:all_users")):
        done = run(*command, *arguments.split(), "--json", APPASSIGN_TOKEN="opaque")
        error = done.json["error"]
        assert (done.code, done.err, error["type"]) == (1, "", "ConfigurationError")
        assert (error["message"], error["hint"]) == (message, hint)


def test_a_token_of_the_environment_that_is_none_says_what_is_wrong_with_it() -> None:
    for token, message, hint in (
        (
            "Bearer SECRET", 'the token starts with the word "Bearer"',
            "pass the token alone; appassign writes the Authorization header itself",
        ),
        (
            "SECRET ", "the token has a character that no bearer token has",
            "there is white space or a line end around it: leave that away",
        ),
    ):  # fmt: skip
        done = run("get", ONE, "--json", APPASSIGN_TOKEN=token)
        assert (done.code, done.json["error"]["message"], done.json["error"]["hint"]) == (1, message, hint)
        assert "SECRET" not in done.out + done.err
