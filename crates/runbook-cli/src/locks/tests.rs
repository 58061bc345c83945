//! Locks among threads: each open file has a lock of its own, so threads race as processes do.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use runbook_core::step::{Thing, Touch};
use tempfile::TempDir;

use super::*;

const NO: TakeOver = TakeOver { take_over: false, because: None };

fn yes() -> TakeOver {
    TakeOver { take_over: true, because: Some("the first hangs".to_owned()) }
}

fn keys(names: impl IntoIterator<Item = usize>) -> BTreeSet<Key> {
    let touch = |number| Touch { kind: Thing::Machine, name: format!("vm-{number}") };
    names.into_iter().map(|number| Key::object("https://em:9398", &touch(number))).collect()
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn take(folder: &TempDir, names: std::ops::Range<usize>, run: &str) -> Result<Locks, Failure> {
    Locks::take(folder.path(), &keys(names), &Holder::this(run), &NO).map(|(locks, _)| locks)
}

#[test]
fn who_comes_second_is_told_who_was_first() {
    let folder = folder();
    let first = take(&folder, 0..2, "first").expect("free");
    let failure = take(&folder, 1..3, "second").expect_err("held");
    let holder = Holder::this("first");
    assert_eq!(failure.exit, Exit::Locked);
    for part in ["machine `vm-1` of em:9398", "run first", &holder.user, "nothing was sent"] {
        assert!(failure.message.contains(part), "{}", failure.message);
    }
    // All or nothing: what was free before is free still.
    drop(take(&folder, 2..3, "third").expect("free"));
    assert_eq!(first.still_ours(), Ok(()));
    drop(first);
    drop(take(&folder, 0..3, "fourth").expect("free again"));
}

#[test]
fn one_of_many_that_race_for_the_same_wins_a_thousand_times() {
    const RACERS: usize = 8;
    let folder = folder();
    let barrier = Barrier::new(RACERS);
    let winners = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for racer in 0..RACERS {
            let (folder, barrier, winners) = (&folder, &barrier, &winners);
            scope.spawn(move || {
                for round in 0..1000 {
                    barrier.wait();
                    let taken = take(folder, 0..3, &format!("{racer}"));
                    winners.fetch_add(usize::from(taken.is_ok()), Ordering::Relaxed);
                    barrier.wait();
                    assert_eq!(winners.load(Ordering::Relaxed), round + 1);
                    drop(taken);
                }
            });
        }
    });
}

#[test]
fn somebody_wins_where_each_wants_a_part() {
    let folder = folder();
    let sets = [vec![0, 1], vec![1, 2], vec![0, 2]];
    let barrier = Barrier::new(sets.len());
    let winners = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for set in &sets {
            let (folder, barrier, winners) = (&folder, &barrier, &winners);
            scope.spawn(move || {
                for round in 1..=200 {
                    barrier.wait();
                    let holder = Holder::this("x");
                    let taken =
                        Locks::take(folder.path(), &keys(set.iter().copied()), &holder, &NO);
                    winners.fetch_add(usize::from(taken.is_ok()), Ordering::Relaxed);
                    barrier.wait();
                    // Any two of them want one lock in common.
                    assert_eq!(winners.load(Ordering::Relaxed), round);
                    drop(taken);
                }
            });
        }
    });
}

#[test]
fn a_thousand_locks_are_taken_and_looked_at() {
    let folder = folder();
    let locks = take(&folder, 0..1000, "wide").expect("room for all of them");
    assert_eq!(locks.still_ours(), Ok(()));
    assert_eq!(take(&folder, 999..1000, "x").expect_err("held").exit, Exit::Locked);
}

#[test]
fn who_is_taken_over_notices_and_the_new_holder_is_alone() {
    let folder = folder();
    let first = take(&folder, 0..3, "first").expect("free");
    assert_eq!(first.still_ours(), Ok(()));
    let (second, from) = Locks::take(folder.path(), &keys(1..4), &Holder::this("second"), &yes())
        .expect("taken over");
    assert_eq!(from.iter().map(|holder| &*holder.run).collect::<Vec<_>>(), ["first"]);
    let why = first.still_ours().expect_err("taken over");
    assert!(why.contains("machine `vm-1`") && why.contains("run second"), "{why}");
    assert_eq!(second.still_ours(), Ok(()));
    assert_eq!(take(&folder, 1..2, "third").expect_err("held").exit, Exit::Locked);
    // The end of the first frees nothing of the second's.
    drop(first);
    assert_eq!(take(&folder, 1..2, "third").expect_err("held").exit, Exit::Locked);
    assert_eq!(second.still_ours(), Ok(()));
}

#[test]
fn of_one_that_is_taken_over_twice_one_wait_is_enough() {
    let folder = folder();
    let (key, holder) = (Key::run("first"), Holder::this("first"));
    let path = || folder.path().join("writer.json");
    let mut first = take(&folder, 0..1, "first").expect("free");
    first.take_also(path(), &key, &holder, &NO).expect("free");
    let (mut second, _) = Locks::take(folder.path(), &keys(0..1), &Holder::this("second"), &yes())
        .expect("taken over");
    let began = Instant::now();
    let from = second.take_also(path(), &key, &holder, &yes()).expect("taken over");
    assert!(from[0].run == "first" && began.elapsed() < NOTICE);
    assert_eq!(second.still_ours(), Ok(()));
}

/// A request leaves that late after the look that allowed it.
#[test]
fn who_takes_over_waits_longer_than_a_holder_may_connect() {
    assert_eq!(LATEST, Duration::from_millis(20_100));
}

#[test]
fn what_is_free_is_not_taken_over() {
    let folder = folder();
    let began = Instant::now();
    let (_, from) =
        Locks::take(folder.path(), &keys(0..2), &Holder::this("x"), &yes()).expect("free");
    assert!(from.is_empty() && began.elapsed() < NOTICE);
}

#[test]
fn of_those_who_take_over_at_once_one_goes_on() {
    const RACERS: usize = 6;
    let folder = folder();
    let first = take(&folder, 0..3, "first").expect("free");
    let barrier = Barrier::new(RACERS);
    let taken: Vec<_> = std::thread::scope(|scope| {
        let racers = (0..RACERS).map(|racer| {
            let (folder, barrier) = (&folder, &barrier);
            scope.spawn(move || {
                barrier.wait();
                let holder = Holder::this(&format!("{racer}"));
                Locks::take(folder.path(), &keys(0..3), &holder, &yes())
            })
        });
        let racers: Vec<_> = racers.collect();
        racers.into_iter().map(|racer| racer.join().expect("it does not panic")).collect()
    });
    // On a busy machine one may be through before another even comes: then the other takes over
    // from it, and waits for it to notice.
    std::thread::sleep(FRESH);
    let going_on = |taken: &&Result<(Locks, _), _>| {
        taken.as_ref().is_ok_and(|(locks, _)| locks.still_ours().is_ok())
    };
    assert_eq!(taken.iter().filter(going_on).count(), 1);
    assert!(
        taken.iter().filter_map(|taken| taken.as_ref().err()).all(|why| why.exit == Exit::Locked)
    );
    assert!(first.still_ours().is_err());
}

#[test]
fn a_file_that_is_deleted_by_hand_is_noticed() {
    let folder = folder();
    let locks = take(&folder, 0..2, "first").expect("free");
    let path = locks.held[1].path.clone();
    fs::remove_file(&path).expect("deleted");
    let why = locks.still_ours().expect_err("lost");
    assert!(why.contains("machine `vm-1`") && why.contains("is gone"), "{why}");
    fs::write(&path, "another file of the same name").expect("written");
    assert!(locks.still_ours().is_err());
}

#[test]
fn a_look_is_good_for_a_tenth_of_a_second() {
    let folder = folder();
    let locks = take(&folder, 0..1, "first").expect("free");
    assert_eq!(locks.still_ours(), Ok(()));
    fs::remove_file(&locks.held[0].path).expect("deleted");
    // Whoever takes over waits ten times as long.
    let began = Instant::now();
    while locks.still_ours().is_ok() {
        assert!(began.elapsed() < NOTICE / 2);
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_look_does_not_stay_fresh_while_a_machine_sleeps() {
    let (now, wall) = (Instant::now(), SystemTime::now());
    assert!(Look(now, wall).is_fresh());
    assert!(!Look(now, wall - FRESH).is_fresh(), "the machine slept");
    assert!(!Look(now, wall + FRESH * 10).is_fresh(), "the clock was set back");
}

#[test]
fn nothing_but_a_file_is_locked() {
    let folder = folder();
    let file = keys(0..1).first().expect("a key").file_name();
    let path = folder.path().join(file);
    fs::write(folder.path().join("elsewhere"), "not ours").expect("written");
    std::os::unix::fs::symlink("elsewhere", &path).expect("linked");
    let refused = || {
        let failure = take(&folder, 0..1, "x").expect_err("refused");
        assert_eq!(failure.exit, Exit::Journal);
        assert!(failure.message.contains(&path.display().to_string()), "{}", failure.message);
    };
    refused();
    let kept = fs::read_to_string(folder.path().join("elsewhere")).expect("a text");
    assert_eq!(kept, "not ours");
    fs::remove_file(&path).expect("unlinked");
    fs::create_dir(&path).expect("a folder");
    refused();
}
