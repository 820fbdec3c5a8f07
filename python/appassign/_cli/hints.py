"""What the library says of its arguments, in options: phrases as they stand there, and as they stand here.

A word alone is never replaced: the same one may be a column, a property of Graph's, or part of what a server says.
"""

from __future__ import annotations

import re

SIGN_IN = (
    "set APPASSIGN_TOKEN, pass --token-file FILE, or install azure-identity and sign in (az login); appassign doctor "
    "tells more"
)
PHRASES = {
    # Limits
    "pass a higher max_removals": "pass a higher --max-removals",
    ", and max_removals is ": ", and --max-removals is ",
    "pass allow_empty=True; it can be undone": "pass --allow-empty; it can be undone",
    "pass a longer timeout=, or a higher rate_limit= if ": "pass a longer --timeout, or a higher --rate-limit if ",
    "attempts=1 sends one request": "--attempts 1 sends one request",
    'leave rate_limit away to keep to Graph\'s published quota; float("inf") keeps to none': (
        "leave --rate-limit away to keep to Graph's published quota; inf keeps to none"
    ),
    # The way to the service
    "make the client with a base_url that ends in /beta; assign works on both": "pass a --base-url that ends in /beta",
    "to call another host, unset it and pass base_url= in the code": (
        "to call another host, unset it and pass --base-url"
    ),
    "or leave base_url away to reach the emulator": "or leave --base-url away to reach the emulator",
    "base_url must end in the version segment": "--base-url must end in the version segment",
    "the service lists no apps there: check base_url": "the service lists no apps there: check --base-url",
    "check the app's id, and that base_url ends in /beta": "check the app's id, and that --base-url ends in /beta",
    ', and cloud is "': ', and --cloud is "',
    "the proxy is named by proxy=": "the proxy is named by --proxy",
    "by ca_bundle= of Client, or by the variable": "by --ca-bundle, or by the variable",
    # Tokens
    "the token goes into credential=; nothing else": (
        "the token comes from --token-file or APPASSIGN_TOKEN; nothing else"
    ),
    "set APPASSIGN_TOKEN beside APPASSIGN_BASE_URL, or pass credential=": (
        "set APPASSIGN_TOKEN beside APPASSIGN_BASE_URL, or pass --token-file FILE"
    ),
    "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or pass credential=": (
        "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or pass --token-file FILE; appassign doctor tells more"
    ),
    "pass credential=: an access token for Microsoft Graph, a function that returns one, or a credential of "
    "azure-identity; if that package is installed (pip install azure-identity), None is its DefaultAzureCredential": (
        SIGN_IN
    ),
    "there is white space or a line end around it: use token.strip()": (
        "there is white space or a line end around it: leave that away"
    ),
    "pass a credential object, which can answer it, or sign in again for a new token": (
        "sign in with azure-identity (az login), which can answer it, or get a new token"
    ),
    "get a new one, or pass a credential object, which renews it": (
        "get a new one, or sign in with azure-identity (az login), which renews it"
    ),
    # Apps
    "Client.apps() lists what there is": "appassign apps lists what there is",
    "look at .live, and plan again": "look at what it holds (appassign get APP), and plan again",
    "a journal (Client(journal=...)) tells what it held before": "a journal (--journal FILE) tells what it held before",
}
_ARGUMENT = re.compile(r"(base_url|proxy|ca_bundle|timeout|attempts|rate_limit)=?: ")


def by_options(text: str) -> str:
    """A message or a hint of the library's, in words of the command line."""
    for phrase, here in PHRASES.items():
        text = text.replace(phrase, here)
    named = _ARGUMENT.match(text)
    if named:
        return f"--{named[1].replace('_', '-')}: {text[named.end() :]}"
    return text.removeprefix("credential: ")
