//! Folders and files that nobody but this user, and whom that user lets, can put things into.
//!
//! The rule is: no folder of ours may be writable for everybody, and none may be a link. What
//! belongs to another user is left to the system: it cannot be written, and that is told. A group
//! that may write is somebody's choice. A folder on the way to the folder for runs is the user's
//! affair, and so is the latter being a link: people keep it on another disk.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::exit::{Exit, Failure};

/// Anybody may write.
const BY_ALL: u32 = 0o002;
/// As in `/tmp`: only who made a file may take it away.
const STICKY: u32 = 0o1000;

/// Makes the folder for runs where it is not there, and refuses one into which anybody can put
/// what is not ours.
pub(super) fn state_folder(path: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    let metadata = made.and_then(|()| fs::metadata(path));
    let metadata = metadata.map_err(|error| cannot_be_written(path, &error))?;
    if metadata.mode() & (BY_ALL | STICKY) == BY_ALL {
        return Err(open_to_all(path));
    }
    Ok(())
}

/// Makes a folder below the one for runs where it is not there, and refuses one that is not what
/// we would have made.
pub(super) fn folder(path: &Path) -> Result<(), Failure> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(cannot_be_written(path, &error));
        }
        _ => {}
    }
    is_a_folder_of_ours(path)
}

/// Refuses a folder that is a link, or no folder, or open to all.
pub(super) fn is_a_folder_of_ours(path: &Path) -> Result<(), Failure> {
    let metadata = fs::symlink_metadata(path).map_err(|error| cannot_be_written(path, &error))?;
    if !metadata.is_dir() {
        let what = if metadata.is_symlink() { "a link" } else { "no folder" };
        let path = path.display();
        return Err(Failure::new(Exit::Journal, format!("{path} is {what}; nothing was sent"))
            .help(
                "a run is kept in folders of its own, so that nobody can put others in their \
                   place: name another folder with `--state DIR` or `RUNBOOK_STATE`",
            ));
    }
    if is_open_to_all(&metadata) { Err(open_to_all(path)) } else { Ok(()) }
}

/// Refuses what is no file, as a device, and what anybody can write.
pub(super) fn is_a_file_of_ours(file: &File) -> io::Result<()> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if is_open_to_all(&metadata) {
        return Err(io::Error::other("everybody may write it, so nobody can trust it"));
    }
    Ok(())
}

/// Makes a file, which must not be there yet.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)
}

/// A new name in a folder survives a loss of power only once the folder itself is durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Says that a folder or a file cannot be written, before anything was sent.
pub(super) fn cannot_be_written(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    Failure::new(Exit::Journal, format!("{path} cannot be written: {error}; nothing was sent"))
        .help("name a folder of this user's with `--state DIR` or `RUNBOOK_STATE`")
}

fn is_open_to_all(metadata: &Metadata) -> bool {
    metadata.mode() & BY_ALL != 0
}

fn open_to_all(path: &Path) -> Failure {
    let path = path.display();
    Failure::new(Exit::Journal, format!("everybody may write into {path}; nothing was sent")).help(
        format!(
            "whoever can write there can put another run in the place of this one: look that \
             nobody has, and then `chmod -R o-w '{path}'`"
        ),
    )
}
