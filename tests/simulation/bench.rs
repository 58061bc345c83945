//! One run against one world, with a simulated network between them and time that jumps.
//!
//! The bench keeps the executor's law: events are written down, writing effects wait until what
//! was written is durable, then effects are performed. At every boundary of that a process may
//! die, and a later one goes on with what is left of the journal. What the bench notices on the
//! way that must never be goes into `violations`; the rest is for the laws to judge, over the
//! whole record.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use em_api::protocol::{Media, Method, Response, SESSION_HEADER};
use em_sim::{Incoming, World};
use runbook_core::event::{Event, LaneId, Opened, Resumed, Stop};
use runbook_core::journal;
use runbook_core::lane::{self, Call, Neighbours, Reply, Settings};
use runbook_core::plan::Plan;
use runbook_core::report::Report;
use runbook_core::run::{Effect, Input};
use runbook_core::time::Timestamp;

use super::case::Case;
use super::chance::Chance;
use super::fate::{Comeback, Fate, Moment, Peace, Point, Turnout};
use super::network::{Sky, Twist};
use super::operator;
use super::process::{Pause, Process, Sealed};

pub(crate) const USER: &str = "LAB\\operator";
pub(crate) const PASSWORD: &str = "correct horse";
/// How long the executor lets the wire drain after a stop.
const DRAIN: Duration = Duration::from_secs(3);
/// How late it may be before it says that it was held up.
const GAP: Duration = Duration::from_secs(30);
/// More turns than any process needs; what takes more is spinning.
const TURNS: usize = 20_000;
/// More time than the longest of the runbooks can take.
const LONGEST: Duration = Duration::from_hours(6);

pub(crate) const fn start() -> Timestamp {
    Timestamp::from_millisecond(1_764_000_000_000)
}

/// Something that will happen.
pub(super) enum Due {
    Arrives { process: usize, send: lane::Send, incoming: Incoming, faults: Twist, listens: bool },
    Lands(usize, lane::Send, Landed),
    Stop,
    Restart,
    Kill,
    GiveUp(usize),
    GoesOn(usize),
    ComesBack(Comeback),
}

pub(super) enum Landed {
    Answer(Response),
    Failed(Reply),
}

/// A request that was handed to the network.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    pub(crate) process: usize,
    pub(crate) lane: LaneId,
    pub(crate) method: Method,
    pub(crate) target: String,
}

/// All that happened, for the laws to judge.
pub(crate) struct Record {
    pub(crate) plan: Arc<Plan>,
    pub(crate) settings: Settings,
    pub(crate) world: World,
    /// What the last process knows of the run, and what passed before its eyes.
    pub(crate) events: Vec<Event>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) fired: BTreeMap<String, u32>,
    pub(crate) turns: usize,
    pub(crate) took: Duration,
    pub(crate) report: Report,
    pub(crate) journal: Vec<u8>,
    pub(crate) secrets: BTreeSet<String>,
    pub(crate) violations: Vec<String>,
    /// How many boundaries each process came to.
    pub(crate) boundaries: Vec<usize>,
    /// How many processes died.
    pub(crate) deaths: usize,
    /// What later processes should find out by themselves.
    pub(crate) cases: Vec<Case>,
}

/// A run, a network and a world.
pub(crate) struct Bench {
    pub(super) plan: Arc<Plan>,
    pub(super) settings: Settings,
    pub(super) processes: Vec<Process>,
    pub(super) world: World,
    pub(super) sky: Sky,
    pub(super) now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Due>,
    queued: u64,
    /// Between these instants nothing listens.
    pub(super) outage: Option<(Timestamp, Timestamp)>,
    pub(super) latency: Box<dyn FnMut() -> Duration>,
    fate: Box<dyn Fate>,
    /// The sessions that were opened for a lane of a process, by the world's number.
    pub(super) sessions: BTreeMap<(usize, LaneId), Vec<u32>>,
    pub(super) sent: Vec<Sent>,
    pub(super) fired: BTreeMap<String, u32>,
    secrets: BTreeSet<String>,
    deaths: usize,
    /// How many of them a later process has come after.
    deaths_seen: usize,
    cases: Vec<Case>,
    violations: Vec<String>,
}

impl Bench {
    pub(crate) fn new(plan: Arc<Plan>, world: World, settings: Settings, sky: Sky) -> Self {
        Self {
            processes: vec![Process::first(&plan, &settings, start())],
            plan,
            settings,
            world,
            sky,
            now: start(),
            queue: BTreeMap::new(),
            queued: 0,
            outage: None,
            latency: Box::new(|| Duration::from_millis(20)),
            fate: Box::new(Peace),
            sessions: BTreeMap::new(),
            sent: Vec::new(),
            fired: BTreeMap::new(),
            secrets: BTreeSet::new(),
            deaths: 0,
            deaths_seen: 0,
            cases: Vec::new(),
            violations: Vec::new(),
        }
    }

    pub(crate) fn stop_after(&mut self, time: Duration) {
        self.later(start() + time, Due::Stop);
    }

    pub(crate) fn restart_after(&mut self, time: Duration) {
        self.later(start() + time, Due::Restart);
    }

    pub(crate) fn kill_after(&mut self, time: Duration) {
        self.later(start() + time, Due::Kill);
    }

    pub(crate) fn nothing_listens(&mut self, from: Duration, to: Duration) {
        self.outage = Some((start() + from, start() + to));
    }

    pub(crate) fn latency(&mut self, latency: impl FnMut() -> Duration + 'static) {
        self.latency = Box::new(latency);
    }

    pub(crate) fn fate(&mut self, fate: impl Fate + 'static) {
        self.fate = Box::new(fate);
    }

    /// Drives the run to its end, and what is still under way after it into the world.
    pub(crate) fn drive(mut self) -> Record {
        self.begin(false);
        while self.go_on() {}
        self.settle()
    }

    fn begin(&mut self, take_over: bool) {
        let head = Opened {
            run: "run-1".to_owned(),
            engine: "test".to_owned(),
            runbook: self.plan.name().to_owned(),
            runbook_digest: self.plan.runbook_digest().to_owned(),
            plan_digest: self.plan.digest(),
            target: "lab".to_owned(),
            address: "https://em.lab:9398".to_owned(),
            trust: "sha256/…".to_owned(),
        };
        let neighbours = Neighbours { take_over, ..Neighbours::default() };
        self.turn(self.last(), vec![Input::Neighbours(neighbours), Input::Begin(head)]);
    }

    /// The process that went on with the run last.
    pub(super) const fn last(&self) -> usize {
        self.processes.len() - 1
    }

    /// Lets the next thing happen; false once nothing of the run goes on.
    fn go_on(&mut self) -> bool {
        self.let_go();
        let comes_back = self.queue.values().any(|due| matches!(due, Due::ComesBack(_)));
        if !comes_back && self.processes.iter().all(|process| process.is_gone) {
            return false;
        }
        let next = self.queue.first_key_value().map(|((at, _), _)| *at);
        let awake = self.processes.iter().enumerate().filter(|(_, process)| process.is_awake());
        let wake = awake.filter_map(|(at, process)| Some((process.wakes()?, at))).min();
        let Some(at) = next.into_iter().chain(wake.map(|(at, _)| at)).min() else {
            self.violation("nothing is under way, and the run is not over: it hangs");
            return false;
        };
        self.now = self.now.max(at);
        for process in self.processes.iter().filter(|process| process.is_awake()) {
            if process.turns > TURNS || self.now.since(process.began) > LONGEST {
                let why = format!("more than {TURNS} turns, or longer than {LONGEST:?}: it spins");
                self.violation(&why);
                return false;
            }
        }
        if next.is_some_and(|next| next <= self.now) {
            let (_, due) = self.queue.pop_first().expect("there is a first");
            self.happens(due);
        } else if let Some((_, process)) = wake {
            self.turn(process, vec![Input::Woke]);
        }
        true
    }

    /// A process ends once its run is over and its last requests have come to something, or
    /// have had their time.
    fn let_go(&mut self) {
        for at in 0..self.processes.len() {
            let process = &self.processes[at];
            if process.is_gone || !process.run.is_over() {
                continue;
            }
            let lands = |due: &Due| matches!(due, Due::Lands(of, ..) if *of == at);
            let in_flight = !process.given_up && self.queue.values().any(lands);
            if in_flight && !process.had_its_time(self.now) {
                continue;
            }
            self.processes[at].is_gone = true;
            if at == self.last()
                && let Some(back) = self.fate.ended(&self.processes[at].run)
            {
                self.later(self.now + back.after, Due::ComesBack(back));
            }
        }
    }

    fn happens(&mut self, due: Due) {
        let last = self.last();
        match due {
            Due::Arrives { process, send, incoming, faults, listens } => {
                self.arrives(process, send, &incoming, faults, listens);
            }
            Due::Lands(process, send, landed) => self.lands(process, send, landed),
            Due::Restart => self.world.restart(),
            Due::GiveUp(process) if self.processes[process].is_awake() => {
                self.processes[process].given_up = true;
                self.turn(process, vec![Input::GiveUp]);
            }
            Due::GoesOn(process) => self.goes_on(process),
            Due::ComesBack(back) => self.comes_back(&back),
            Due::Stop if self.processes[last].takes_a_stop() => {
                self.turn(last, vec![Input::Stop(Stop::Signal { name: "SIGTERM".to_owned() })]);
            }
            Due::Kill if self.processes[last].is_awake() => {
                let turnout = self.fate.killed();
                self.befalls(last, turnout, Vec::new());
            }
            Due::Stop | Due::Kill | Due::GiveUp(_) => {}
        }
    }

    fn lands(&mut self, at: usize, send: lane::Send, landed: Landed) {
        let process = &self.processes[at];
        if process.is_gone || process.given_up {
            return;
        }
        if let Some(pause) = &process.paused {
            let until = pause.until;
            return self.later(until, Due::Lands(at, send, landed));
        }
        if self.befell(at, Point::Landing, &[]) {
            if let Some(pause) = &self.processes[at].paused {
                let until = pause.until;
                self.later(until, Due::Lands(at, send, landed));
            }
            return;
        }
        let lane::Send { exchange, lane, call } = send;
        let reply = match landed {
            Landed::Answer(response) => {
                self.note_secrets(&response);
                let process = &mut self.processes[at];
                let reply = process.keyring.receive(lane, &call, response);
                if matches!(reply, Reply::LoggedOn { .. }) {
                    process.seal(lane);
                }
                reply
            }
            Landed::Failed(reply) => reply,
        };
        self.turn(at, vec![Input::Came(exchange, reply)]);
    }

    pub(super) fn turn(&mut self, at: usize, inputs: Vec<Input>) {
        let (mut effects, mut is_weighty) = (Vec::new(), false);
        self.processes[at].turns += 1;
        for input in inputs {
            let was_stopped = self.processes[at].run.stopped().is_some();
            let turn = self.processes[at].run.advance(self.now, input);
            for event in &turn.events {
                if event.what.is_kept() && self.befell(at, Point::Append(&event.what), &[]) {
                    return;
                }
                is_weighty |= event.what.is_weighty();
                let wrong = self.processes[at].keep(self.now, event);
                self.violations.extend(wrong);
            }
            // Passing events change nothing that is known.
            if turn.events.iter().any(|event| event.what.is_kept()) {
                let difference = self.processes[at].difference();
                self.violations.extend(difference);
            }
            let is_stopped = self.processes[at].run.stopped().is_some();
            // Where nothing was done, no session is left behind.
            let logs_out = |effect: &Effect| {
                matches!(effect, Effect::Send(lane::Send { call: Call::Logout, .. }))
            };
            if is_stopped && !turn.effects.iter().all(logs_out) {
                self.violation(&format!("sent after the stop: {:?}", turn.effects));
            }
            if !was_stopped && is_stopped {
                self.later(self.now + DRAIN, Due::GiveUp(at));
            }
            effects.extend(turn.effects);
        }
        let process = &mut self.processes[at];
        if process.over_at.is_none() && process.run.is_over() {
            process.over_at = Some(self.now);
        }
        if is_weighty || effects.iter().any(Effect::needs_sync) {
            if self.befell(at, Point::Sync, &[]) {
                return;
            }
            self.processes[at].journal.sync().expect("a disk that works");
            if self.befell(at, Point::Synced, &effects) {
                return;
            }
        }
        self.perform(at, &effects);
    }

    fn perform(&mut self, at: usize, effects: &[Effect]) {
        for (nth, effect) in effects.iter().enumerate() {
            match effect {
                Effect::Send(send) => self.send(at, send.clone()),
                other => self.violation(&format!("no step here wants {other:?}")),
            }
            if self.befell(at, Point::Done(effect), &effects[nth + 1..]) {
                return;
            }
        }
    }

    /// Tells whether the process has come no further than this boundary.
    fn befell(&mut self, at: usize, point: Point<'_>, rest: &[Effect]) -> bool {
        let nth = self.processes[at].boundaries;
        self.processes[at].boundaries += 1;
        let turnout = self.fate.at(&Moment { process: at, nth, point });
        let Some(turnout) = turnout else { return false };
        self.befalls(at, turnout, rest.to_vec());
        true
    }

    fn befalls(&mut self, at: usize, turnout: Turnout, rest: Vec<Effect>) {
        let back = match turnout {
            Turnout::Dies { power, back } => {
                if let Some(seed) = power {
                    self.processes[at].disk.lose_power(&mut Chance::new(seed));
                }
                self.processes[at].is_gone = true;
                self.deaths += 1;
                back
            }
            Turnout::Pauses { length, back } => {
                let until = self.now + length;
                self.processes[at].paused = Some(Pause { since: self.now, until, rest });
                self.later(until, Due::GoesOn(at));
                back
            }
        };
        self.later(self.now + back.after, Due::ComesBack(back));
    }

    /// A process that was held up does what it was about to do. Where that was long, it notices.
    fn goes_on(&mut self, at: usize) {
        let Some(Pause { since, rest, .. }) = self.processes[at].paused.take() else { return };
        self.perform(at, &rest);
        if !self.processes[at].is_gone && self.now.since(since) > GAP {
            self.turn(at, vec![Input::Slept]);
        }
    }

    /// A later process reads what is left of the journal, and goes on with the run.
    fn comes_back(&mut self, back: &Comeback) {
        let died = std::mem::replace(&mut self.deaths_seen, self.deaths);
        if back.restart {
            self.world.restart();
        }
        if back.heals {
            self.heal();
        }
        let left = self.last();
        let mut bytes = self.processes[left].disk.bytes();
        if back.operator {
            bytes = self.rules(&bytes);
        }
        let journal = match journal::read(&bytes) {
            Ok(journal) => journal,
            Err(journal::Error::Empty) => {
                // Nothing was ever written down, so this is the first process of another run.
                if self.sent.iter().any(|sent| sent.target.contains("action=")) {
                    self.violation("an action was sent, and the journal is empty");
                }
                self.processes.push(Process::first(&self.plan, &self.settings, self.now));
                return self.begin(true);
            }
            Err(error) => return self.violation(&format!("what is left cannot be read: {error}")),
        };
        let later = Process::later(&self.plan, &self.settings, self.now, bytes, &journal);
        let mut process = match later {
            Ok(process) => process,
            Err(error) => return self.violation(&format!("what is left is no run: {error}")),
        };
        if !process.run.is_open() {
            process.is_gone = true;
            return self.processes.push(process);
        }
        let versions = &self.processes[left].sealed;
        let sealed = back.tokens.and_then(|version| versions.iter().nth_back(version));
        let sealed = sealed.cloned().unwrap_or_default();
        let at_hand = rejoin(&mut process, &sealed);
        process.sealed = vec![sealed];
        self.world.advance(instant(self.now));
        if self.deaths > died {
            let cases = Case::of(&process, &at_hand, &self.world, self.now, back.heals);
            let logged_out = |case: &Case| {
                let ends = |sent: &Sent| sent.lane == case.lane && sent.method == Method::Delete;
                self.sent.iter().any(|sent| ends(sent) && sent.target.contains("logonSessions"))
            };
            self.cases.extend(cases.into_iter().filter(|case| !logged_out(case)));
        }
        self.processes.push(process);
        let neighbours = Neighbours { take_over: back.take_over, ..Neighbours::default() };
        let resumed = Resumed { engine: "test".to_owned(), by: "op@lab".to_owned(), because: None };
        let inputs = vec![Input::Neighbours(neighbours), Input::Resume(resumed, at_hand)];
        self.turn(self.last(), inputs);
    }

    /// From here on nothing goes wrong any more.
    fn heal(&mut self) {
        self.sky = Box::new(|_| Twist::Fine);
        self.outage = None;
        self.fate = Box::new(Peace);
        let calm =
            |due: &Due| !matches!(due, Due::Stop | Due::Restart | Due::Kill | Due::ComesBack(_));
        self.queue.retain(|_, due| calm(due));
    }

    /// A person looks at the truth and rules on what is unknown, as far as that is allowed.
    fn rules(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.world.advance(instant(self.now));
        match operator::rules(&self.plan, &self.settings, &self.world, bytes, self.now) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.violation(&why);
                bytes.to_vec()
            }
        }
    }

    /// What was held back still arrives, and what runs in the world comes to its end.
    fn settle(mut self) -> Record {
        let took = self.now.since(start());
        while let Some(((at, _), due)) = self.queue.pop_first() {
            self.now = self.now.max(at);
            if let Due::Arrives { process, send, incoming, faults, .. } = due {
                self.arrives(process, send, &incoming, faults, false);
            }
        }
        self.world.advance(instant(self.now + LONGEST));
        let boundaries = self.processes.iter().map(|process| process.boundaries).collect();
        let turns = self.processes.iter().map(|process| process.turns).sum();
        let last = self.processes.pop().expect("a process");
        Record {
            report: Report::of(&last.run),
            plan: self.plan,
            settings: self.settings,
            world: self.world,
            journal: last.disk.bytes(),
            events: last.events,
            sent: self.sent,
            fired: self.fired,
            turns,
            took,
            secrets: self.secrets,
            violations: self.violations,
            boundaries,
            deaths: self.deaths,
            cases: self.cases,
        }
    }

    fn note_secrets(&mut self, response: &Response) {
        self.secrets.extend(response.header(SESSION_HEADER).map(str::to_owned));
        if response.status == 201 {
            let body = String::from_utf8_lossy(&response.body).into_owned();
            let id = body.split("logonSessions/").nth(1).map(|rest| rest.chars().take(36));
            self.secrets.extend(id.map(Iterator::collect::<String>));
        }
    }

    pub(super) fn later(&mut self, at: Timestamp, due: Due) {
        self.queued += 1;
        self.queue.insert((at, self.queued), due);
    }

    pub(super) fn violation(&mut self, what: &str) {
        let what = format!("after {:?}: {what}", self.now.since(start()));
        self.violations.push(what);
    }
}

/// Gives a process the sessions that are at hand, of the lanes that may live.
fn rejoin(process: &mut Process, sealed: &Sealed) -> BTreeSet<LaneId> {
    let open: Vec<_> = process.run.open_lanes().collect();
    let mut at_hand = BTreeSet::new();
    for lane in open {
        if let Some(session) = sealed.get(&lane) {
            process.keyring.rejoin(lane, session.clone());
            at_hand.insert(lane);
        }
    }
    at_hand
}

/// An instant in the world's type.
pub(super) fn instant<T: FromStr<Err: Debug>>(at: Timestamp) -> T {
    at.to_string().parse().expect("an instant")
}

/// Settings as a target has them, with a form and a seed.
pub(crate) fn settings(media: Media, seed: u64) -> Settings {
    Settings { media, seed, ..Settings::default() }
}
