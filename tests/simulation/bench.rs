//! One run against one world, with a simulated network between them and time that jumps.
//!
//! The bench keeps the executor's law: events are written down, writing effects wait until what
//! was written is durable, then effects are performed. What it notices on the way that must
//! never be goes into `violations`; the rest is for the laws to judge, over the whole record.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use em_api::client::{Auth, Base, Client, Config, Pin, Trust};
use em_api::protocol::{Media, Method, Response, SESSION_HEADER};
use em_sim::{Event as Truth, Incoming, When, World};
use runbook_core::event::{Event, LaneEvent, LaneId, Opened, Stop, What};
use runbook_core::journal::{Store, Writer};
use runbook_core::lane::{self, Call, Credential, Keyring, Outgoing, Reply, Settings};
use runbook_core::plan::Plan;
use runbook_core::report::Report;
use runbook_core::run::{Effect, Input, Run};
use runbook_core::time::Timestamp;

use super::network::{self, Asked, FIRST_BYTE, Sky, Twist};

pub(crate) const USER: &str = "LAB\\operator";
pub(crate) const PASSWORD: &str = "correct horse";
/// How long the executor lets the wire drain after a stop.
const DRAIN: Duration = Duration::from_secs(3);
/// How long it waits for the last logouts.
const LINGER: Duration = Duration::from_secs(5);
/// More turns than any run needs; what takes more is spinning.
const TURNS: usize = 20_000;
/// More time than the longest of the runbooks can take.
const LONGEST: Duration = Duration::from_hours(6);

/// Makes heads of requests as the real client does. It never sends.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let pin = Pin::of_certificate(&[]).or_else(|_| Pin::parse(&format!("sha256/{:A<43}=", "")));
    let config = Config {
        base: Base::parse("https://em.lab:9398").expect("an address"),
        trust: Trust::Pins(vec![pin.expect("a pin")]),
        username: USER.to_owned(),
        password: PASSWORD.into(),
    };
    Client::new(config).expect("a client")
});

pub(crate) const fn start() -> Timestamp {
    Timestamp::from_millisecond(1_764_000_000_000)
}

/// A disk that knows what would survive a loss of power.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) bytes: Vec<u8>,
    pub(crate) durable: usize,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct SharedDisk(pub(crate) Rc<RefCell<Disk>>);

impl Store for SharedDisk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.0.borrow_mut();
        disk.durable = disk.bytes.len();
        Ok(())
    }

    fn reserve(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

/// Something that will happen.
enum Due {
    Arrives { send: lane::Send, incoming: Incoming, faults: Twist, listens: bool },
    Lands(lane::Send, Landed),
    Stop,
    Restart,
    GiveUp,
}

enum Landed {
    Answer(Response),
    Failed(Reply),
}

/// A request that was handed to the network.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    pub(crate) lane: LaneId,
    pub(crate) method: Method,
    pub(crate) target: String,
}

/// All that happened, for the laws to judge.
pub(crate) struct Record {
    pub(crate) plan: Arc<Plan>,
    pub(crate) settings: Settings,
    pub(crate) world: World,
    pub(crate) events: Vec<Event>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) fired: BTreeMap<String, u32>,
    pub(crate) turns: usize,
    pub(crate) took: Duration,
    pub(crate) report: Report,
    pub(crate) journal: Vec<u8>,
    pub(crate) secrets: BTreeSet<String>,
    pub(crate) violations: Vec<String>,
}

/// A run, a network and a world.
pub(crate) struct Bench {
    plan: Arc<Plan>,
    settings: Settings,
    run: Run,
    /// The run as a replay of what was kept would rebuild it.
    shadow: Run,
    keyring: Keyring,
    disk: SharedDisk,
    journal: Writer<SharedDisk>,
    world: World,
    sky: Sky,
    now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Due>,
    queued: u64,
    /// Between these instants nothing listens.
    outage: Option<(Timestamp, Timestamp)>,
    latency: Box<dyn FnMut() -> Duration>,
    /// The sessions that were opened for a lane, by the world's number.
    sessions: BTreeMap<LaneId, Vec<u32>>,
    sent: Vec<Sent>,
    events: Vec<Event>,
    fired: BTreeMap<String, u32>,
    secrets: BTreeSet<String>,
    turns: usize,
    over_at: Option<Timestamp>,
    given_up: bool,
    violations: Vec<String>,
}

impl Bench {
    pub(crate) fn new(plan: Arc<Plan>, world: World, settings: Settings, sky: Sky) -> Self {
        let disk = SharedDisk::default();
        Self {
            run: Run::new(Arc::clone(&plan), settings.clone()),
            shadow: Run::new(Arc::clone(&plan), settings.clone()),
            plan,
            settings,
            keyring: Keyring::default(),
            journal: Writer::new(disk.clone()),
            disk,
            world,
            sky,
            now: start(),
            queue: BTreeMap::new(),
            queued: 0,
            outage: None,
            latency: Box::new(|| Duration::from_millis(20)),
            sessions: BTreeMap::new(),
            sent: Vec::new(),
            events: Vec::new(),
            fired: BTreeMap::new(),
            secrets: BTreeSet::new(),
            turns: 0,
            over_at: None,
            given_up: false,
            violations: Vec::new(),
        }
    }

    pub(crate) fn stop_after(&mut self, time: Duration) {
        self.later(start() + time, Due::Stop);
    }

    pub(crate) fn restart_after(&mut self, time: Duration) {
        self.later(start() + time, Due::Restart);
    }

    pub(crate) fn nothing_listens(&mut self, from: Duration, to: Duration) {
        self.outage = Some((start() + from, start() + to));
    }

    pub(crate) fn latency(&mut self, latency: impl FnMut() -> Duration + 'static) {
        self.latency = Box::new(latency);
    }

    /// Drives the run to its end, and what is still under way after it into the world.
    pub(crate) fn drive(mut self) -> Record {
        let digest = self.plan.digest();
        let head = Opened {
            run: "run-1".to_owned(),
            engine: "test".to_owned(),
            runbook: self.plan.name().to_owned(),
            runbook_digest: self.plan.runbook_digest().to_owned(),
            plan_digest: digest,
            target: "lab".to_owned(),
            address: "https://em.lab:9398".to_owned(),
            trust: "sha256/…".to_owned(),
        };
        self.turn(Input::Begin(head));
        while self.go_on() {}
        self.settle()
    }

    /// Lets the next thing happen; false once nothing of the run goes on.
    fn go_on(&mut self) -> bool {
        let is_landing = |due: &Due| matches!(due, Due::Lands(..));
        let in_flight = !self.given_up && self.queue.values().any(is_landing);
        if self.run.is_over() && !in_flight {
            return false;
        }
        if self.turns > TURNS {
            self.violation(&format!("more than {TURNS} turns: it spins"));
            return false;
        }
        let linger = self.over_at.map(|at| at + LINGER);
        let next = self.queue.first_key_value().map(|((at, _), _)| *at);
        let wake = self.run.next_wake();
        let Some(at) = [next, wake, linger].into_iter().flatten().min() else {
            self.violation("nothing is under way, and the run is not over: it hangs");
            return false;
        };
        self.now = self.now.max(at);
        if self.now.since(start()) > LONGEST {
            self.violation(&format!("longer than {LONGEST:?}"));
            return false;
        }
        if linger.is_some_and(|until| until <= self.now) {
            return false;
        }
        if next.is_some_and(|next| next <= self.now) {
            let (_, due) = self.queue.pop_first().expect("there is a first");
            self.happens(due);
        } else {
            self.turn(Input::Woke);
        }
        true
    }

    fn happens(&mut self, due: Due) {
        match due {
            Due::Arrives { send, incoming, faults, listens } => {
                self.arrives(send, &incoming, faults, listens);
            }
            Due::Lands(..) if self.given_up => {}
            Due::Lands(lane::Send { exchange, lane, call }, landed) => {
                let reply = match landed {
                    Landed::Answer(response) => {
                        self.note_secrets(&response);
                        self.keyring.receive(lane, &call, response)
                    }
                    Landed::Failed(reply) => reply,
                };
                self.turn(Input::Came(exchange, reply));
            }
            Due::Stop if self.run.is_over() || self.run.stopped().is_some() => {}
            Due::Stop => self.turn(Input::Stop(Stop::Signal { name: "SIGTERM".to_owned() })),
            Due::Restart => self.world.restart(),
            Due::GiveUp => {
                self.given_up = true;
                self.turn(Input::GiveUp);
            }
        }
    }

    fn turn(&mut self, input: Input) {
        self.turns += 1;
        let was_stopped = self.run.stopped().is_some();
        let turn = self.run.advance(self.now, input);
        for event in &turn.events {
            self.journal.append(self.now, event).expect("a disk with room");
            if event.what.is_kept()
                && let Err(error) = self.shadow.apply(event)
            {
                self.violation(&format!("what was kept cannot be replayed: {error}"));
            }
        }
        // Passing events change nothing that is known.
        let is_known = turn.events.iter().any(|event| event.what.is_kept());
        self.events.extend(turn.events);
        if is_known {
            self.compare();
        }
        if self.run.stopped().is_some() && !turn.effects.is_empty() {
            self.violation(&format!("sent after the stop: {:?}", turn.effects));
        }
        if !was_stopped && self.run.stopped().is_some() {
            self.later(self.now + DRAIN, Due::GiveUp);
        }
        if self.over_at.is_none() && self.run.is_over() {
            self.over_at = Some(self.now);
        }
        if turn.effects.iter().any(Effect::needs_sync) {
            self.journal.sync().expect("a disk that works");
        }
        for effect in turn.effects {
            match effect {
                Effect::Send(send) => self.send(send),
                other => self.violation(&format!("no step here wants {other:?}")),
            }
        }
    }

    /// A process that died now and was replayed would know the same.
    fn compare(&mut self) {
        let (live, replayed) = (Report::of(&self.run), Report::of(&self.shadow));
        if live != replayed {
            self.violation(&format!("a replay says {replayed:?} where live is {live:?}"));
        }
        if !self.run.open_actions().eq(self.shadow.open_actions())
            || self.run.has_acted() != self.shadow.has_acted()
            || self.run.is_open() != self.shadow.is_open()
        {
            self.violation("a replay knows other actions than live");
        }
    }

    fn send(&mut self, send: lane::Send) {
        let Some(outgoing) = self.keyring.prepare(&send, self.run.media()) else {
            let reason = "the logon session is gone".to_owned();
            let reply = Reply::NotSent { reason, untrusted: false };
            self.later(self.now, Due::Lands(send, Landed::Failed(reply)));
            return;
        };
        let asked = Asked::new(&send.call, &outgoing.request);
        self.check_before_sending(&send, &outgoing);
        self.sent.push(Sent {
            at: self.now,
            lane: send.lane,
            method: asked.method,
            target: asked.target.clone(),
        });
        let twist = (self.sky)(&asked);
        let down = self.outage.is_some_and(|(from, to)| from <= self.now && self.now < to);
        let twist = if down { Twist::Refused } else { twist };
        *self.fired.entry(twist.name()).or_default() += 1;
        let arrives = self.now + (self.latency)();
        let not_sent = |untrusted| Reply::NotSent { reason: twist.name(), untrusted };
        let (arrives, faults) = match twist {
            Twist::Refused => {
                return self.later(arrives, Due::Lands(send, Landed::Failed(not_sent(false))));
            }
            Twist::Untrusted => {
                return self.later(arrives, Due::Lands(send, Landed::Failed(not_sent(true))));
            }
            Twist::HeldBack(time) => (arrives + time, Twist::Fine),
            other => (arrives, other),
        };
        let listens = arrives.since(self.now) <= FIRST_BYTE;
        if !listens {
            let given_up = self.now + FIRST_BYTE;
            self.later(given_up, Due::Lands(send.clone(), Landed::Failed(late())));
        }
        let incoming = incoming(&outgoing);
        self.later(arrives, Due::Arrives { send, incoming, faults, listens });
    }

    fn arrives(&mut self, send: lane::Send, incoming: &Incoming, twist: Twist, listens: bool) {
        let mut words = None;
        match twist {
            Twist::Restart => self.world.restart(),
            Twist::Server(fault) => {
                self.world.arm(When::first(incoming.method, incoming.target.clone()), fault);
            }
            Twist::Says(old, new) => words = Some((old, new)),
            _ => {}
        }
        let before = self.world.ledger().len();
        let at = self.now.to_string().parse().expect("an instant");
        let outcome = self.world.handle(at, incoming);
        self.world.disarm();
        for entry in &self.world.ledger()[before..] {
            if let Truth::LoggedOn { session } = entry.event {
                self.sessions.entry(send.lane).or_default().push(session);
            }
        }
        if !listens {
            return;
        }
        let (after, landed) = network::received(outcome);
        let (after, landed) = match landed {
            _ if after > FIRST_BYTE => (FIRST_BYTE, Landed::Failed(late())),
            Ok(mut response) => {
                if let Some((old, new)) = words {
                    let body = String::from_utf8_lossy(&response.body).replace(old, new);
                    response.body = body.into_bytes();
                }
                (after, Landed::Answer(response))
            }
            Err(reason) => (after, Landed::Failed(Reply::Unanswered { reason })),
        };
        let back = (self.latency)();
        self.later(self.now + after + back, Due::Lands(send, landed));
    }

    /// What must hold when something leaves: its intent is durable, and no session goes that is
    /// still needed as evidence.
    fn check_before_sending(&mut self, send: &lane::Send, outgoing: &Outgoing) {
        let request = &outgoing.request;
        let ends = matches!(send.call, Call::Logout | Call::End { .. });
        let writes = !ends
            && send.call != Call::Logon
            && matches!(request.method, Method::Post | Method::Delete);
        let must_be_durable = writes || ends;
        if must_be_durable != send.needs_sync() || writes != outgoing.fresh {
            self.violation(&format!("{} is or is not an action", request.shown()));
        }
        if writes {
            let disk = self.disk.0.borrow();
            let durable = String::from_utf8_lossy(&disk.bytes[..disk.durable]);
            let intent = format!("\"target\":{:?}", request.target);
            let found = durable
                .lines()
                .any(|line| line.contains("\"kind\":\"intent\"") && line.contains(&intent));
            drop(disk);
            if !found {
                self.violation(&format!("{} without a durable intent", request.shown()));
            }
        }
        if send.call == Call::Logout {
            self.check_logout(send.lane);
        }
    }

    fn check_logout(&mut self, lane: LaneId) {
        self.world.advance(self.now.to_string().parse().expect("an instant"));
        let own = self.sessions.get(&lane).cloned().unwrap_or_default();
        let truth = || self.world.ledger().iter().map(|entry| &entry.event);
        let is_over = |name: &_, of: &u32| {
            truth().any(|event| match event {
                Truth::Completed { session, task, .. } => session == of && task == name,
                Truth::TaskDeleted { session, task, stopped } => {
                    *stopped && session == of && task == name
                }
                _ => false,
            })
        };
        let known: BTreeSet<_> = self
            .events
            .iter()
            .filter_map(|event| match &event.what {
                What::Lane(LaneEvent::Accepted { lane: of, task, .. }) if *of == lane => {
                    Some(task.clone())
                }
                _ => None,
            })
            .collect();
        let unfinished = truth().any(|event| match event {
            Truth::Accepted { session, task, .. } => {
                own.contains(session) && known.contains(task) && !is_over(task, session)
            }
            _ => false,
        });
        if unfinished {
            self.violation(&format!("{lane} is logged out and still needed as evidence"));
        }
    }

    /// What was held back still arrives, and what runs in the world comes to its end.
    fn settle(mut self) -> Record {
        let took = self.now.since(start());
        while let Some(((at, _), due)) = self.queue.pop_first() {
            self.now = self.now.max(at);
            if let Due::Arrives { send, incoming, faults, .. } = due {
                self.arrives(send, &incoming, faults, false);
            }
        }
        let end = self.now + LONGEST;
        self.world.advance(end.to_string().parse().expect("an instant"));
        let journal = self.disk.0.borrow().bytes.clone();
        Record {
            report: Report::of(&self.run),
            plan: self.plan,
            settings: self.settings,
            world: self.world,
            events: self.events,
            sent: self.sent,
            fired: self.fired,
            turns: self.turns,
            took,
            journal,
            secrets: self.secrets,
            violations: self.violations,
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

    fn later(&mut self, at: Timestamp, due: Due) {
        self.queued += 1;
        self.queue.insert((at, self.queued), due);
    }

    fn violation(&mut self, what: &str) {
        let what = format!("after {:?}: {what}", self.now.since(start()));
        self.violations.push(what);
    }
}

fn late() -> Reply {
    Reply::Unanswered { reason: "no answer began within 60 s".to_owned() }
}

/// The request as the real client would put it on the wire.
fn incoming(outgoing: &Outgoing) -> Incoming {
    let auth = match &outgoing.credential {
        Credential::Account => Auth::Logon,
        Credential::Session(token) => Auth::Session(token),
    };
    let request = &outgoing.request;
    let mut incoming = Incoming::new(request.method, request.target.clone());
    for header in CLIENT.head(request, auth) {
        incoming = incoming.with_header(header.name, header.value);
    }
    if let Some(body) = &request.body {
        incoming.body = body.text.clone().into_bytes();
    }
    incoming
}

/// Settings as a target has them, with a form and a seed.
pub(crate) fn settings(media: Media, seed: u64) -> Settings {
    Settings { media, seed, ..Settings::default() }
}
