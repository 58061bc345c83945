//! The record of a run: JSON Lines, each chained to the one before it.
//!
//! What is on disk is a promise, so the lines are a mirror of the events, converted by hand.
//! It must not know how a run decides, nor what a file is.

mod convert;
mod line;
mod read;
mod write;

pub use read::{Journal, SHORTEST_SUM, read, read_prefix};
pub use write::{Store, Writer};

/// The version of the lines. Of a newer one a reader shows what it understands, and nothing goes
/// on.
pub const VERSION: u32 = 1;

/// A journal that cannot be trusted, or not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be written or made durable. Nothing more may be sent.
    #[error("the journal cannot be written: {0}")]
    Write(#[source] std::io::Error),
    /// An earlier write failed; a journal never recovers from that.
    #[error("the journal could not be written before, and is not written any more")]
    Poisoned,
    /// A line is damaged, and others follow it.
    #[error("line {line} of the journal is damaged: {why}")]
    Damaged {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// It holds no record at all.
    #[error("the journal holds no record")]
    Empty,
    /// It was written by a newer version of this program.
    #[error("{}", newer(*version, *not_understood))]
    Newer {
        /// The version of its lines.
        version: u32,
        /// How many records this version does not know.
        not_understood: usize,
    },
}

fn newer(version: u32, not_understood: usize) -> String {
    if version > VERSION {
        format!(
            "the journal is of a newer version of this program ({version}; this one writes \
             {VERSION}), and {not_understood} of its records are not understood"
        )
    } else {
        let are = if not_understood == 1 { "record is" } else { "records are" };
        format!(
            "a newer version of this program has added to the journal: {not_understood} {are} of \
             a kind that this one does not know"
        )
    }
}

#[cfg(test)]
mod tests;
