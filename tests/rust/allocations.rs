//! Holds how much memory the core asks for: allocations are counted, so neither the machine nor its load matters.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

#[path = "allocations/act.rs"]
mod act;
#[path = "allocations/answers.rs"]
mod answers;
#[path = "allocations/inputs.rs"]
mod inputs;
#[path = "allocations/work.rs"]
mod work;

use std::collections::BTreeMap;

use allocation_counter::AllocationInfo;

/// What each piece of work takes: how many allocations, how many bytes in all, and how many bytes its result holds.
/// A change that is meant changes the figure: the failed test prints the line as it has to be.
#[rustfmt::skip]
const FIGURES: &[(&str, [i64; 3])] = &[
    ("a group assignment", [2, 89, 89]),
    ("an assignment", [3, 122, 122]),
    ("the body of 1 group assignment", [7, 685, 280]),
    ("the body of 100 group assignments", [409, 60_364, 16_408]),
    ("the body of 1,000 group assignments", [4_013, 801_184, 262_168]),
    ("the body of 1 assignment", [12, 1_040, 280]),
    ("the body of 100 assignments", [910, 128_632, 32_792]),
    ("the body of 1,000 assignments", [9_013, 1_156_184, 262_168]),
    ("a page of 2", [72, 7_252, 1_748]),
    ("a page of 1,000", [26_044, 3_160_278, 647_568]),
    ("a page of 2, and the plan to add one", [100, 10_222, 3_322]),
    ("the plan to add 1,000 that are there", [18_013, 1_429_828, 969_604]),
    ("the plan to replace 1,000 by 999", [34_987, 2_008_962, 969_354]),
    ("a line of a journal", [232, 26_034, 2_048]),
    ("the pace of 100 writes", [12, 8_064, 4_096]),
    ("a bare call", [44, 4_139, 0]),
    ("a bare call at Graph's pace", [46, 4_267, 128]),
    ("a planned write", [541, 57_382, 3_282]),
    ("a planned write at Graph's pace", [543, 57_590, 3_410]),
    ("a planned write with nothing to do", [190, 24_697, 368]),
    ("the plans of 100 apps", [14_617, 2_125_422, 393_600]),
];

/// In percent of a figure: more is a regression, and that much less is a figure that guards nothing any longer.
const MORE: i64 = 10;
const LESS: i64 = 25;

const COLUMNS: [&str; 3] = ["allocations", "bytes", "bytes held"];

fn counted(info: &AllocationInfo) -> [i64; 3] {
    [info.count_total.try_into().unwrap(), info.bytes_total.try_into().unwrap(), info.bytes_current]
}

/// What is no longer as it was; `None` if it is within the tolerance.
fn moved(figure: i64, found: i64) -> Option<String> {
    let percent = (found - figure) * 100 / figure.max(1);
    if percent > MORE {
        Some(format!("grew from {figure} to {found}, by {percent} %"))
    } else if percent < -LESS {
        Some(format!("fell from {figure} to {found}: lower the figure, so that it stays there"))
    } else {
        None
    }
}

/// A line of the table.
fn line(name: &str, found: [i64; 3]) -> String {
    let [allocations, bytes, held] = found.map(spelled);
    format!("    (\"{name}\", [{allocations}, {bytes}, {held}]),")
}

/// A number as clippy wants it in code.
fn spelled(number: i64) -> String {
    let (thousands, rest) = (number / 1_000, number % 1_000);
    if thousands == 0 { number.to_string() } else { format!("{}_{:03}", spelled(thousands), rest.abs()) }
}

#[test]
fn no_work_takes_more_memory_than_it_did() {
    let figures: BTreeMap<_, _> = FIGURES.iter().copied().collect();
    let (mut news, mut named) = (Vec::new(), 0);
    for (name, info) in work::counted() {
        let found = counted(&info);
        let Some(figure) = figures.get(name) else {
            news.push(format!("{name}: has no figure\n{}", line(name, found)));
            continue;
        };
        named += 1;
        let moves: Vec<_> = (0..COLUMNS.len())
            .filter_map(|at| Some(format!("{} {}", COLUMNS[at], moved(figure[at], found[at])?)))
            .collect();
        if !moves.is_empty() {
            news.push(format!("{name}: {}\n{}", moves.join(", "), line(name, found)));
        }
    }
    let news = news.join("\n");
    assert!(
        news.is_empty(),
        "work takes another amount of memory; if that is meant, put into FIGURES:\n{news}"
    );
    assert_eq!(named, FIGURES.len(), "a figure is of no work");
}

#[test]
fn a_figure_has_its_tolerance_and_no_more() {
    for found in [75, 99, 100, 110] {
        assert_eq!(moved(100, found), None);
    }
    assert_eq!(moved(100, 112).unwrap(), "grew from 100 to 112, by 12 %");
    assert!(moved(100, 74).unwrap().starts_with("fell from 100 to 74"));
    assert!(moved(0, 1).is_some() && moved(0, 0).is_none());
}

#[test]
fn a_line_can_be_put_into_the_table() {
    assert_eq!(line("work", [7, 1_002_003, -45_600]), "    (\"work\", [7, 1_002_003, -45_600]),");
}
