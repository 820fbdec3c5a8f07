"""Every row of the catalogue of faults has a test.

Tests of faults name their rows in their docstrings. What stands elsewhere is named below.
"""

import ast
import pathlib
import re

ROOT = pathlib.Path(__file__).parent.parent

ROWS = {
    "A": "1 2 4 5 6 7 8 9 11 12 13 14 15 16 18 19 20 21 23 24",  # inputs: ids, URLs, token
    "B": "1 2 3 4 5 7 8 9 12 13 14 15 16 17 19 20 21 22",  # answers: status and headers
    "C": "1 2 3 4 5 9 11 12 14",  # bodies and reads
    "D": "1 2 3 4 5 6 8 9 11 12 13 14",  # network
    "E": "1 2 3 5 6 7",  # TLS
    "F": "1 2 3 4 5 6",  # the life of tokens
    "G": "1 2 3 6 7 9 10 11 12",  # merge and races
    "H": "1 2 5 6 7 8 9 10 11 12 13 14 15 16",  # bulk and journal
    "I": "2 3 4 5 6 7 8 10 11 12 13 14 15 16 17 19",  # interpreter and process
    "J": "1 2 3 4 5 7 8 9 10 11",  # leaks
}

NOBODY_LETS_ONE_IN = (
    "tests/test_unreachable.py::test_a_service_that_does_not_let_one_in_is_given_up_when_the_time_to_connect_is_over"
)
ELSEWHERE = {
    "A8": ["tests/test_assign.py::TestInputs::test_an_app_of_a_wrong_type_is_a_type_error"],
    "A13": ["tests/test_assign.py::TestBaseUrl::test_loopback_may_be_plain_http"],
    "A14": ["src/service.rs::base_urls_that_are_not_safe_are_refused_without_repeating_a_secret"],
    "A16": ["src/service.rs::base_urls_that_are_safe_are_accepted"],
    "A21": [
        "tests/test_model.py::test_the_constructor_says_what_is_wrong_and_where",
        "tests/test_assign.py::test_each_documented_path_is_seen_as_documented",
    ],
    "A24": ["tests/test_assign.py::TestThreads::test_the_list_is_taken_as_it_is_at_the_call"],
    "B4": [
        "tests/rust/retry.rs::a_throttled_call_waits_as_long_as_graph_asks",
        "src/retry.rs::what_the_service_asks_is_kept_and_up_to_a_tenth_more",
    ],
    "B5": ["tests/rust/retry.rs::a_date_is_waited_for_and_one_that_has_passed_is_not"],
    "B8": ["tests/rust/retry.rs::a_service_that_throttles_for_ever_is_asked_four_times_with_growing_gaps"],
    "C4": [
        "tests/rust/change/ends.rs::a_silent_attempt_gets_a_minute",
        "tests/rust/change/ends.rs::the_timeout_of_the_call_is_kept_whatever_keeps_silent",
    ],
    "D3": [
        NOBODY_LETS_ONE_IN,
    ],
    "D4": ["tests/test_errors.py::test_the_name_does_not_exist"],
    "D12": ["tests/rust/retry.rs::a_wall_clock_that_jumps_moves_only_what_names_a_date"],
    "D13": [
        "tests/test_proxy.py::test_a_call_goes_by_way_of_the_proxy_that_the_environment_names",
        "tests/test_proxy.py::test_a_host_of_no_proxy_is_called_directly",
        "tests/test_proxy.py::test_loopback_is_never_proxied",
    ],
    "D14": [
        "tests/test_proxy.py::test_a_proxy_that_lets_nobody_in_is_asked_once",
        "tests/test_proxy.py::test_a_service_that_the_proxy_cannot_reach",
        "tests/test_proxy.py::test_no_log_shows_a_secret",
    ],
    "E1": ["tests/test_tls.py::test_an_unknown_authority_is_not_trusted"],
    "E2": ["tests/test_tls.py::test_a_certificate_that_does_not_hold_is_not_trusted"],
    "E3": [
        "tests/test_tls.py::test_a_trusted_certificate_is_accepted",
        "tests/test_tls.py::test_what_all_programs_go_by_goes_before_what_requests_goes_by",
    ],
    "E5": ["tests/test_tls.py::test_a_machine_without_roots_is_told_what_to_install"],
    "E6": [
        "tests/test_tls.py::test_https_to_a_plain_port_is_no_matter_of_trust",
        NOBODY_LETS_ONE_IN,
    ],
    "E7": [
        "tests/test_tls.py::test_a_server_that_hangs_up_at_the_first_word_is_no_matter_of_trust",
        "tests/test_tls.py::test_an_alert_after_the_body_left_leaves_the_outcome_unknown",
    ],
    "G6": [
        "tests/rust/change/rounds.rs::somebody_who_always_changes_it_first_is_left_to_it_after_three_rounds",
        "tests/rust/change/rounds.rs::three_rounds_are_enough",
    ],
    "G12": [
        "tests/rust/change/verification.rs::lists_that_lag_are_waited_for_and_nothing_is_sent_again",
        "tests/rust/change/verification.rs::what_is_not_there_after_half_a_minute_is_missing",
    ],
    "H12": [
        "tests/rust/bulk/outage.rs::writes_that_all_fail_end_the_run_after_three_probes",
        "tests/rust/bulk/outage.rs::reads_that_all_fail_end_the_run_too",
    ],
    "H13": ["tests/rust/bulk/results.rs::a_429_for_one_holds_back_the_writes_of_all"],
    "I2": [
        "tests/life/test_exit.py::test_exit_with_awaits_in_flight",
        "tests/life/test_exit.py::test_exit_with_calls_in_flight_in_daemon_threads",
    ],
    "I3": ["tests/life/test_loops.py::test_a_loop_that_ends_before_completion_says_nothing"],
    "I6": ["tests/test_async.py::test_cancelling_at_any_moment_loses_nothing_and_says_nothing"],
    "I8": [
        "tests/life/test_fork.py::test_both_sides_call_after_a_fork",
        "tests/life/test_fork.py::test_a_pool_of_processes",
    ],
    "I11": ["tests/life/test_signals.py::test_ctrl_c_is_heard_long_before_the_timeout"],
    "I12": [
        "tests/life/test_signals.py::test_ctrl_c_reaches_the_main_thread_while_a_worker_calls",
        "tests/life/test_exit.py::test_every_way_out_is_open_with_calls_in_flight",
    ],
    "I13": ["tests/life/test_signals.py::test_an_exception_of_a_signal_handler_passes_through"],
    "I14": ["tests/test_documentation.py::test_a_python_block_prints_what_stands_below_it"],
    "I15": ["tests/test_async.py::test_it_is_a_true_coroutine_function"],
    "I17": [
        "tests/test_async.py::TestPanics::test_in_a_synchronous_call",
        "tests/test_async.py::TestPanics::test_in_an_asynchronous_one",
        "tests/test_async.py::TestPanics::test_the_process_lives_on",
    ],
    "I19": [
        "tests/life/test_loops.py::test_a_sub_interpreter_gets_a_clean_import_error",
        "tests/life/test_loops.py::test_reloading_is_harmless",
    ],
    "J1": [
        "tests/test_errors.py::test_every_error_pickles_and_copies_with_its_attributes",
        "tests/test_client.py::test_a_client_says_what_it_is_and_no_more",
    ],
    "J11": [
        "tests/rust/properties.rs::holds_for_any_bytes",
        "tests/rust/properties.rs::every_law_has_seeds_that_are_read_and_some_that_are_refused",
    ],
}

_ROW = re.compile(r"\b[A-J]\d{1,2}\b")


def _tests(path: pathlib.Path) -> dict[str, str]:
    """Each test of a file, and its docstring."""
    found: dict[str, str] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for test in inner:
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                found[f"{prefix}{test.name}"] = ast.get_docstring(test) or ""
    return found


def _named_by_tests() -> set[str]:
    files = [
        *(ROOT / "tests").glob("test_faults_*.py"),
        ROOT / "tests/test_soak.py",
        ROOT / "tests/life/test_clients.py",
    ]
    return {row for file in files for said in _tests(file).values() for row in _ROW.findall(said.partition("\n")[0])}


def test_every_row_has_a_test() -> None:
    rows = {f"{section}{number}" for section, numbers in ROWS.items() for number in numbers.split()}
    assert rows - _named_by_tests() - set(ELSEWHERE) == set()
    assert set(ELSEWHERE) <= rows


def test_every_test_that_is_named_here_exists() -> None:
    for node in [node for nodes in ELSEWHERE.values() for node in nodes]:
        file, _, test = node.partition("::")
        path = ROOT / file
        if path.suffix == ".rs":
            assert re.search(rf"\bfn {test}\(", path.read_text(encoding="utf-8")), node
        else:
            assert test in _tests(path), node
