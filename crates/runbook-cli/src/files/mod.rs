//! Reading runbooks' files. What cannot be read is a problem like those of a text.
//!
//! A file may be anything: a core dump, a device, a pipe without an end. So it is read in parts,
//! and no further than to the first byte that no runbook has.

mod folder;

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use runbook_core::limits;
use runbook_core::problem::{Code, Problem, Problems};
use runbook_core::text::{Source, Span, visible};

pub(crate) use folder::{LeftOut, each};

/// The bytes that are read at once.
const PART: usize = 64 << 10;

/// The bytes before a mistake up to which they are shown as a text. A copy of more would take
/// memory, and nobody reads the thousandth line of a program.
const SHOWN_BYTES: usize = 1 << 20;

/// Why there is no text, and as much of it as can be shown.
#[derive(Clone, Debug)]
pub(crate) struct Unreadable {
    /// The file's name, and perhaps the start of its text.
    pub(crate) source: Source,
    /// What is wrong; one problem.
    pub(crate) problems: Problems,
}

/// The text of a file, or why there is none.
pub(crate) type Text = Result<Source, Unreadable>;

/// Reads a file, at most as much as a runbook may have.
pub(crate) fn read(path: &Path) -> Text {
    let name = name(path);
    let metadata = fs::metadata(path).map_err(|error| cannot_read(&name, &error))?;
    if metadata.is_dir() {
        let problem = Problem::at(Code::DocumentUnreadable, format!("`{name}` is a folder"), []);
        return Err(without_text(&name, problem.help("name a file in it")));
    }
    let length = check_file(&name, &metadata)?;
    if length > limits::FILE_BYTES {
        return Err(too_large(&name, Some(length)));
    }
    let file = File::open(path).map_err(|error| cannot_read(&name, &error))?;
    let bytes = Bytes::read(file, length).map_err(|error| cannot_read(&name, &error))?;
    bytes.text(&name)
}

/// Returns what people and terminals are told of a path.
pub(crate) fn name(path: &Path) -> String {
    visible(&path.display().to_string())
}

/// Returns the length of a file, none of a pipe; devices and sockets are refused.
fn check_file(name: &str, metadata: &Metadata) -> Result<usize, Unreadable> {
    let kind = metadata.file_type();
    let what = if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else if kind.is_socket() {
        "a socket"
    } else {
        let length = if kind.is_file() { metadata.len() } else { 0 };
        return Ok(usize::try_from(length).unwrap_or(usize::MAX));
    };
    let message = format!("`{name}` is {what}, and no file");
    let problem = Problem::at(Code::DocumentUnreadable, message, []);
    Err(without_text(name, problem.help("name the file of a runbook, or a folder with runbooks")))
}

/// Bytes up to where it was clear what they are.
struct Bytes {
    all: Vec<u8>,
    /// How many of them are text.
    valid: usize,
    end: End,
}

/// Why no more was read.
enum End {
    /// There is no more.
    Whole,
    /// More than a runbook may have.
    TooLarge,
    /// The byte behind the valid ones is in no text.
    NotText,
}

impl Bytes {
    /// Reads bytes until there are no more, or until it is clear that they are no runbook.
    fn read(mut from: impl Read, expected: usize) -> Result<Self, std::io::Error> {
        let mut bytes = Vec::with_capacity(expected.saturating_add(1));
        let mut valid = 0;
        let end = loop {
            if bytes.len() > SHOWN_BYTES {
                // Growing by doubling would take twice as much for the last byte.
                bytes.reserve_exact(limits::FILE_BYTES + 1 - bytes.len());
            }
            let most = (limits::FILE_BYTES + 1 - bytes.len()).min(PART);
            let count = from.by_ref().take(most as u64).read_to_end(&mut bytes)?;
            let rest = &bytes[valid..];
            let has_nul = rest.contains(&0);
            let nul = if has_nul { rest.iter().position(|byte| *byte == 0) } else { None };
            match std::str::from_utf8(&rest[..nul.unwrap_or(rest.len())]) {
                Ok(text) => valid += text.len(),
                Err(error) => {
                    valid += error.valid_up_to();
                    // A character may go on in the next part, but not behind the last.
                    if error.error_len().is_some() || count == 0 || nul.is_some() {
                        break End::NotText;
                    }
                }
            }
            if nul.is_some() {
                break End::NotText;
            }
            if bytes.len() > limits::FILE_BYTES {
                break End::TooLarge;
            }
            if count == 0 {
                break End::Whole;
            }
        };
        Ok(Self { all: bytes, valid, end })
    }

    fn text(self, name: &str) -> Text {
        match self.end {
            End::TooLarge => Err(too_large(name, None)),
            End::NotText => Err(self.not_text(name)),
            End::Whole => {
                let text = String::from_utf8(self.all).unwrap_or_default();
                Ok(Source::new(name, text))
            }
        }
    }

    fn not_text(&self, name: &str) -> Unreadable {
        let (before, rest) = self.all.split_at(self.valid);
        let byte = rest.first().copied().unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let place = format!("in line {line}, at byte {}", self.valid);
        let (what, help) = match (byte, &self.all[..]) {
            (_, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) => {
                (format!("is in UTF-16: it starts with the byte 0x{byte:02X}"), "save it as UTF-8")
            }
            (0, _) => (format!("is no text: a NUL stands {place}"), "is this the right file?"),
            _ => (
                format!("is not UTF-8: the byte 0x{byte:02X} {place}, is of no character"),
                "save it as UTF-8",
            ),
        };
        let message = format!("`{name}` {what}");
        if self.valid > SHOWN_BYTES {
            let problem = Problem::at(Code::DocumentNotText, message, []).help(help);
            return without_text(name, problem);
        }
        // What stands behind the first wrong byte of a line is guessed, for people only.
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let shown = &self.all[..self.valid + line.len().min(PART)];
        let text = String::from_utf8_lossy(shown).into_owned();
        let wrong = text[self.valid..].chars().next().map_or(0, char::len_utf8);
        let span = Span::new(self.valid, self.valid + wrong);
        let problem = Problem::new(Code::DocumentNotText, message, span, "no text from here on");
        unreadable(Source::new(name, text), problem.help(help))
    }
}

/// A pipe has no length that anybody knows.
fn too_large(name: &str, length: Option<usize>) -> Unreadable {
    let most = limits::FILE_BYTES;
    let message = match length {
        Some(length) => format!("`{name}` has {length} bytes, and at most {most} are read"),
        None => format!("`{name}` has more than {most} bytes, and no more are read"),
    };
    let problem = Problem::at(Code::DocumentTooLarge, message, []);
    let help = "is this the right file? a runbook of this size is better split";
    without_text(name, problem.help(help))
}

fn cannot_read(name: &str, error: &std::io::Error) -> Unreadable {
    let (message, help) = match error.kind() {
        ErrorKind::NotFound if name == "-" => (
            "there is no file `-`".to_owned(),
            "`/dev/stdin` is the file that standard input is read from".to_owned(),
        ),
        ErrorKind::NotFound => {
            (format!("there is no file `{name}`"), "nothing was sent; check the path".to_owned())
        }
        ErrorKind::PermissionDenied => {
            (format!("this user may not read `{name}`"), format!("`ls -l {name}` shows who may"))
        }
        _ => (
            format!("`{name}` cannot be read: {error}"),
            "nothing was sent; check the path".to_owned(),
        ),
    };
    let problem = Problem::at(Code::DocumentUnreadable, visible(&message), []);
    without_text(name, problem.help(help))
}

fn without_text(name: &str, problem: Problem) -> Unreadable {
    unreadable(Source::new(name, ""), problem)
}

fn unreadable(source: Source, problem: Problem) -> Unreadable {
    let mut problems = Problems::default();
    problems.push(problem);
    Unreadable { source, problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        let read = Bytes::read(bytes, 0).expect("it can be read");
        let unreadable = read.text("a").expect_err("it is refused");
        unreadable.problems.iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn a_character_may_be_cut_by_the_parts_but_not_by_the_end() {
        let long = "é".repeat(PART);
        for text in ["", "a", "\u{feff}a: é\r\n", &long[..], &format!("a{long}")] {
            let read = Bytes::read(text.as_bytes(), 3).expect("it can be read");
            assert_eq!(read.text("a").expect("a text").text(), text);
        }
        assert_eq!(
            message(&format!("a{long}").as_bytes()[..PART]),
            format!(
                "`a` is not UTF-8: the byte 0xC3 in line 1, at byte {}, is of no character",
                PART - 1
            )
        );
    }

    #[test]
    fn the_line_and_the_byte_are_told() {
        assert_eq!(
            message(b"a: b\n\xE9"),
            "`a` is not UTF-8: the byte 0xE9 in line 2, at byte 5, is of no character"
        );
        assert_eq!(message(b"a\n\n\0\xE9"), "`a` is no text: a NUL stands in line 3, at byte 3");
        assert_eq!(
            message(b"\xC3\0"),
            "`a` is not UTF-8: the byte 0xC3 in line 1, at byte 0, is of no character"
        );
        assert_eq!(message(b"\xFF\xFEa\0"), "`a` is in UTF-16: it starts with the byte 0xFF");
    }

    #[test]
    fn no_more_is_read_than_is_needed() {
        let zeros = Bytes::read(std::io::repeat(0), 0).expect("it can be read");
        assert_eq!(zeros.all.len(), PART);
        let letters = Bytes::read(std::io::repeat(b'a'), 0).expect("it can be read");
        assert_eq!(letters.all.len(), limits::FILE_BYTES + 1);
        assert!(letters.text("a").is_err());
        let most = std::io::repeat(b'a').take(limits::FILE_BYTES as u64);
        assert!(Bytes::read(most, 0).expect("it can be read").text("a").is_ok());
    }
}
