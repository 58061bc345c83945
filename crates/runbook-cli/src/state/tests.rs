//! Folders of runs: who may write, and one writer at a time.

use std::os::unix::fs::{PermissionsExt, symlink};

use runbook_core::journal::Store;
use tempfile::TempDir;

use super::*;

fn run_folder(state: &TempDir) -> RunFolder {
    let folder = RunFolder { id: "a-run".to_owned(), path: state.path().join("a-run") };
    safe::folder(&folder.path).expect("a folder");
    folder
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn a_journal_has_one_writer_and_the_next_goes_on_behind_it() {
    let state = TempDir::new().expect("a folder");
    let folder = run_folder(&state);
    let mut store = folder.begin_journal().expect("it begins");
    store.append(b"one\ntorn").expect("appended");
    store.sync().expect("durable");
    assert_eq!(folder.begin_journal().expect_err("it is there").exit, Exit::Journal);
    let refused = folder.reopen_journal(Duration::ZERO).expect_err("it is written");
    assert_eq!(refused.exit, Exit::Locked, "{}", refused.message);
    drop(store);
    let reopened = folder.reopen_journal(Duration::ZERO).expect("free");
    assert_eq!(reopened.bytes(), b"one\ntorn");
    let refused = folder.reopen_journal(Duration::ZERO).expect_err("one of two");
    assert_eq!(refused.exit, Exit::Locked);
    let mut store = folder.continue_journal(reopened, 4).expect("it goes on");
    store.reserve(1 << 16).expect("room");
    store.append(b"two\n").expect("appended");
    assert_eq!(folder.journal().expect("it is there"), b"one\ntwo\n");
}

#[test]
fn a_writer_that_ends_in_time_is_waited_for() {
    let state = TempDir::new().expect("a folder");
    let folder = run_folder(&state);
    let store = folder.begin_journal().expect("it begins");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            drop(store);
        });
        assert!(folder.reopen_journal(Duration::from_secs(10)).is_ok());
    });
}

#[test]
fn folders_that_others_can_change_are_refused_with_their_path() {
    let outer = TempDir::new().expect("a folder");
    let refused = |failure: Result<PathBuf, Failure>, path: &Path| {
        let failure = failure.expect_err("refused");
        assert_eq!(failure.exit, Exit::Journal);
        assert!(failure.message.contains(&*path.to_string_lossy()), "{}", failure.message);
    };
    let path = outer.path().join("state");
    let state = State(path.clone());
    let locks = state.locks().expect("made");
    for (folder, bad) in [(&path, 0o777), (&path, 0o702), (&locks, 0o777), (&locks, 0o1777)] {
        mode(folder, bad);
        refused(state.locks(), folder);
        mode(folder, 0o700);
    }
    // A folder such as /tmp, and one of a group.
    for good in [0o1777, 0o770] {
        mode(&path, good);
        assert!(state.locks().is_ok());
    }
    fs::remove_dir(&locks).expect("empty");
    symlink(outer.path(), &locks).expect("linked");
    refused(state.locks(), &locks);
    fs::remove_file(&locks).expect("a link");
    fs::write(&locks, "").expect("a file");
    refused(state.locks(), &locks);
}

#[test]
fn a_journal_that_is_a_link_or_open_to_all_is_not_continued() {
    let state = TempDir::new().expect("a folder");
    let folder = run_folder(&state);
    let refused = || {
        let failure = folder.reopen_journal(Duration::ZERO).expect_err("refused");
        assert_eq!(failure.exit, Exit::Journal);
        let path = folder.path.display().to_string();
        assert!(failure.message.contains(&path), "{}", failure.message);
    };
    let journal = folder.path.join(JOURNAL);
    refused();
    fs::write(state.path().join("elsewhere"), "").expect("a file");
    symlink("../elsewhere", &journal).expect("linked");
    refused();
    fs::remove_file(&journal).expect("a link");
    fs::create_dir(&journal).expect("a folder");
    refused();
    fs::remove_dir(&journal).expect("a folder");
    fs::write(&journal, "").expect("a file");
    mode(&journal, 0o666);
    refused();
    mode(&journal, 0o600);
    mode(&folder.path, 0o777);
    refused();
    mode(&folder.path, 0o700);
    assert!(folder.reopen_journal(Duration::ZERO).is_ok());
}

/// Whoever opens a pipe waits until somebody writes into it.
#[test]
fn what_is_no_file_is_not_waited_for_and_is_told_of_with_its_path() {
    let state = TempDir::new().expect("a folder");
    let folder = run_folder(&state);
    for name in [PLAN, JOURNAL] {
        let path = folder.path.join(name);
        let refused = |why: &str| {
            let read =
                || if name == PLAN { folder.plan().map(drop) } else { folder.journal().map(drop) };
            let failure = read().expect_err("refused");
            assert_eq!(failure.exit, Exit::Journal);
            let told = format!("{} cannot be read: ", path.display());
            assert!(failure.message.starts_with(&told), "{}", failure.message);
            assert!(failure.message.contains(why), "{}", failure.message);
        };
        refused("No such file");
        let mode = rustix::fs::Mode::RWXU;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0)
            .expect("a pipe");
        refused("no regular file");
        assert!(!folder.is_running());
        fs::remove_file(&path).expect("a pipe");
        symlink("/dev/zero", &path).expect("linked");
        refused("");
        fs::remove_file(&path).expect("a link");
    }
    fs::create_dir(folder.path.join(JOURNAL)).expect("a folder");
    let found = State(state.path().to_owned()).open("a-run").expect("it is there");
    assert!(found.journal().expect_err("refused").message.contains("no regular file"));
}
