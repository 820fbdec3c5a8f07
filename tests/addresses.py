"""Addresses of other hosts, by their form alone: nothing goes over the network."""

import re
from urllib.parse import urlsplit


def fault_outside(link: str) -> str | None:
    """What is wrong with the form of a link to another host."""
    url = urlsplit(link)
    if url.scheme != "https":
        return "it is not https"
    if "." not in url.netloc or not re.fullmatch(r"[a-z0-9.-]+", url.netloc):
        return "it names no host"
    if "//" in url.path or not url.path.isascii() or link.endswith((".", ",", ";")):
        return "its path is misspelled"
    if "/en-us/" in url.path:
        return "it has the language of whoever wrote it"
    return None
