"""How the benches come from samples to figures."""

import pathlib
import re

import pytest

from harness import emulator_modes, figures, page, table
from harness.contestants import BARE_PYTHON, FLOOR, OURS, OURS_ASYNC, OURS_CLIENT
from harness.modes import MODES

PAGE = pathlib.Path(__file__).parent.parent / "docs" / "performance.md"

# The machine was busy in the second round: both were slow in it.
ROUNDS = {
    FLOOR: [{"cpu_us": 20.0, "p50_us": 30.0}, {"cpu_us": 80.0, "p50_us": 90.0}, {"cpu_us": 21.0, "p50_us": 31.0}],
    OURS: [{"cpu_us": 50.0, "p50_us": 60.0}, {"cpu_us": 200.0, "p50_us": 210.0}, {"cpu_us": 42.0, "p50_us": 62.0}],
}


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (99.5, 100), (100, 100), (0, 1)])
def test_a_percentile_is_one_of_the_values(percent: float, value: int) -> None:
    assert figures.percentile(range(100, 0, -1), percent) == value
    assert figures.percentile([7], percent) == 7


def test_ratios_and_differences_are_taken_within_a_round() -> None:
    assert figures.median(ROUNDS, OURS, "cpu_us") == 50
    assert figures.ratio(ROUNDS, OURS, "cpu_us", FLOOR) == 2.5
    assert figures.over(ROUNDS, OURS, "cpu_us", FLOOR) == 30


def test_a_table_has_a_line_for_each_contestant() -> None:
    columns = (
        table.medians("µs", "cpu_us", 1),
        table.spread("cpu_us"),
        table.ratios("ratio", "cpu_us", FLOOR),
        table.ratio_spread("cpu_us", FLOOR),
        table.overs("over", "cpu_us", FLOOR),
    )
    assert table.table(ROUNDS, columns).splitlines() == [
        "|           |   µs | min–max | ratio |   min–max | over |",
        "| --------- | ---: | ------: | ----: | --------: | ---: |",
        "| floor     | 21.0 |   20–80 | 1.00× | 1.00–1.00 |  0.0 |",
        "| appassign | 50.0 |  42–200 | 2.50× | 2.00–2.50 | 30.0 |",
    ]


def test_a_ratio_shows_two_digits_that_count() -> None:
    rounds = {FLOOR: [{"calls": 1000.0}], OURS: [{"calls": 850.0}], "slow": [{"calls": 3.74}]}
    text = table.ratios("", "calls", FLOOR).text
    assert [text(rounds, name) for name in rounds] == ["1.00×", "0.85×", "0.0037×"]


def _results(times: float, more: float) -> dict[str, figures.Rounds]:
    """A run in which everything of ours takes so many times what the promise allows, and has so much more."""
    calls = {"cpu_us": 1.0, "p50_us": 1.0, "p50_us_1000": 1.0, "cpu_us_1000": 1.0, "calls_per_second": 1.0}
    ours = {"cpu_us": 1.3 * times, "p50_us": 1.3 * times, "p50_us_1000": 2 * times}
    bare = {"ms": 10.0, "mib": 8.0, "calls": 10_000.0}

    def started(ms: float) -> list[figures.Sample]:
        return [{"ms": 10.0 + ms * times}]

    def weighed(mib: float) -> list[figures.Sample]:
        return [{"mib": 8.0 + mib * times, "calls": 10_000.0}]

    report = {"changes": 100_000.0, "bytes": 1024 * times, "grown_mib": times, "left_mib": 5 * times}
    quota = {"apps": 1_000.0, "seconds": 180 * 1.03 * times, "least_seconds": 180.0, "refused": more}
    return {
        "sequential": {FLOOR: [calls], OURS: [ours]},
        "payload": {FLOOR: [calls], OURS: [ours]},
        "concurrent": {FLOOR: [calls], OURS_ASYNC: [{"calls_per_second": 0.85 / times}]},
        "threads": {FLOOR: [calls], OURS_CLIENT: [{"calls_per_second": 0.6 / times}]},
        "bulk": {FLOOR: [{"requests_per_second": 1.0}], OURS: [{"requests_per_second": 0.9 / times}]},
        "import": {BARE_PYTHON: [bare], "import appassign": started(3)},
        "cold": {BARE_PYTHON: [bare], OURS: started(10)},
        "cold-tls": {BARE_PYTHON: [bare], OURS: started(20)},
        "memory": {BARE_PYTHON: [bare], OURS: weighed(6), OURS_ASYNC: weighed(12)},
        "models": {form: [{"ratio": 1.5 * times}] for form in ("MobileAppGroupAssignment", "MobileAppAssignment")},
        "size": {"wheel": [{"mb": 4 * times, "files": 30 * times, "dependencies": more}]},
        "report": {OURS: [report]},
        "quota": {OURS: [quota]},
    }


TARGETS = [target for mode in MODES.values() for target in mode.targets]


@pytest.mark.parametrize(("times", "more", "verdict"), [(1.01, 1, "not reached"), (0.99, 0, "reached")])
def test_a_target_is_reached_on_the_right_side_of_its_bound(times: float, more: float, verdict: str) -> None:
    results = _results(times, more)
    assert {target.text: target.verdict(results)[2] for target in TARGETS} == {
        target.text: verdict for target in TARGETS
    }
    assert all(target.line(results).endswith(f", {verdict}") for target in TARGETS)


def test_a_target_without_its_contestant_is_not_measured() -> None:
    results: dict[str, figures.Rounds] = {name: {FLOOR: [{}], BARE_PYTHON: [{}]} for name in MODES}
    assert all(target.line(results).endswith("; not measured") for target in TARGETS)


def test_a_target_is_not_reached_by_doing_less() -> None:
    results = _results(0.5, 0)
    results["memory"][BARE_PYTHON][0]["calls"] = 100
    results["report"][OURS][0]["changes"] = 1_000
    results["quota"][OURS][0]["apps"] = 10
    doubted = [target.verdict(results)[2] for target in TARGETS if target.mode in {"memory", "report", "quota"}]
    only = [
        f"{what} only"
        for what in ("100 calls", "100 calls", "1,000 changes", "1,000 changes", "1,000 changes", "10 apps", "10 apps")
    ]
    assert doubted == [f"not measured: {what}" for what in only]


def test_the_page_has_a_place_for_everything_that_a_run_gives() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in ("machine", "targets", *MODES):
        filled = page.filled(text, name, "| of this run |")
        assert filled.count("| of this run |") == 1
        assert page.filled(filled, name, "| of this run |") == filled
    pictures = set(re.findall(r"\]\((plots/[^)]+)\)", text))
    assert pictures == {f"plots/{mode.name}.svg" for mode in MODES.values() if mode.plot}


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(RuntimeError, match="0 places for memory"):
        page.filled("<!-- bench: other -->\n<!-- end -->", "memory", "")


def test_the_verdicts_are_a_table_of_all_targets() -> None:
    lines = page.verdicts(_results(0.99, 0)).splitlines()
    assert len(lines) == len(TARGETS) + 2
    assert {line.split("|")[4].strip() for line in lines[2:]} == {"reached"}


def _asked(nginx_percent: float, emulator_percent: float) -> dict[str, figures.Rounds]:
    rounds: figures.Rounds = {
        "nginx": [{"requests_per_second": 2.0, "cpu_percent": nginx_percent}],
        "emulator": [{"requests_per_second": 1.0, "cpu_percent": emulator_percent}],
    }
    return {emulator_modes.THROUGHPUT: rounds}


def test_a_server_that_was_kept_waiting_says_nothing_about_what_it_can_give() -> None:
    throughput = emulator_modes.TARGETS[0]
    assert throughput.line(_asked(90, 99)).endswith("at least 0.5×; 0.50×, reached")
    assert throughput.line(_asked(48, 99)).endswith("; not measured: nginx was busy for 48 % of the time only")
    assert throughput.line(_asked(48, 51)).endswith(
        "48 % of the time only, emulator was busy for 51 % of the time only"
    )
