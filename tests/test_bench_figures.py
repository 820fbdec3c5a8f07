"""How the benches come from samples to figures."""

import pytest

from harness import emulator_modes, figures, modes, table, targets
from harness.contestants import BARE_PYTHON, FLOOR, OURS, OURS_ASYNC

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


def _results(cpu: float, throughput: float, milliseconds: float) -> dict[str, figures.Rounds]:
    return {
        modes.SEQUENTIAL: {FLOOR: [{"cpu_us": 1.0}], OURS: [{"cpu_us": cpu}]},
        modes.CONCURRENT: {FLOOR: [{"calls_per_second": 1.0}], OURS_ASYNC: [{"calls_per_second": throughput}]},
        modes.COLD: {BARE_PYTHON: [{"ms": 10.0}], OURS: [{"ms": 10.0 + milliseconds}]},
    }


@pytest.mark.parametrize(
    ("results", "verdict"),
    [(_results(3.0, 0.6, 15.0), True), (_results(3.1, 0.59, 15.1), False), (_results(0.1, 9.0, 0.1), True)],
)
def test_a_target_is_reached_on_the_right_side_of_its_bound(results, verdict) -> None:
    assert [target.line(results).endswith(", reached") for target in targets.TARGETS] == [verdict] * 3
    assert [target.line(results).endswith(", not reached") for target in targets.TARGETS] == [not verdict] * 3


def test_a_target_without_its_contestant_is_not_measured() -> None:
    results = {mode.name: {FLOOR: [{"cpu_us": 1.0}]} for mode in modes.MODES}
    assert all(target.line(results).endswith("; not measured") for target in targets.TARGETS)


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
