//! A journal against every sort of damage.

use std::fmt::Write as _;
use std::io;

use em_api::protocol::{Method, TaskId};

use super::*;
use crate::event::{Event, How, Intent, LaneEvent, LaneId, Ticket, Verdict, What};
use crate::step::{CallId, Ending, StepId, StepResult};
use crate::time::Timestamp;

#[derive(Debug, Default)]
struct Memory {
    bytes: Vec<u8>,
    room: Option<usize>,
}

impl Store for &mut Memory {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.room.is_some_and(|room| self.bytes.len() + bytes.len() > room) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn reserve(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

fn events() -> Vec<Event> {
    let step = StepId::parse("undo").unwrap();
    let ticket = Ticket { step: step.clone(), call: CallId(4) };
    let intent = Intent {
        attempt: 1,
        method: Method::Post,
        target: "/api/failoverPlans/x?action=undo".to_owned(),
        body: None,
        operation: Some("UndoFailoverPlan".to_owned()),
        object: "failover plan `ERP «DR»`".to_owned(),
    };
    let task = TaskId::parse("task-1").unwrap();
    let lane = LaneId(1);
    let whats = [
        What::StepStarted { step: step.clone() },
        What::Lane(LaneEvent::Opened { lane, session: "ab".repeat(32) }),
        What::Lane(LaneEvent::Listed { lane, tasks: Some(vec![task.clone()]) }),
        What::Lane(LaneEvent::Intended { lane, ticket: ticket.clone(), intent }),
        What::Lane(LaneEvent::Accepted { lane, ticket, task, how: How::Adopted }),
        What::StepEnded {
            step,
            ending: Ending::new(StepResult::Succeeded, "a\nline").with("n", 1),
        },
        What::Closed { verdict: Verdict::Done },
    ];
    let at = Timestamp::from_millisecond(1_764_000_000_123);
    whats.into_iter().map(|what| Event { at, what }).collect()
}

fn written() -> Vec<u8> {
    let mut memory = Memory::default();
    let mut writer = Writer::new(&mut memory);
    for event in events() {
        writer.append(Timestamp::from_millisecond(7), &event).unwrap();
    }
    memory.bytes
}

#[test]
fn what_was_written_is_read() {
    let journal = read(&written()).unwrap();
    assert_eq!(journal.events, events());
    assert!(!journal.is_torn);
}

#[test]
fn a_line_can_be_read_with_text_tools() {
    let bytes = written();
    let text = std::str::from_utf8(&bytes).unwrap();
    insta::assert_snapshot!(text.lines().nth(3).unwrap());
}

#[test]
fn cut_at_every_byte_it_gives_whole_lines_or_nothing() {
    let bytes = written();
    for end in 0..bytes.len() {
        let whole = bytes[..end].split(|byte| *byte == b'\n').count() - 1;
        match read(&bytes[..end]) {
            Ok(journal) => {
                assert_eq!(journal.events.len(), whole, "cut at {end}");
                assert_eq!(journal.is_torn, !bytes[..end].ends_with(b"\n"), "cut at {end}");
            }
            Err(Error::Empty) => assert_eq!(whole, 0, "cut at {end}"),
            Err(error) => panic!("cut at {end}: {error}"),
        }
    }
}

#[test]
fn every_changed_bit_before_the_last_line_is_found() {
    let bytes = written();
    let last_line = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
    for at in 0..=last_line {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let error = read(&changed).expect_err("a changed bit went unseen");
            assert!(matches!(error, Error::Damaged { .. }), "{error}");
        }
    }
}

#[test]
fn what_stands_before_a_bad_line_can_be_had() {
    let bytes = written();
    let lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for bad in 0..lines.len() {
        let text = [&lines[..bad], &[b"no record\n"], &lines[bad..]].concat().concat();
        let (journal, damage) = read_prefix(&text);
        assert_eq!(journal.events, events()[..bad]);
        assert!(matches!(damage, Some(Error::Damaged { line, .. }) if line == bad + 1));
    }
    assert!(read_prefix(&bytes).1.is_none());
}

#[test]
fn lines_that_are_dropped_doubled_or_swapped_are_found() {
    let bytes = written();
    let lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut dropped = lines.clone();
    dropped.remove(2);
    let mut doubled = lines.clone();
    doubled.insert(2, lines[2]);
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    for lines in [dropped, doubled, swapped] {
        assert!(matches!(read(&lines.concat()), Err(Error::Damaged { line: 3 | 4, .. })));
    }
}

#[test]
fn after_a_failed_write_it_takes_nothing_more() {
    let mut memory = Memory { room: Some(400), ..Memory::default() };
    let mut writer = Writer::new(&mut memory);
    let outcomes: Vec<_> =
        events().iter().map(|event| writer.append(Timestamp::from_millisecond(7), event)).collect();
    let failed = outcomes.iter().position(Result::is_err).unwrap();
    assert!(matches!(outcomes[failed], Err(Error::Write(_))));
    assert!(outcomes[failed + 1..].iter().all(|outcome| matches!(outcome, Err(Error::Poisoned))));
    assert!(matches!(writer.sync(), Err(Error::Poisoned)));
}

/// Writes a chain of records by hand, as another version of the program could.
fn chained(records: &[&str]) -> Vec<u8> {
    let mut out = String::new();
    let mut prev = String::new();
    for (seq, record) in records.iter().enumerate() {
        let summed = format!(
            "{{\"seq\":{seq},\"epoch\":1,\"t_wall\":\"2026-01-01T00:00:0{seq}.000Z\",\
             \"t_mono\":{seq},{record},\"prev\":\"{prev}\""
        );
        prev = crate::digest::sha256(summed.as_bytes());
        let _ = writeln!(out, "{summed},\"sum\":\"{prev}\"}}");
    }
    out.into_bytes()
}

const OPENED: &str = "\"kind\":\"opened\",\"version\":V,\"run\":\"r\",\"engine\":\"9\",\"runbook\":\"b\",\
    \"runbook_digest\":\"\",\"plan_digest\":\"\",\"target\":\"env\",\"address\":\"\",\"trust\":\"\"";
const STARTED: &str = "\"kind\":\"step-started\",\"step\":\"a\"";

#[test]
fn of_a_newer_journal_what_is_understood_is_read_and_the_rest_is_counted() {
    let [now, later] = ["1", "2"].map(|version| OPENED.replace('V', version));
    let dreamt = "\"kind\":\"dreamt\",\"of\":1";
    // The record that every version knows, with a member that this one does not understand.
    let odd = "\"kind\":\"step-started\",\"step\":{\"id\":\"a\"}";
    for (records, events, not_understood) in [
        (vec![&*now, STARTED], 2, 0),
        (vec![&*now, dreamt, STARTED], 2, 1),
        (vec![&*later, STARTED], 2, 0),
        (vec![&*later, dreamt, odd, STARTED], 2, 2),
        (vec![dreamt], 0, 1),
    ] {
        let journal = read(&chained(&records)).unwrap();
        assert_eq!((journal.events.len(), journal.not_understood), (events, not_understood));
        assert_eq!(journal.records(), records.len());
        let is_newer = not_understood > 0 || records[0] == later;
        assert_eq!(journal.is_understood().is_err(), is_newer, "{records:?}");
    }
    assert!(matches!(read(&chained(&[&now, odd])), Err(Error::Damaged { line: 2, .. })));
    let newer = read(&chained(&[&later, dreamt])).unwrap().is_understood().unwrap_err();
    insta::assert_snapshot!(newer, @"the journal is of a newer version of this program (2; this one writes 1), and 1 of its records are not understood");
    let added = read(&chained(&[&now, dreamt])).unwrap().is_understood().unwrap_err();
    insta::assert_snapshot!(added, @"a newer version of this program has added to the journal: 1 record is of a kind that this one does not know");
}

#[test]
fn what_stands_before_the_damage_is_read() {
    let bytes = written();
    let lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for damaged in 0..lines.len() {
        let mut changed: Vec<_> = lines.iter().map(|line| line.to_vec()).collect();
        changed[damaged][10] ^= 1;
        let (journal, error) = read_prefix(&changed.concat());
        assert_eq!((journal.records(), journal.events.len()), (damaged, damaged));
        assert!(matches!(error, Some(Error::Damaged { line, .. }) if line == damaged + 1));
    }
    assert!(matches!(read_prefix(&bytes), (journal, None) if journal.records() == lines.len()));
    assert!(matches!(read_prefix(b""), (_, Some(Error::Empty))));
}

/// Somebody has the sum of a line: it is found, and a journal written anew does not have it.
#[test]
fn a_sum_that_was_kept_finds_its_line_and_no_other_journal() {
    let opened = OPENED.replace('V', "1");
    let journal = read(&chained(&[&opened, STARTED, STARTED])).unwrap();
    let others = read(&chained(&[&opened, &STARTED.replace("\"a\"", "\"b\""), STARTED])).unwrap();
    let [first, last] = [2, 3]
        .map(|records| read(&chained(&[&opened, STARTED, STARTED][..records])).unwrap().last_sum);
    assert_eq!((journal.position_of(&first), journal.position_of(&last)), (Some(1), Some(2)));
    assert_eq!(journal.position_of(&first[..SHORTEST_SUM].to_uppercase()), Some(1));
    assert_eq!(journal.position_of(&first[..SHORTEST_SUM - 1]), None);
    assert_eq!(journal.position_of(""), None);
    assert_eq!((others.position_of(&first), others.position_of(&last)), (None, None));
    let [began, ended] = journal.between.map(|at| at.to_string());
    assert_eq!((&*began, &*ended), ("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:02.000Z"));
}
