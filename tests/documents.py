"""Documents as servers and callers write them, and how to compare them exactly."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from appassign import InstallIntent

REQUIRED = ("targetGroupId", "installIntent")
OPTIONAL = ("@odata.type", "vpnConfigurationId", "id")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=10,
)
unknown = st.dictionaries(st.text().filter(lambda name: name not in REQUIRED + OPTIONAL), json_values, max_size=3)


def shuffled(strategy: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """The same members, in any order."""
    return strategy.flatmap(lambda members: st.permutations(list(members.items()))).map(dict)


# What `from_dict` takes.
documents = shuffled(
    st.builds(
        lambda known, others: {**known, **others},
        st.fixed_dictionaries(
            {"targetGroupId": st.text(), "installIntent": st.text() | st.sampled_from(list(InstallIntent))},
            optional=dict.fromkeys(OPTIONAL, st.none() | st.text()),
        ),
        unknown,
    )
)

# The same, with members missing or of any type.
near_documents = shuffled(
    st.builds(
        lambda known, others: {**known, **others},
        st.fixed_dictionaries({}, optional=dict.fromkeys(REQUIRED + OPTIONAL, st.text() | json_values)),
        unknown,
    )
)


def is_assignment(document: object) -> bool:
    """All that a reader asks of strict JSON."""
    return (
        isinstance(document, Mapping)
        and all(isinstance(document.get(name), str) for name in REQUIRED)
        and all(isinstance(document.get(name), str | None) for name in OPTIONAL)
    )


def exactly(document: object) -> str:
    """A text that is the same for the same values and types; the order of members does not count."""
    return json.dumps(document, sort_keys=True)


class NotStrictError(ValueError):
    """What Python's JSON takes, and strict JSON has not."""


def strictly(text: str) -> object:
    """Read by Python's own parser, held to RFC 8259 and to our bound."""

    def constant(name: str) -> None:
        raise NotStrictError(name)

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise NotStrictError(pairs)
        return dict(pairs)

    def depth(value: object) -> int:
        match value:
            case dict() | list():
                return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)
        return 0

    document = json.loads(text, parse_constant=constant, object_pairs_hook=members)
    json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate cannot be encoded
    if depth(document) > 100:
        raise NotStrictError(text)
    return document
