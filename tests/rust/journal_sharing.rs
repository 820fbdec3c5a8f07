//! A journal among calls and processes: who may write when, and what is left when one of them goes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]
#![cfg(unix)]

mod journals;

use std::env;
use std::fs;
use std::future::{Future, poll_fn};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use appassign::error::{Error, Kind, Outcome};
use appassign::journal::{Journal, Pass};
use appassign::json::Json;
use journals::{Folder, LONG, block_on, numbers, record};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

const SHORT: Duration = Duration::from_millis(150);
const ROLE: &str = "APPASSIGN_TEST_ROLE";
const JOURNAL: &str = "APPASSIGN_TEST_JOURNAL";

fn journal(path: &Path) -> Arc<Journal> {
    Arc::new(Journal::at(path.to_owned()))
}

fn two_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn refused(journal: &Arc<Journal>) -> Error {
    let error = journal.enter(SHORT).await.err().expect("it came in");
    assert_eq!((&error.kind, error.call.outcome), (&Kind::Timeout, Outcome::NotSent), "{error}");
    error
}

async fn append(journal: &Arc<Journal>, number: u64) -> Pass {
    let pass = journal.enter(LONG).await.unwrap();
    pass.append(&record(number), true).await.unwrap();
    pass
}

#[test]
fn calls_of_one_journal_share_its_lock_and_another_journal_waits() {
    let folder = Folder::new();
    let (one, two) = (journal(&folder.file()), journal(&folder.file()));
    block_on(async {
        let (first, second) = (append(&one, 1).await, append(&one, 2).await);
        assert!(refused(&two).await.message.contains("another process"));
        drop(first);
        refused(&two).await;
        drop(second);
        drop(append(&two, 3).await);
        drop(append(&one, 4).await);
    });
    assert_eq!(numbers(&folder.file()), [1, 2, 3, 4]);
}

#[test]
fn who_waits_comes_in_when_the_other_leaves_though_one_thread_drives_both() {
    let folder = Folder::new();
    let (one, two) = (journal(&folder.file()), journal(&folder.file()));
    block_on(async {
        let pass = append(&one, 1).await;
        tokio::join!(
            async {
                sleep(SHORT).await;
                pass.append(&record(2), true).await.unwrap();
                drop(pass);
            },
            async { drop(append(&two, 3).await) },
        );
    });
    assert_eq!(numbers(&folder.file()), [1, 2, 3]);
}

#[test]
fn many_calls_of_several_journals_append_everything_once_and_one_journal_at_a_time() {
    for runtime in [two_threads(), Builder::new_current_thread().enable_all().build().unwrap()] {
        let folder = Folder::new();
        let inside = Arc::new([const { AtomicI32::new(0) }; 3]);
        runtime.block_on(async {
            let journals = [(); 3].map(|()| journal(&folder.file()));
            let mut calls = Vec::new();
            for call in 0..24 {
                let (journal, inside) = (Arc::clone(&journals[call % 3]), Arc::clone(&inside));
                calls.push(tokio::spawn(async move {
                    for number in 0..5 {
                        let pass = journal.enter(LONG).await.unwrap();
                        inside[call % 3].fetch_add(1, Ordering::SeqCst);
                        pass.append(&record(call as u64 * 10 + number), number % 2 == 0).await.unwrap();
                        let others: i32 = (0..3)
                            .filter(|other| *other != call % 3)
                            .map(|other| inside[other].load(Ordering::SeqCst))
                            .sum();
                        inside[call % 3].fetch_sub(1, Ordering::SeqCst);
                        assert_eq!(others, 0, "two journals were in at once");
                    }
                }));
            }
            for call in calls {
                call.await.unwrap();
            }
        });
        let mut found = numbers(&folder.file());
        for call in 0..24 {
            let of_one: Vec<_> = found.iter().copied().filter(|number| number / 10 == call).collect();
            assert_eq!(of_one, (0..5).map(|number| call * 10 + number).collect::<Vec<_>>(), "in order");
        }
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), 24 * 5);
    }
}

#[test]
fn who_never_stops_calling_lets_others_in() {
    let folder = Folder::new();
    let (busy, other) = (journal(&folder.file()), journal(&folder.file()));
    two_threads().block_on(async {
        let (is_over, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut callers = Vec::new();
        for _ in 0..8 {
            let (busy, is_over, calls) = (Arc::clone(&busy), Arc::clone(&is_over), Arc::clone(&calls));
            callers.push(tokio::spawn(async move {
                while !is_over.load(Ordering::SeqCst) {
                    let _pass = busy.enter(LONG).await.unwrap();
                    sleep(Duration::from_millis(fastrand::u64(10..40))).await;
                    calls.fetch_add(1, Ordering::SeqCst);
                }
            }));
        }
        while calls.load(Ordering::SeqCst) < 8 {
            sleep(Duration::from_millis(1)).await;
        }
        let pass = other.enter(LONG).await.unwrap();
        let before = calls.load(Ordering::SeqCst);
        refused(&busy).await;
        assert_eq!(calls.load(Ordering::SeqCst), before);
        drop(pass);
        while calls.load(Ordering::SeqCst) < before + 3 {
            sleep(Duration::from_millis(1)).await;
        }
        is_over.store(true, Ordering::SeqCst);
        for caller in callers {
            caller.await.unwrap();
        }
    });
}

/// Polls a future so many times, and drops it then. What it gave, if it came to that.
async fn polled<F: Future>(future: F, times: u64) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), times);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            // The last time, nothing need wake it.
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[test]
fn a_call_that_is_cancelled_at_any_moment_leaves_the_journal_free_and_whole() {
    let folder = Folder::new();
    let (one, two) = (journal(&folder.file()), journal(&folder.file()));
    let (mut acknowledged, mut cancelled) = (Vec::new(), 0);
    block_on(async {
        for number in 0..200 {
            let call = async {
                let pass = one.enter(LONG).await.unwrap();
                pass.append(&record(number * 2), true).await.unwrap();
                let again = one.enter(LONG).await.unwrap();
                again.append(&record(number * 2 + 1), true).await.unwrap();
            };
            if polled(call, number % 20).await.is_some() {
                acknowledged.extend([number * 2, number * 2 + 1]);
            } else {
                cancelled += 1;
            }
            drop(append(&two, 1_000 + number).await);
            acknowledged.push(1_000 + number);
        }
    });
    let found = numbers(&folder.file());
    assert!(cancelled > 10 && acknowledged.len() > 210, "{cancelled} were cancelled");
    for number in acknowledged {
        assert_eq!(found.iter().filter(|other| **other == number).count(), 1, "{number}");
    }
}

#[test]
fn a_call_that_is_cancelled_while_others_hold_the_lock_leaves_its_place_in_the_line() {
    let folder = Folder::new();
    let (one, two) = (journal(&folder.file()), journal(&folder.file()));
    block_on(async {
        let pass = append(&two, 1).await;
        for moment in 1..8 {
            let waiting = async { tokio::join!(one.enter(LONG), one.enter(LONG)) };
            assert!(polled(waiting, moment).await.is_none());
        }
        drop(pass);
        drop(append(&one, 2).await);
    });
}

/// This program once more, as another process with a part to play.
fn another_process(role: &str, path: &Path, before: &str) -> Child {
    let mut command = Command::new("bash");
    command.args(["-c", &format!("{before} exec \"$0\" \"$@\"")]);
    command.arg(env::current_exe().unwrap()).args(["--exact", "another", "--ignored", "--nocapture"]);
    command.env(ROLE, role).env(JOURNAL, path).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until it says that it is in, or that so many records are kept.
fn wait_for(child: &mut Child, said: &str) -> Vec<String> {
    // A byte at a time: what comes behind is for others.
    let lines = BufReader::with_capacity(1, child.stdout.as_mut().unwrap()).lines();
    let mut all = Vec::new();
    for line in lines {
        all.push(line.unwrap());
        if all.last().is_some_and(|line| line.starts_with(said)) {
            return all;
        }
    }
    panic!("it never said {said:?}: {all:?}");
}

fn say(text: &str) {
    println!("\n{text}");
}

#[test]
#[ignore = "what the tests below run as another process"]
fn another() {
    let (role, journal) = (env::var(ROLE).unwrap(), journal(Path::new(&env::var(JOURNAL).unwrap())));
    block_on(async {
        match role.as_str() {
            "stay" => {
                let pass = append(&journal, 1).await;
                say("in");
                io::stdin().lines().next();
                drop(pass);
                say("out");
                io::stdin().lines().next();
            }
            "append" => {
                let first: u64 = io::stdin().lines().next().unwrap().unwrap().parse().unwrap();
                for number in first..first + 25 {
                    drop(append(&journal, number).await);
                }
            }
            "append until killed" => {
                let mut number: u64 = io::stdin().lines().next().unwrap().unwrap().parse().unwrap();
                loop {
                    let pass = journal.enter(LONG).await.unwrap();
                    // A long write is one that a signal can cut short.
                    let bytes = [10, 10, 5_000, 600_000][fastrand::usize(..4)];
                    pass.append(&long_record(number, bytes), true).await.unwrap();
                    say(&format!("kept {number}"));
                    drop(pass);
                    number += 1;
                    sleep(Duration::from_micros(fastrand::u64(..3_000))).await;
                }
            }
            "fill" => fill(&journal).await,
            other => panic!("{other}"),
        }
    });
}

fn long_record(number: u64, bytes: usize) -> Json {
    let Json::Object(mut members) = record(number) else { panic!() };
    members.push(("text".to_owned(), Json::Text("x".repeat(bytes))));
    Json::Object(members)
}

/// Appends until there is no more room, and then what still has room.
async fn fill(journal: &Arc<Journal>) {
    let mut number = 0;
    let error = loop {
        let pass = journal.enter(LONG).await.unwrap();
        let before = fs::metadata(journal.path()).unwrap().len();
        match pass.append(&long_record(number, 300), true).await {
            Ok(()) => number += 1,
            Err(error) => {
                assert_eq!(fs::metadata(journal.path()).unwrap().len(), before);
                break error;
            }
        }
    };
    assert_eq!((&error.kind, error.call.outcome), (&Kind::Journal, Outcome::NotSent));
    assert!(error.message.contains("cannot be written: File too large"), "{error}");
    assert!(error.hint.unwrap().contains("room"));
    assert_eq!(numbers(journal.path()).len() as u64, number);
    drop(append(journal, number).await);
    say(&format!("kept {}", number + 1));
}

#[test]
fn another_process_that_holds_the_lock_is_waited_for() {
    let folder = Folder::new();
    let mut other = another_process("stay", &folder.file(), "");
    wait_for(&mut other, "in");
    let journal = journal(&folder.file());
    block_on(async {
        assert!(refused(&journal).await.hint.unwrap().contains("nothing was sent"));
        other.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
        // The other process lives on; that it gave the lock back is enough.
        drop(append(&journal, 2).await);
    });
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(numbers(&folder.file()), [1, 2]);
}

#[test]
fn a_process_that_is_killed_leaves_the_lock_free() {
    let folder = Folder::new();
    let mut other = another_process("stay", &folder.file(), "");
    wait_for(&mut other, "in");
    other.kill().unwrap();
    other.wait().unwrap();
    block_on(async { drop(append(&journal(&folder.file()), 2).await) });
    assert_eq!(numbers(&folder.file()), [1, 2]);
}

#[test]
fn four_processes_on_one_journal_lose_nothing() {
    let folder = Folder::new();
    let mut others: Vec<_> = (0..4).map(|_| another_process("append", &folder.file(), "")).collect();
    for (index, other) in others.iter_mut().enumerate() {
        writeln!(other.stdin.as_mut().unwrap(), "{}", index * 100).unwrap();
    }
    for other in others {
        assert!(other.wait_with_output().unwrap().status.success());
    }
    let mut found = numbers(&folder.file());
    found.sort_unstable();
    let all: Vec<_> = (0..4).flat_map(|first| first * 100..first * 100 + 25).collect();
    assert_eq!(found, all);
}

#[test]
fn a_disk_without_room_fails_the_call_and_leaves_the_file_as_it_was() {
    let folder = Folder::new();
    // Two blocks of 1,024 bytes: the write that goes beyond them is cut short first.
    let mut other = another_process("fill", &folder.file(), "trap '' XFSZ; ulimit -f 2;");
    let said = wait_for(&mut other, "kept");
    assert!(other.wait().unwrap().success());
    assert_eq!(said.last().unwrap(), "kept 6");
    assert_eq!(numbers(&folder.file()), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn whatever_a_killed_process_was_told_to_be_kept_is_kept() {
    const PROCESSES: u64 = 60;
    let folder = Folder::new();
    let mut kept = 0;
    for pair in 0..PROCESSES / 2 {
        let first = [pair * 2, pair * 2 + 1].map(|process| process * 1_000);
        let mut both = first.map(|_| another_process("append until killed", &folder.file(), ""));
        for (child, first) in both.iter_mut().zip(first) {
            writeln!(child.stdin.as_mut().unwrap(), "{first}").unwrap();
        }
        let mut told = [wait_for(&mut both[0], "kept").join("\n"), String::new()];
        for (mut child, told) in both.into_iter().zip(&mut told) {
            thread::sleep(Duration::from_micros(fastrand::u64(..30_000)));
            child.kill().unwrap();
            told.push('\n');
            told.push_str(std::str::from_utf8(&child.wait_with_output().unwrap().stdout).unwrap());
        }
        let found = numbers(&folder.file());
        for (first, told) in first.into_iter().zip(told) {
            let last =
                told.lines().filter_map(|line| line.strip_prefix("kept ")?.parse::<u64>().ok()).next_back();
            let of_it: Vec<_> =
                found.iter().copied().filter(|number| number / 1_000 == first / 1_000).collect();
            let told = last.map_or(0, |last| last + 1 - first);
            let there = of_it.len() as u64;
            assert_eq!(of_it, (first..first + there).collect::<Vec<_>>(), "each once, and in order");
            // The last one may be there though its process was killed before it could tell.
            assert!(there == told || there == told + 1, "{there} are there, and it told of {told}");
            kept += there;
        }
        if pair % 3 == 2 {
            fs::remove_file(folder.file()).unwrap();
        }
    }
    assert!(kept >= PROCESSES / 2);
}
