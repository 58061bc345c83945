//! A process of a run: what it knows, what it has written, and what dies with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use em_api::protocol::LoggedOn;
use runbook_core::event::{Event, LaneEvent, LaneId, Ticket, What};
use runbook_core::journal::{Journal, Writer};
use runbook_core::lane::{Keyring, Outgoing, Send, Settings};
use runbook_core::plan::Plan;
use runbook_core::report::Report;
use runbook_core::run::{Effect, Run};
use runbook_core::time::Timestamp;

use super::disk::Disk;

/// How long the executor waits for the last logouts.
const LINGER: Duration = Duration::from_secs(5);

/// The sessions that were kept for a later process, by lane.
pub(crate) type Sealed = BTreeMap<LaneId, LoggedOn>;

/// A process that is held up.
pub(crate) struct Pause {
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
    /// What it was about to do.
    pub(crate) rest: Vec<Effect>,
}

/// A process.
pub(crate) struct Process {
    pub(crate) run: Run,
    /// The run as a replay of what was kept would rebuild it.
    shadow: Run,
    pub(crate) keyring: Keyring,
    pub(crate) disk: Disk,
    pub(crate) journal: Writer<Disk>,
    /// What was kept of the sessions, the last version last.
    pub(crate) sealed: Vec<Sealed>,
    pub(crate) events: Vec<Event>,
    /// How many of the events are of earlier processes.
    pub(crate) inherited: usize,
    pub(crate) began: Timestamp,
    pub(crate) turns: usize,
    /// How many boundaries it has come to.
    pub(crate) boundaries: usize,
    pub(crate) over_at: Option<Timestamp>,
    pub(crate) given_up: bool,
    /// It has died, or ended.
    pub(crate) is_gone: bool,
    /// It is held up, with effects that it was about to perform.
    pub(crate) paused: Option<Pause>,
}

impl Process {
    /// The first process of a run.
    pub(crate) fn first(plan: &Arc<Plan>, settings: &Settings, now: Timestamp) -> Self {
        let run = || Run::new(Arc::clone(plan), settings.clone());
        let disk = Disk::default();
        Self::new(run(), run(), Writer::new(disk.clone()), disk, Vec::new(), now)
    }

    /// A later one, from what was left on the disk.
    ///
    /// # Errors
    /// Why what was left is not the journal of a run of this plan.
    pub(crate) fn later(
        plan: &Arc<Plan>,
        settings: &Settings,
        now: Timestamp,
        bytes: Vec<u8>,
        journal: &Journal,
    ) -> Result<Self, String> {
        let run = || {
            let replayed = Run::replay(Arc::clone(plan), settings.clone(), &journal.events);
            replayed.map_err(|error| error.to_string())
        };
        let (run, shadow) = (run()?, run()?);
        let mut bytes = bytes;
        bytes.truncate(usize::try_from(journal.length).expect("a length"));
        let disk = Disk::holding(bytes);
        let writer = Writer::resume(disk.clone(), journal);
        Ok(Self::new(run, shadow, writer, disk, journal.events.clone(), now))
    }

    fn new(
        run: Run,
        shadow: Run,
        journal: Writer<Disk>,
        disk: Disk,
        events: Vec<Event>,
        began: Timestamp,
    ) -> Self {
        Self {
            run,
            shadow,
            keyring: Keyring::default(),
            disk,
            journal,
            sealed: vec![Sealed::new()],
            inherited: events.len(),
            events,
            began,
            turns: 0,
            boundaries: 0,
            over_at: None,
            given_up: false,
            is_gone: false,
            paused: None,
        }
    }

    /// Tells whether it is at work, or waits for something.
    pub(crate) const fn is_awake(&self) -> bool {
        !self.is_gone && self.paused.is_none()
    }

    pub(crate) fn takes_a_stop(&self) -> bool {
        self.is_awake() && !self.run.is_over() && self.run.stopped().is_none()
    }

    /// When it has to be woken, be that to end.
    pub(crate) fn wakes(&self) -> Option<Timestamp> {
        let linger = self.over_at.map(|at| at + LINGER);
        [self.run.next_wake(), linger].into_iter().flatten().min()
    }

    /// Makes a wish ready for the wire.
    pub(crate) fn prepare(&self, send: &Send) -> Option<Outgoing> {
        self.keyring.prepare(send, self.run.media())
    }

    /// Keeps what happened. Returns what is wrong with it.
    pub(crate) fn keep(&mut self, now: Timestamp, event: &Event) -> Option<String> {
        self.journal.append(now, event).expect("a disk with room");
        self.events.push(event.clone());
        if !event.what.is_kept() {
            return None;
        }
        let applied = self.shadow.apply(event);
        applied.err().map(|error| format!("what was kept cannot be replayed: {error}"))
    }

    /// A process that died now and was replayed would know the same; returns what it would not.
    pub(crate) fn difference(&self) -> Option<String> {
        let (live, replayed) = (Report::of(&self.run), Report::of(&self.shadow));
        if live != replayed {
            return Some(format!("a replay says {replayed:?} where live is {live:?}"));
        }
        let same = self.run.open_actions().eq(self.shadow.open_actions())
            && self.run.open_lanes().eq(self.shadow.open_lanes())
            && self.run.sessions().eq(self.shadow.sessions())
            && self.run.has_acted() == self.shadow.has_acted()
            && self.run.is_open() == self.shadow.is_open();
        (!same).then(|| "a replay knows other actions or sessions than live".to_owned())
    }

    /// Tells whether it has had the time for its last logouts.
    pub(crate) fn had_its_time(&self, now: Timestamp) -> bool {
        self.over_at.is_some_and(|over| over + LINGER <= now)
    }

    /// Keeps the session of a lane for a later process.
    pub(crate) fn seal(&mut self, lane: LaneId) {
        let Some(session) = self.keyring.session(lane).cloned() else { return };
        let mut sealed = self.sealed.last().cloned().unwrap_or_default();
        sealed.insert(lane, session);
        self.sealed.push(sealed);
    }

    pub(crate) fn lane_events(&self) -> impl Iterator<Item = &LaneEvent> {
        lane_events(&self.events)
    }

    /// The sessions that earlier processes wrote down, by their digests, without those that this
    /// process goes on with.
    pub(crate) fn left_behind(&self) -> BTreeSet<String> {
        let (before, since) = self.events.split_at(self.inherited);
        let rejoined: BTreeSet<_> = lane_events(since)
            .filter_map(|event| match event {
                LaneEvent::Rejoined { lane } => Some(*lane),
                _ => None,
            })
            .collect();
        lane_events(before)
            .filter_map(|event| match event {
                LaneEvent::Opened { lane, session } if !rejoined.contains(lane) => {
                    Some(session.clone())
                }
                _ => None,
            })
            .collect()
    }

    /// The digest of the session of each lane.
    pub(crate) fn session_of(&self, wanted: LaneId) -> Option<&str> {
        self.lane_events().fold(None, |found, event| match event {
            LaneEvent::Opened { lane, session } if *lane == wanted => Some(session.as_str()),
            _ => found,
        })
    }

    /// The lanes in which an action of a step was sent that stayed undecided.
    pub(crate) fn doubtful_lanes(&self, wanted: &Ticket) -> BTreeSet<LaneId> {
        let (mut last, mut lanes) = (None, BTreeSet::new());
        for event in self.lane_events() {
            match event {
                LaneEvent::Intended { lane, ticket, .. } if ticket == wanted => last = Some(*lane),
                LaneEvent::Undecided { ticket, .. } if ticket == wanted => lanes.extend(last),
                _ => {}
            }
        }
        lanes
    }

    /// The actions of earlier processes that have no end.
    pub(crate) fn unsettled(&self) -> BTreeSet<&Ticket> {
        let mut open = BTreeSet::new();
        let (before, since) = self.events.split_at(self.inherited);
        for event in lane_events(before) {
            if let LaneEvent::Intended { ticket, intent, .. } = event
                && intent.operation.is_some()
            {
                open.insert(ticket);
            } else if let Some(ticket) = ended(event) {
                open.remove(ticket);
            }
        }
        for ticket in lane_events(since).filter_map(ended) {
            open.remove(ticket);
        }
        open
    }
}

pub(crate) fn lane_events(events: &[Event]) -> impl Iterator<Item = &LaneEvent> {
    events.iter().filter_map(|event| match &event.what {
        What::Lane(event) => Some(event),
        _ => None,
    })
}

/// Whose action an event says the end of.
pub(crate) const fn ended(event: &LaneEvent) -> Option<&Ticket> {
    match event {
        LaneEvent::Accepted { ticket, .. }
        | LaneEvent::Done { ticket }
        | LaneEvent::Refused { ticket, .. }
        | LaneEvent::NotSent { ticket, .. }
        | LaneEvent::Undecided { ticket, .. } => Some(ticket),
        _ => None,
    }
}
