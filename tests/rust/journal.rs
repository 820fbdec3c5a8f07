//! A journal on a real disk: what it takes, what it refuses, and who may write to it when.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]
#![cfg(unix)]

mod journals;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use appassign::error::{Error, Kind, Outcome, Result};
use appassign::journal::{Journal, read};
use appassign::json::Json;
use journals::{Folder, LONG, block_on, numbers, record};

/// Appends these records, by a journal of its own.
fn write(path: &Path, numbers: &[u64]) -> Result<()> {
    block_on(async {
        let pass = Arc::new(Journal::at(path.to_owned())).enter(LONG).await?;
        for number in numbers {
            pass.append(&record(*number), false).await?;
        }
        Ok(())
    })
}

fn fault_of(path: &Path) -> Error {
    let read = read(path).unwrap_err();
    let entered = block_on(Arc::new(Journal::at(path.to_owned())).enter(LONG)).err().expect("it was refused");
    for error in [&read, &entered] {
        assert_eq!((&error.kind, error.call.outcome), (&Kind::Journal, Outcome::NotSent), "{error}");
        assert!(error.message.contains(path.to_str().unwrap()) && error.hint.is_some(), "{error}");
    }
    assert_eq!(read.message, entered.message);
    entered
}

/// Three records, and the bytes of their lines.
fn three(path: &Path) -> Vec<Vec<u8>> {
    write(path, &[1, 2, 3]).unwrap();
    let lines: Vec<_> =
        fs::read(path).unwrap().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    assert_eq!(lines.len(), 3);
    lines
}

#[test]
fn records_come_back_in_order_and_as_they_were_spelled() {
    let folder = Folder::new();
    let path = folder.file();
    let records = [r#"{"b":1.10e+400,"a":[null,{"ü":"\n"}]}"#, "{}", r#"{"a":12345678901234567890}"#];
    let journal = Arc::new(Journal::at(path.clone()));
    assert!(!path.exists(), "nothing is touched before its first use");
    block_on(async {
        let pass = journal.enter(LONG).await.unwrap();
        for (index, record) in records.iter().enumerate() {
            pass.append(&Json::parse(record).unwrap(), index % 2 == 0).await.unwrap();
            let read: Vec<_> =
                read(&path).unwrap().iter().map(|json| serde_json::to_string(json).unwrap()).collect();
            assert_eq!(read, records[..=index]);
        }
    });
    for line in fs::read_to_string(&path).unwrap().lines() {
        let Json::Object(members) = Json::parse(line).unwrap() else { panic!("{line}") };
        assert_eq!(members.last().unwrap().0, "checksum");
    }
}

#[test]
fn a_new_journal_is_its_owners_alone() {
    let folder = Folder::new();
    write(&folder.file(), &[1]).unwrap();
    assert_eq!(fs::metadata(folder.file()).unwrap().permissions().mode() & 0o7777, 0o600);
}

#[test]
fn an_empty_file_is_a_journal_without_records() {
    let folder = Folder::new();
    write(&folder.file(), &[]).unwrap();
    assert_eq!(fs::metadata(folder.file()).unwrap().len(), 0);
    assert_eq!(read(&folder.file()), Ok(Vec::new()));
    write(&folder.file(), &[1]).unwrap();
    assert_eq!(numbers(&folder.file()), [1]);
}

#[test]
fn a_line_torn_at_any_byte_is_passed_over_and_then_cut_off() {
    let folder = Folder::new();
    let path = folder.file();
    let lines = three(&path);
    for before in [lines[..2].concat(), Vec::new()] {
        let kept: &[u64] = if before.is_empty() { &[] } else { &[1, 2] };
        for torn in 0..=lines[2].len() {
            let whole: &[u64] = if torn + 1 >= lines[2].len() { &[3] } else { &[] };
            fs::write(&path, [&before, &lines[2][..torn]].concat()).unwrap();
            assert_eq!(numbers(&path), [kept, whole].concat(), "{torn} bytes");
            write(&path, &[4]).unwrap();
            assert_eq!(numbers(&path), [kept, whole, &[4]].concat(), "{torn} bytes");
            assert!(fs::read(&path).unwrap().ends_with(b"}\n"));
        }
    }
}

#[test]
fn a_first_record_torn_at_any_byte_is_known_for_a_record() {
    let folder = Folder::new();
    let path = folder.file();
    let record =
        Json::parse(r#"{"n":[-0.10e+4,-1E-2,7],"t":"\u0001\"\\ü😀","b":[true,false,null,{}]}"#).unwrap();
    block_on(async {
        Arc::new(Journal::at(path.clone())).enter(LONG).await.unwrap().append(&record, false).await.unwrap();
    });
    let line = fs::read(&path).unwrap();
    for torn in 0..line.len() - 1 {
        fs::write(&path, &line[..torn]).unwrap();
        assert_eq!(numbers(&path).len(), 0, "{torn} bytes");
        write(&path, &[1]).unwrap();
        assert_eq!(numbers(&path), [1], "{torn} bytes");
    }
}

#[test]
fn a_last_line_that_never_reached_the_disk_is_passed_over_and_then_cut_off() {
    let folder = Folder::new();
    let path = folder.file();
    let lines = three(&path);
    for before in [lines[..2].concat(), Vec::new()] {
        let kept: &[u64] = if before.is_empty() { &[] } else { &[1, 2] };
        for there in 0..lines[2].len() - 1 {
            for end in ["", "\n"] {
                let nothing = vec![0; lines[2].len() - 1 - there];
                fs::write(&path, [&before, &lines[2][..there], &nothing, end.as_bytes()].concat()).unwrap();
                assert_eq!(numbers(&path), kept, "{there} bytes");
                write(&path, &[4]).unwrap();
                assert_eq!(numbers(&path), [kept, &[4]].concat(), "{there} bytes");
            }
        }
    }
}

#[test]
fn every_flipped_bit_is_found_and_its_line_named() {
    let folder = Folder::new();
    let path = folder.file();
    let lines = three(&path);
    for (index, line) in lines.iter().enumerate() {
        for bit in 0..line.len() * 8 {
            let mut damaged = lines.clone();
            damaged[index][bit / 8] ^= 1 << (bit % 8);
            let is_nul_in_the_last_line = index == 2 && damaged[index][bit / 8] == 0;
            let damaged = damaged.concat();
            fs::write(&path, &damaged).unwrap();
            if is_nul_in_the_last_line {
                assert_eq!(numbers(&path), [1, 2], "bit {bit}");
                continue;
            }
            let error = fault_of(&path);
            assert!(error.message.contains(&format!(": line {}: ", index + 1)), "bit {bit}: {error}");
            assert_eq!(fs::read(&path).unwrap(), damaged, "bit {bit}");
        }
    }
}

#[test]
fn a_line_that_is_lost_doubled_or_swapped_in_part_is_found() {
    let folder = Folder::new();
    let path = folder.file();
    let [one, two, three] = three(&path).try_into().unwrap();
    for damaged in [
        [&one[..], &two[..10], &three].concat(),
        [&one[..], b"\n", &two, &three].concat(),
        [&one[..], &two[..two.len() - 1], b"\r\n", &three].concat(),
        [&one[..], &two[..two.len() - 1], &three].concat(),
        [&one[..], &two[..two.len() - 1], b"\0", b"\n", &three].concat(),
    ] {
        fs::write(&path, &damaged).unwrap();
        assert!(fault_of(&path).message.contains(": line 2: "));
    }
}

#[test]
fn a_file_of_somebody_elses_is_left_as_it_is() {
    let folder = Folder::new();
    let path = folder.file();
    write(&path, &[]).unwrap();
    for content in [
        &b"a letter"[..],
        b"a letter\n",
        b"\n",
        br#"{"name": "value"}"#,
        b"{\"name\":\"value\"}\n",
        b"{\n  \"name\": \"value\"\n}\n",
        b"[1,\n",
        b"SQLite format 3\0\0\0\0",
        b"SQLite format 3\0\0\0\n",
        b"\xef\xbb\xbf{\"name\"",
    ] {
        fs::write(&path, content).unwrap();
        let error = fault_of(&path);
        assert!(error.message.contains("no journal"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn what_is_no_file_of_ones_own_is_refused_at_once() {
    let folder = Folder::new();
    write(&folder.at("journal"), &[1]).unwrap();
    symlink(folder.at("journal"), folder.at("link")).unwrap();
    symlink(folder.at("nowhere"), folder.at("dangling")).unwrap();
    fs::create_dir(folder.at("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.at("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(folder.at("socket")).unwrap();
    for (path, said) in [
        (folder.at("link"), "is a symbolic link"),
        (folder.at("dangling"), "is a symbolic link"),
        (folder.at("folder"), "is a directory"),
        (folder.at("fifo"), "is a FIFO"),
        (folder.at("socket"), "is a socket"),
        ("/dev/full".into(), "is a device"),
        ("/dev/null".into(), "is a device"),
    ] {
        let error = fault_of(&path);
        assert!(error.message.contains(said), "{error}");
    }
    assert!(!folder.at("nowhere").exists());
}

#[test]
fn a_file_that_others_may_write_is_refused_and_the_remedy_named() {
    let folder = Folder::new();
    let path = folder.file();
    write(&path, &[1]).unwrap();
    for (mode, is_refused) in [(0o620, true), (0o602, true), (0o666, true), (0o644, false), (0o700, false)] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        if is_refused {
            let error = fault_of(&path);
            assert!(error.message.contains(&format!("{mode:04o}")), "{error}");
            assert_eq!(error.hint.unwrap(), format!("chmod go-w {}", path.display()));
        } else {
            write(&path, &[2]).unwrap();
        }
    }
}

#[test]
fn a_journal_in_a_directory_that_is_not_there_is_refused() {
    let folder = Folder::new();
    File::create(folder.file()).unwrap();
    assert!(fault_of(&folder.file().join("journal")).message.contains("cannot be opened"));
    let path = folder.at("missing/journal");
    let error = read(&path).unwrap_err();
    assert!(error.kind == Kind::Journal && error.message.contains("is not there"), "{error}");
    let error = write(&path, &[1]).unwrap_err();
    assert!(error.kind == Kind::Journal && error.hint.unwrap().contains("directory"));
}

#[test]
fn a_record_that_could_not_be_read_again_is_not_written() {
    let folder = Folder::new();
    let path = folder.file();
    let nested = |depth| Json::parse(&format!("{}{}", "[".repeat(depth), "]".repeat(depth))).unwrap();
    let around = |json| Json::Object(vec![("document".to_owned(), json)]);
    let text = || Json::Text(String::new());
    block_on(async {
        let pass = Arc::new(Journal::at(path.clone())).enter(LONG).await.unwrap();
        pass.append(&around(nested(99)), true).await.unwrap();
        let doubled = Json::Object(vec![("a".to_owned(), text()), ("a".to_owned(), text())]);
        let forged = Json::Object(vec![("checksum".to_owned(), text())]);
        for (bad, said) in [
            (around(nested(100)), "100 levels"),
            (doubled, "twice"),
            (forged, "twice"),
            (text(), "an object"),
        ] {
            let error = pass.append(&bad, true).await.unwrap_err();
            assert_eq!(error.kind, Kind::Journal);
            assert!(error.message.contains(said) && error.hint.is_some(), "{error}");
        }
    });
    assert_eq!(read(&path), Ok(vec![around(nested(99))]));
}

#[test]
fn a_line_beyond_all_bounds_is_refused_without_holding_it() {
    let folder = Folder::new();
    let path = folder.file();
    write(&path, &[1]).unwrap();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 33).unwrap();
    assert!(fault_of(&path).message.contains(": line 2: it is longer"));
}

#[test]
fn a_journal_that_was_moved_away_is_begun_anew() {
    let folder = Folder::new();
    let (path, moved) = (folder.file(), folder.at("journal.1"));
    let journal = Arc::new(Journal::at(path.clone()));
    block_on(async {
        for number in [1, 2] {
            journal.enter(LONG).await.unwrap().append(&record(number), true).await.unwrap();
        }
        fs::rename(&path, &moved).unwrap();
        journal.enter(LONG).await.unwrap().append(&record(3), true).await.unwrap();
        fs::remove_file(&path).unwrap();
        journal.enter(LONG).await.unwrap().append(&record(4), true).await.unwrap();
    });
    assert_eq!((numbers(&moved), numbers(&path)), (vec![1, 2], vec![4]));
}

#[test]
fn a_pass_writes_to_the_file_it_is_for_and_nobody_joins_it_there() {
    let folder = Folder::new();
    let (path, moved) = (folder.file(), folder.at("journal.1"));
    let journal = Arc::new(Journal::at(path.clone()));
    block_on(async {
        let pass = journal.enter(LONG).await.unwrap();
        fs::rename(&path, &moved).unwrap();
        assert_eq!(journal.enter(Duration::from_millis(100)).await.err().unwrap().kind, Kind::Timeout);
        pass.append(&record(1), true).await.unwrap();
        fs::remove_file(&moved).unwrap();
        let error = pass.append(&record(2), true).await.unwrap_err();
        assert!(error.message.contains("deleted") && error.kind == Kind::Journal, "{error}");
        drop(pass);
        journal.enter(LONG).await.unwrap().append(&record(3), true).await.unwrap();
    });
    assert_eq!(numbers(&path), [3]);
}

#[test]
fn a_journal_that_became_a_link_or_was_damaged_meanwhile_is_refused() {
    let folder = Folder::new();
    let (path, moved) = (folder.file(), folder.at("journal.1"));
    let journal = Arc::new(Journal::at(path.clone()));
    block_on(async {
        journal.enter(LONG).await.unwrap().append(&record(1), true).await.unwrap();
        fs::rename(&path, &moved).unwrap();
        symlink(&moved, &path).unwrap();
        assert!(journal.enter(LONG).await.err().unwrap().message.contains("symbolic link"));
        fs::rename(&moved, &path).unwrap();
        journal.enter(LONG).await.unwrap().append(&record(2), true).await.unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"number\":3}\n").unwrap();
        assert!(journal.enter(LONG).await.err().unwrap().message.contains(": line 3: "));
    });
}

#[test]
fn a_journal_that_was_emptied_in_its_place_goes_on() {
    let folder = Folder::new();
    let path = folder.file();
    let journal = Arc::new(Journal::at(path.clone()));
    block_on(async {
        let pass = journal.enter(LONG).await.unwrap();
        pass.append(&record(1), true).await.unwrap();
        fs::write(&path, "").unwrap();
        pass.append(&record(2), true).await.unwrap();
        drop(pass);
        fs::write(&path, "").unwrap();
        journal.enter(LONG).await.unwrap().append(&record(3), true).await.unwrap();
    });
    assert_eq!(numbers(&path), [3]);
}

#[test]
fn a_relative_path_is_from_where_the_journal_was_made() {
    assert!(Journal::at("journal".into()).path().is_absolute());
}

#[test]
fn a_reader_sees_whole_records_while_a_torn_line_is_cut_off_and_replaced() {
    let folder = Folder::new();
    let (path, prepared) = (folder.file(), folder.at("prepared"));
    let kept = three(&path)[0].clone();
    let long = |bytes| {
        let Json::Object(mut members) = record(2) else { panic!() };
        members.push(("text".to_owned(), Json::Text("x".repeat(bytes))));
        Json::Object(members)
    };
    let (rounds, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let let_read = || {
        let enough = rounds.load(Ordering::SeqCst) + 2;
        while rounds.load(Ordering::SeqCst) < enough && !is_over.load(Ordering::SeqCst) {
            thread::yield_now();
        }
    };
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                let found = read(&path).map(|records| records.len());
                rounds.fetch_add(1, Ordering::SeqCst);
                if !matches!(found, Ok(1..=3)) {
                    is_over.store(true, Ordering::SeqCst);
                    panic!("{found:?}");
                }
            }
        });
        for _ in 0..12 {
            fs::write(&prepared, [&kept[..], b"{\"text\":\"", &vec![b'x'; 400_000]].concat()).unwrap();
            fs::set_permissions(&prepared, Permissions::from_mode(0o600)).unwrap();
            fs::rename(&prepared, &path).unwrap();
            let_read();
            block_on(async {
                let pass = Arc::new(Journal::at(path.clone())).enter(LONG).await.unwrap();
                pass.append(&long(800_000), false).await.unwrap();
            });
            let_read();
        }
        is_over.store(true, Ordering::SeqCst);
        reader.join().unwrap();
    });
}
