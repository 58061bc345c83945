//! What can happen to a process: where it may die or be held up, and how the run comes back.

use std::time::Duration;

use runbook_core::event::What;
use runbook_core::run::{Effect, Run};

/// A boundary within a turn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Point<'a> {
    /// An answer is about to be looked at.
    Landing,
    /// This is about to be appended to the journal.
    Append(&'a What),
    /// The journal is about to be made durable.
    Sync,
    /// It is durable, and what has to wait for that was not done yet.
    Synced,
    /// This was just handed to the world.
    Done(&'a Effect),
}

/// A process at a boundary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    /// The process, from 0.
    pub(crate) process: usize,
    /// The how-manieth boundary of this process, from 0.
    pub(crate) nth: usize,
    /// Which.
    pub(crate) point: Point<'a>,
}

/// What becomes of a process at a boundary.
#[derive(Clone, Debug)]
pub(crate) enum Turnout {
    /// It is killed. With a seed, by a loss of power; without, it leaves behind all that it has
    /// written.
    Dies { power: Option<u64>, back: Comeback },
    /// It is held up this long, and does then what it was about to do. Somebody takes over.
    Pauses { length: Duration, back: Comeback },
}

/// How a run comes back in a later process.
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
#[derive(Clone, Debug)]
pub(crate) struct Comeback {
    /// After this time.
    pub(crate) after: Duration,
    /// Which of the versions of the sealed sessions is at hand, counted from the last.
    pub(crate) tokens: Option<usize>,
    /// EM restarts meanwhile.
    pub(crate) restart: bool,
    /// A person has looked at EM's sessions, and says to go on beside them.
    pub(crate) take_over: bool,
    /// A person looks at the backup console, and rules what can be ruled.
    pub(crate) operator: bool,
    /// From then on nothing goes wrong any more.
    pub(crate) heals: bool,
}

impl Comeback {
    /// At once, with everything at hand.
    pub(crate) const AT_ONCE: Self = Self {
        after: Duration::ZERO,
        tokens: Some(0),
        restart: false,
        take_over: false,
        operator: false,
        heals: false,
    };
}

/// What decides on the processes of a run.
pub(crate) trait Fate {
    /// A process is at a boundary.
    fn at(&mut self, moment: &Moment<'_>) -> Option<Turnout>;

    /// The last process has ended by itself.
    fn ended(&mut self, run: &Run) -> Option<Comeback>;

    /// A process is killed between two turns.
    fn killed(&mut self) -> Turnout {
        Turnout::Dies { power: None, back: Comeback::AT_ONCE }
    }
}

/// Nothing happens to any process.
#[derive(Debug)]
pub(crate) struct Peace;

impl Fate for Peace {
    fn at(&mut self, _: &Moment<'_>) -> Option<Turnout> {
        None
    }

    fn ended(&mut self, _: &Run) -> Option<Comeback> {
        None
    }
}
