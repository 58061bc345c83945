//! Where a blow is aimed and struck: the server's side of every exchange.

use std::collections::BTreeSet;
use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use em_api::protocol::Method;
use em_sim::{Moment, Next, Watcher};
use rustix::process::{Signal, pidfd_send_signal};

/// What a request asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Logon,
    Sessions,
    Tasks,
    Plans,
    Action,
    Poll,
    Stop,
    Logout,
}

impl Kind {
    fn of(method: Method, target: &str) -> Self {
        let target = target.to_ascii_lowercase();
        let below = |folder: &str| target.split_once(folder).is_some_and(|(_, id)| !id.is_empty());
        match method {
            Method::Post if target.contains("sessionmngr") => Self::Logon,
            Method::Post => Self::Action,
            Method::Delete if target.contains("/tasks/") => Self::Stop,
            Method::Delete => Self::Logout,
            _ if target.contains("/logonsessions") => Self::Sessions,
            _ if below("/tasks/") => Self::Poll,
            _ if target.contains("/tasks") => Self::Tasks,
            _ => Self::Plans,
        }
    }

    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Logon => "logon",
            Self::Sessions => "list of sessions",
            Self::Tasks => "list of tasks",
            Self::Plans => "list of plans",
            Self::Action => "action",
            Self::Poll => "poll",
            Self::Stop => "stop of a task",
            Self::Logout => "logout",
        }
    }
}

/// Which exchange of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one with this number, from 0.
    Number(usize),
    /// The first of this kind.
    First(Kind),
}

/// How far the exchange is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The connection stands. It is counted, and not the exchange.
    Connected,
    /// The request has come, and gets lost.
    Lost,
    /// The request has come; it has its effect a moment later.
    Came,
    /// The request has come, and something holds it up for so long.
    Held(Duration),
    /// It had its effect; no byte of the answer was sent.
    Handled,
    /// So many bytes of the answer were sent.
    Byte(usize),
    /// All of the answer was sent, so long ago.
    Answered(Duration),
}

impl Stage {
    /// Returns what it counts as in the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Lost => "request lost",
            Self::Came => "before its effect",
            Self::Held(_) => "request held up",
            Self::Handled => "before the answer",
            Self::Byte(_) => "within the answer",
            Self::Answered(_) => "after the answer",
        }
    }
}

/// What is done to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    /// SIGKILL within an exchange.
    Kill(Which, Stage),
    /// The connection is cut within an exchange; the process lives.
    Cut(Which, Stage),
    /// SIGKILL so long after the start.
    After(Duration),
}

/// An exchange that was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange {
    pub(crate) kind: Kind,
    /// How long its answer is.
    pub(crate) bytes: usize,
}

/// Where a blow struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Struck {
    /// None where no request was under way.
    pub(crate) kind: Option<Kind>,
    pub(crate) stage: &'static str,
}

impl fmt::Display for Struck {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Some(kind) => write!(out, "{}, {}", kind.name(), self.stage),
            None => out.write_str(self.stage),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    process: Option<OwnedFd>,
    blow: Option<Blow>,
    struck: Option<Struck>,
    connections: usize,
    exchanges: Vec<Exchange>,
    /// The connection on which the blow is struck, with its exchange; and those of others.
    on: std::collections::BTreeMap<u64, usize>,
    armed: BTreeSet<u64>,
}

/// What the watcher of a server knows of the process that is to be hit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<State>>);

impl Desk {
    /// Aims at a process that was just started.
    pub(crate) fn aim(&self, process: OwnedFd, blow: Option<Blow>) {
        *self.state() = State { process: Some(process), blow, ..State::default() };
    }

    /// The process has ended: where it was struck, and what it had asked.
    pub(crate) fn ended(&self) -> (Option<Struck>, Vec<Exchange>) {
        let state = std::mem::take(&mut *self.state());
        (state.struck, state.exchanges)
    }

    /// Ends the process, whatever it does.
    pub(crate) fn kill(&self) {
        let mut state = self.state();
        let kind = state.exchanges.last().map(|exchange| exchange.kind);
        let stage = "at some instant after it was sent";
        state.kill(Struck { kind, stage: if kind.is_some() { stage } else { "before a request" } });
    }

    /// Returns the watcher of the server.
    pub(crate) fn watcher(&self) -> Watcher {
        let desk = self.clone();
        Watcher::new(move |connection, moment| desk.state().at(connection, moment))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn at(&mut self, connection: u64, moment: Moment<'_>) -> Next {
        match moment {
            Moment::Connected => {
                let number = self.connections;
                self.connections += 1;
                match self.blow {
                    Some(Blow::Kill(Which::Number(wanted), Stage::Connected))
                        if wanted == number =>
                    {
                        self.kill(Struck { kind: None, stage: Stage::Connected.name() });
                    }
                    _ => {}
                }
                Next::GoOn
            }
            Moment::Came { method, target } => self.came(connection, Kind::of(method, target)),
            Moment::Handled if self.armed.contains(&connection) => match self.stage() {
                Some(Stage::Handled) => self.strike(connection),
                Some(Stage::Byte(bytes)) => Next::TellAfter(bytes),
                _ => Next::TellAfter(usize::MAX),
            },
            Moment::Handled => Next::TellAfter(usize::MAX),
            Moment::Sent { bytes, .. } => {
                if let Some(exchange) = self.on.get(&connection) {
                    self.exchanges[*exchange].bytes = bytes;
                }
                if self.armed.contains(&connection) { self.strike(connection) } else { Next::GoOn }
            }
        }
    }

    fn stage(&self) -> Option<Stage> {
        match self.blow? {
            Blow::Kill(_, stage) | Blow::Cut(_, stage) => Some(stage),
            Blow::After(_) => None,
        }
    }

    fn came(&mut self, connection: u64, kind: Kind) -> Next {
        let number = self.exchanges.len();
        self.exchanges.push(Exchange { kind, bytes: 0 });
        self.on.insert(connection, number);
        let (Some(Blow::Kill(which, stage) | Blow::Cut(which, stage)), None) =
            (self.blow, self.struck)
        else {
            return Next::GoOn;
        };
        let is_it = match which {
            Which::Number(wanted) => wanted == number,
            Which::First(wanted) => wanted == kind,
        };
        if !is_it || stage == Stage::Connected {
            return Next::GoOn;
        }
        self.armed.insert(connection);
        match stage {
            Stage::Lost => {
                self.strike(connection);
                Next::Cut
            }
            Stage::Came => {
                self.strike(connection);
                Next::GoOn
            }
            Stage::Held(held) => {
                self.strike(connection);
                Next::Hold(held)
            }
            _ => Next::GoOn,
        }
    }

    fn strike(&mut self, connection: u64) -> Next {
        self.armed.remove(&connection);
        let (Some(blow), Some(stage)) = (self.blow, self.stage()) else { return Next::GoOn };
        let kind = self.on.get(&connection).map(|exchange| self.exchanges[*exchange].kind);
        let struck = Struck { kind, stage: stage.name() };
        if let Stage::Answered(ago) = stage {
            // The server does nothing else meanwhile; the client writes down what it was told.
            std::thread::sleep(ago);
        }
        if let Blow::Cut(..) = blow {
            self.struck = Some(struck);
            Next::Cut
        } else {
            self.kill(struck);
            Next::GoOn
        }
    }

    fn kill(&mut self, struck: Struck) {
        // One that has ended by itself was not killed: its status tells.
        if let Some(process) = &self.process
            && pidfd_send_signal(process, Signal::KILL).is_ok()
        {
            self.struck = Some(struck);
        }
    }
}
