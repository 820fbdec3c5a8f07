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
    ("a group assignment", [2, 248, 200]),
    ("an assignment", [2, 232, 184]),
    ("the body of 1 group assignment", [6, 954, 504]),
    ("the body of 100 group assignments", [6, 20_945, 20_495]),
    ("the body of 1,000 group assignments", [6, 203_645, 203_195]),
    ("the body of 1 assignment", [7, 1_599, 824]),
    ("the body of 100 assignments", [7, 25_613, 24_838]),
    ("the body of 1,000 assignments", [7, 247_013, 246_238]),
    ("a page of 2", [69, 5_748, 432]),
    ("a page of 1,000", [25_027, 2_452_550, 216_000]),
    ("a page of 2, and the plan to add one", [76, 6_308, 408]),
    ("the plan to add 1,000 that are there", [13, 233_088, 16_000]),
    ("the plan to replace 1,000 by 999", [1_012, 416_896, 15_992]),
    ("a line of a journal", [139, 17_490, 2_048]),
    ("the pace of 100 writes", [12, 8_064, 4_096]),
    ("a bare call", [44, 4_139, 0]),
    ("a bare call at Graph's pace", [46, 4_267, 128]),
    ("a planned write", [296, 38_137, 1_592]),
    ("a planned write at Graph's pace", [298, 38_265, 1_720]),
    ("a planned write with nothing to do", [127, 19_367, 368]),
    ("the plans of 100 apps", [11_217, 1_606_822, 86_000]),
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
