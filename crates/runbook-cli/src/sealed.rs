//! The logon sessions of a run, kept for whoever continues it: encrypted under EM's password.
//!
//! A task of EM is known in its session alone, so a run that was killed learns what became of its
//! action only with that session's token. A session is useless after 15 idle minutes, and the
//! file is deleted when its run closes. Who steals the folder can guess at the password offline;
//! the stretch makes each guess dear, and no weak password strong.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use argon2::{Algorithm, Argon2, Params, Version};
use em_api::protocol::{LoggedOn, LogonSession, SessionId, Token};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use rustix::fs::OFlags;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::locks::server;
use crate::state::{RunFolder, sync_folder};
use crate::terminal;

const FILE: &str = "sessions.sealed";
/// What the file begins with. It stands for everything below: the stretch with its cost, the
/// cipher, and the order of the parts.
const HEAD: &[u8] = b"runbook sealed sessions v1\n";
const SALT: usize = 16;
const KEY: usize = 32;
/// A file that is longer is none of ours.
const LONGEST: u64 = 1 << 20;

/// Argon2id with 19 MiB and two passes, as OWASP advises for passwords that are kept: about 25 ms
/// here, and memory that a guesser must have for each guess.
#[cfg(not(test))]
const MEMORY_KIB: u32 = 19 * 1024;
/// The tests stretch hundreds of times.
#[cfg(test)]
const MEMORY_KIB: u32 = 8;
const PASSES: u32 = 2;

type Key = Zeroizing<[u8; KEY]>;

/// Keeps the sessions of one run. The stretch goes on beside the run, which does not wait for it
/// before the first session is to be kept.
pub(crate) struct Sealer {
    path: PathBuf,
    bound_to: Vec<u8>,
    salt: [u8; SALT],
    key: Stretch,
    sessions: BTreeMap<u32, LoggedOn>,
}

enum Stretch {
    UnderWay(JoinHandle<Result<Key, String>>),
    Done(Key),
    Failed(String),
}

/// Why no session could be taken out, in a sentence for people. The run can be continued without
/// them; what its open actions came to is then harder to prove.
#[derive(Debug, thiserror::Error)]
#[error("the sealed sessions in {path} cannot be used: {why}")]
pub(crate) struct Unsealed {
    path: String,
    why: String,
}

impl Sealer {
    /// Begins to keep the sessions of a run; none where that is not possible, which is told.
    pub(crate) fn begin(
        folder: &RunFolder,
        address: &str,
        password: &SecretString,
    ) -> Option<Self> {
        let sealer = Self::start(folder.path(), &folder.id, address, password);
        let tell = |error: &io::Error| {
            terminal::note(&format!(
                "logon sessions cannot be kept for a later process ({error}): a crash may leave \
                 unknown what became of actions"
            ));
        };
        sealer.inspect_err(tell).ok()
    }

    /// Begins to stretch the password, under a salt of its own.
    ///
    /// # Errors
    /// The system has no chance to give, or no thread.
    fn start(folder: &Path, run: &str, address: &str, password: &SecretString) -> io::Result<Self> {
        let mut salt = [0; SALT];
        SystemRandom::new().fill(&mut salt).map_err(|_| no_chance())?;
        let password = password.clone();
        let stretch = std::thread::Builder::new().name("stretch".to_owned());
        let stretch = stretch.spawn(move || key(&password, &salt))?;
        Ok(Self {
            path: folder.join(FILE),
            bound_to: bound_to(run, address),
            salt,
            key: Stretch::UnderWay(stretch),
            sessions: BTreeMap::new(),
        })
    }

    /// Knows sessions that were taken out of the file: they stay in it when the next is put in.
    #[must_use]
    pub(crate) fn knowing(mut self, sessions: impl IntoIterator<Item = (u32, LoggedOn)>) -> Self {
        self.sessions.extend(sessions);
        self
    }

    /// Keeps the session of a lane, durably.
    ///
    /// # Errors
    /// The file cannot be written. The one before it stays as it was.
    pub(crate) fn put(&mut self, lane: u32, session: &LoggedOn) -> io::Result<()> {
        self.sessions.insert(lane, session.clone());
        self.write()
    }

    /// Keeps nothing any more: the run is closed.
    ///
    /// # Errors
    /// The file cannot be deleted.
    pub(crate) fn remove(&mut self) -> io::Result<()> {
        self.sessions.clear();
        remove(self.folder())
    }

    fn folder(&self) -> &Path {
        self.path.parent().expect("invariant: the file stands in a folder")
    }

    fn write(&mut self) -> io::Result<()> {
        self.wait_for_the_key();
        let key = match &self.key {
            Stretch::Done(key) => key,
            Stretch::Failed(why) => return Err(io::Error::other(why.clone())),
            Stretch::UnderWay(_) => unreachable!("invariant: it was waited for"),
        };
        let bytes = seal(key, &self.salt, &self.bound_to, &self.sessions)?;
        let new = new_path(&self.path);
        gone(&new)?;
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        sync_folder(self.folder())
    }

    fn wait_for_the_key(&mut self) {
        if !matches!(self.key, Stretch::UnderWay(_)) {
            return;
        }
        let before = std::mem::replace(&mut self.key, Stretch::Failed(String::new()));
        let Stretch::UnderWay(thread) = before else { return };
        self.key = match thread.join() {
            Ok(Ok(key)) => Stretch::Done(key),
            Ok(Err(why)) => Stretch::Failed(why),
            Err(_) => Stretch::Failed("the password could not be stretched".to_owned()),
        };
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealer({}, {} sessions)", self.path.display(), self.sessions.len())
    }
}

/// Deletes what is kept of the sessions of a run that is closed: a process that was killed between
/// its last record and its end has left it.
///
/// # Errors
/// A file cannot be deleted.
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    let path = folder.join(FILE);
    if gone(&new_path(&path))? | gone(&path)? {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Returns where the next file is written. What a crash leaves there nobody reads.
fn new_path(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Returns the file in which the sessions of a run are kept.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Takes the sessions of a run out, by lane; none where none were kept. Costs one stretch.
///
/// # Errors
/// Another password, another run or another EM than they were sealed for, or a changed file: which
/// of these cannot be told apart, as a guesser could do so too.
pub(crate) fn take(
    folder: &Path,
    run: &str,
    address: &str,
    password: &SecretString,
) -> Result<Vec<(u32, LoggedOn)>, Unsealed> {
    let path = folder.join(FILE);
    let refuse = |why: String| Unsealed { path: path.display().to_string(), why };
    let bytes = match read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(refuse(error.to_string())),
    };
    open(&bytes, &bound_to(run, address), password).map_err(|why| refuse(why.to_owned()))
}

/// The sessions as they are written, borrowed: no copy of a token is made.
#[derive(Serialize)]
struct Writing<'a> {
    lane: u32,
    token: &'a str,
    session: &'a str,
    user: &'a str,
}

/// The same as they are read. What a logon says of its links is not kept: it tells what the
/// account may do, and is asked for at the next logon.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    lane: u32,
    token: String,
    session: String,
    user: String,
}

fn seal(
    key: &Key,
    salt: &[u8; SALT],
    bound_to: &[u8],
    sessions: &BTreeMap<u32, LoggedOn>,
) -> io::Result<Vec<u8>> {
    let writing = sessions.iter().map(|(lane, on)| Writing {
        lane: *lane,
        token: on.token.expose(),
        session: on.session.session_id.as_str(),
        user: &on.session.user_name,
    });
    let writing: Vec<_> = writing.collect();
    // Room for all of it at once: a buffer that grows leaves its old bytes behind.
    let length = writing.iter().map(|one| 6 * (one.token.len() + one.user.len()) + 256).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    serde_json::to_writer(&mut *text, &writing).expect("invariant: sessions are plain data");
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).map_err(|_| no_chance())?;
    // Encrypted where it stands, so that the plain text is gone.
    let tag = cipher(key)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(bound_to),
            &mut text,
        )
        .map_err(|_| io::Error::other("the sessions cannot be encrypted"))?;
    Ok([HEAD, salt, &nonce, &text, tag.as_ref()].concat())
}

fn open(
    bytes: &[u8],
    bound_to: &[u8],
    password: &SecretString,
) -> Result<Vec<(u32, LoggedOn)>, &'static str> {
    let rest = bytes.strip_prefix(HEAD).ok_or("this version did not write them")?;
    let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or("the file is cut off")?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or("the file is cut off")?;
    let key = key(password, salt).map_err(|_| "the password cannot be stretched")?;
    let mut text = Zeroizing::new(sealed.to_vec());
    let text = cipher(&key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(bound_to), &mut text)
        .map_err(|_| {
            "the password is not the one they were sealed with, or the file was changed or \
             belongs to another run or another Enterprise Manager"
        })?;
    let foreign = "what is in them cannot be read";
    let sessions: Vec<Reading> = serde_json::from_slice(text).map_err(|_| foreign)?;
    sessions.into_iter().map(|one| one.logged_on().ok_or(foreign)).collect()
}

impl Reading {
    fn logged_on(mut self) -> Option<(u32, LoggedOn)> {
        let session_id = SessionId::parse(&self.session).ok()?;
        let user_name = std::mem::take(&mut self.user);
        let session = LogonSession { session_id, user_name, links: Vec::new() };
        Some((self.lane, LoggedOn { token: Token::new(std::mem::take(&mut self.token)), session }))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.token.zeroize();
        self.session.zeroize();
    }
}

fn key(password: &SecretString, salt: &[u8; SALT]) -> Result<Key, String> {
    let params =
        Params::new(MEMORY_KIB, PASSES, 1, Some(KEY)).map_err(|error| error.to_string())?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut key = Zeroizing::new([0; KEY]);
    argon
        .hash_password_into(password.expose_secret().as_bytes(), salt, key.as_mut())
        .map_err(|error| error.to_string())?;
    Ok(key)
}

fn cipher(key: &Key) -> LessSafeKey {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_ref());
    LessSafeKey::new(key.expect("invariant: the key has the length of the cipher"))
}

/// Returns what is not in the file, and without which it does not open: a file that was copied
/// into the folder of another run, or is offered to another server, is refused.
fn bound_to(run: &str, address: &str) -> Vec<u8> {
    let server = server(address);
    let length = u64::try_from(run.len()).unwrap_or(u64::MAX).to_be_bytes();
    [HEAD, &length, run.as_bytes(), server.as_bytes()].concat()
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Err(io::Error::other("that is no file of ours"));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Deletes a file, and tells whether there was one.
fn gone(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
        Ok(()) => Ok(true),
    }
}

fn no_chance() -> io::Error {
    io::Error::other("the system gives no random bytes")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    const RUN: &str = "20260101T000000000Z-0123abcd";
    const EM: &str = "https://em.example:9398";
    const PASSWORD: &str = "canary-Qm7;pÄsswörd";

    fn password(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    fn session(lane: u32) -> LoggedOn {
        let id = format!("15a3fc97-0325-4119-b789-5c0367c6c5{lane:02}");
        LoggedOn {
            token: Token::new(format!("NmVkMmM5ODMtMWVl«{lane}»\"")),
            session: LogonSession {
                session_id: SessionId::parse(&id).expect("an id"),
                user_name: "LAB\\operator".to_owned(),
                links: Vec::new(),
            },
        }
    }

    fn sealed(folder: &TempDir) -> Sealer {
        let mut sealer =
            Sealer::start(folder.path(), RUN, EM, &password(PASSWORD)).expect("it starts");
        for lane in [1, 2] {
            sealer.put(lane, &session(lane)).expect("written");
        }
        sealer
    }

    fn folder() -> TempDir {
        TempDir::new().expect("a folder")
    }

    fn taken(folder: &TempDir) -> Vec<(u32, LoggedOn)> {
        take(folder.path(), RUN, EM, &password(PASSWORD)).expect("it opens")
    }

    #[test]
    fn what_was_put_in_is_taken_out() {
        let folder = folder();
        assert!(taken(&folder).is_empty());
        let sealer = sealed(&folder);
        assert_eq!(taken(&folder), [(1, session(1)), (2, session(2))]);
        let file = folder.path().join(FILE);
        let mode = fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(sealer);
        let known: Vec<_> = taken(&folder).into_iter().filter(|(lane, _)| *lane == 2).collect();
        // The next process stretches anew, and keeps what it found.
        let next = Sealer::start(folder.path(), RUN, EM, &password(PASSWORD)).expect("it starts");
        let mut next = next.knowing(known);
        next.put(3, &session(3)).expect("written");
        assert_eq!(taken(&folder), [(2, session(2)), (3, session(3))]);
        fs::write(folder.path().join("sessions.new"), "left by a crash").expect("written");
        next.remove().expect("deleted");
        next.remove().expect("gone already");
        assert!(!file.exists() && taken(&folder).is_empty());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn another_password_run_or_server_opens_nothing() {
        let folder = folder();
        drop(sealed(&folder));
        for (run, em, text) in [
            (RUN, EM, "canary-Qm7;pÄsswörD"),
            (RUN, EM, ""),
            ("20260101T000000000Z-0123abce", EM, PASSWORD),
            ("", EM, PASSWORD),
            (RUN, "https://em.example:9399", PASSWORD),
        ] {
            let why = take(folder.path(), run, em, &password(text)).expect_err("refused");
            let why = why.to_string();
            assert!(why.contains("the password is not the one"), "{why}");
            assert!(why.contains(FILE) && !why.contains(PASSWORD), "{why}");
        }
        let same = take(folder.path(), RUN, "https://EM.example:9398/api", &password(PASSWORD));
        assert_eq!(same.expect("the same server").len(), 2);
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_refused() {
        let folder = folder();
        drop(sealed(&folder));
        let bytes = fs::read(folder.path().join(FILE)).expect("a file");
        let (bound_to, password) = (bound_to(RUN, EM), password(PASSWORD));
        assert!(open(&bytes, &bound_to, &password).is_ok());
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&changed, &bound_to, &password).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(open(&bytes[..length], &bound_to, &password).is_err(), "{length} bytes");
        }
        let longer = [&bytes[..], b"x"].concat();
        assert!(open(&longer, &bound_to, &password).is_err());
    }

    #[test]
    fn no_secret_is_in_the_file_or_in_any_text() {
        let folder = folder();
        let mut sealer = sealed(&folder);
        let mut bytes = fs::read(folder.path().join(FILE)).expect("a file");
        bytes.extend(format!("{sealer:?}").into_bytes());
        for lane in [1, 2] {
            let on = session(lane);
            let secrets = [on.token.expose(), on.session.session_id.as_str(), PASSWORD];
            for secret in secrets {
                let part = &secret.as_bytes()[..8];
                assert!(!bytes.windows(part.len()).any(|window| window == part), "{secret}");
            }
        }
        // Neither a salt nor a nonce is used twice.
        let parts = |bytes: &[u8]| bytes[HEAD.len()..HEAD.len() + SALT + NONCE_LEN].to_vec();
        let before = parts(&bytes);
        sealer.put(2, &session(2)).expect("written");
        let after = parts(&fs::read(folder.path().join(FILE)).expect("a file"));
        assert_eq!(before[..SALT], after[..SALT]);
        assert_ne!(before[SALT..], after[SALT..]);
    }

    #[test]
    fn what_is_no_file_of_ours_is_told_and_not_read() {
        let folder = folder();
        let file = folder.path().join(FILE);
        let why = || {
            let taken = take(folder.path(), RUN, EM, &password(PASSWORD));
            taken.expect_err("refused").to_string()
        };
        std::os::unix::fs::symlink("/dev/zero", &file).expect("linked");
        assert!(why().contains(FILE));
        fs::remove_file(&file).expect("a link");
        fs::create_dir(&file).expect("a folder");
        assert!(why().contains("no file of ours"), "{}", why());
        fs::remove_dir(&file).expect("a folder");
        fs::write(&file, "").expect("a file");
        assert!(why().contains("this version did not write them"), "{}", why());
        File::create(&file).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
        assert!(why().contains("no file of ours"), "{}", why());
    }

    #[test]
    fn what_cannot_be_written_leaves_what_was() {
        let folder = folder();
        let mut sealer = sealed(&folder);
        // A folder where the new file is to stand: permissions would not keep root out.
        let new = folder.path().join("sessions.new");
        fs::create_dir(&new).expect("a folder");
        assert!(sealer.put(3, &session(3)).is_err());
        assert_eq!(taken(&folder), [(1, session(1)), (2, session(2))]);
    }
}
