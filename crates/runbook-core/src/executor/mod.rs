//! The only async part: a loop that tells a run what happens and does what it wants.
//!
//! Its law, for every turn: events are written down, then shown, then effects are performed; an
//! effect that changes something waits until everything written down is durable. Never another
//! order. It must not know any step, any operation, or what a file or a socket is.

mod host;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use em_api::protocol::Response;
use futures_util::FutureExt as _;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

pub use host::{Host, SendFailure};

use crate::event::{Stop, Verdict};
use crate::journal::{self, Store, Writer};
use crate::lane::{self, Keyring, Neighbours, Reply};
use crate::report::{Line, Reporter, Told};
use crate::run::{Effect, Input, Run};
use crate::time::Timestamp;

/// How long a request on the wire may still finish once the run was told to stop. CI services
/// kill a job a few seconds after they asked it to end.
const DRAIN: Duration = Duration::from_secs(3);
/// How often the loop turns at least: it notices when it was held up, or has to stop.
const TICK: Duration = Duration::from_secs(1);
/// How late it may be before somebody may have taken over meanwhile: the process was halted, or
/// the machine slept.
const GAP: Duration = Duration::from_secs(30);
/// How long the last logouts may take once the run is over.
const LINGER: Duration = Duration::from_secs(5);

/// What carries a run: the world, the journal, and who watches.
#[derive(Debug)]
pub struct Executor<'a, H, S, R> {
    /// The world.
    pub host: &'a H,
    /// The journal.
    pub journal: &'a mut Writer<S>,
    /// Who watches.
    pub reporter: &'a mut R,
}

/// What has landed: an effect that came to something.
enum Landed {
    Sent(lane::Send, Result<Response, SendFailure>),
    Other(Input),
}

type Flight<'h> = Pin<Box<dyn Future<Output = Landed> + Send + 'h>>;
type Flights<'h> = FuturesUnordered<Flight<'h>>;

impl<H: Host, S: Store, R: Reporter> Executor<'_, H, S, R> {
    /// Drives a run until nothing of it goes on in this process: from its beginning, or from
    /// where an earlier process left it. The keyring has what that process left.
    ///
    /// # Errors
    /// [`journal::Error`] where the journal cannot be written: from that instant on nothing more
    /// is sent, and what is on the wire is dropped.
    pub async fn drive(
        &mut self,
        run: &mut Run,
        mut keyring: Keyring,
        begin: [Input; 2],
    ) -> Result<Verdict, journal::Error> {
        let host = self.host;
        let mut flights: Flights<'_> = FuturesUnordered::new();
        let mut inputs = VecDeque::from(begin);
        let mut patience: Option<Timestamp> = None;
        loop {
            let began = host.now();
            let effects = self.turn(run, &mut inputs)?;
            // A disk that hangs holds a process up as a halted machine does.
            let is_held_up = host.now().since(began) > GAP;
            if is_held_up {
                inputs.push_front(Input::Slept);
            }
            for effect in effects {
                let guarded = if effect.needs_sync() { host.guard() } else { Ok(()) };
                if let Err(stop) = guarded {
                    inputs.push_back(Input::Stop(stop));
                    flights.push(withheld(effect));
                } else if is_held_up && effect.needs_sync() {
                    flights.push(withheld(effect));
                } else {
                    flights.push(launch(host, run, &keyring, effect));
                }
            }
            if run.is_over() && flights.is_empty() {
                break;
            }
            if patience.is_none() && (run.is_over() || run.stopped().is_some()) {
                patience = Some(host.now() + if run.is_over() { LINGER } else { DRAIN });
            }
            let tick = host.now() + TICK;
            let wake = [run.next_wake(), patience].into_iter().flatten().fold(tick, Timestamp::min);
            tokio::select! {
                Some(landed) = flights.next(), if !flights.is_empty() => {
                    inputs.extend(land(host, &mut keyring, landed));
                    while let Some(Some(landed)) = flights.next().now_or_never() {
                        inputs.extend(land(host, &mut keyring, landed));
                    }
                }
                () = host.sleep_until(wake) => {
                    if patience.is_some_and(|until| until <= host.now()) {
                        inputs.push_back(Input::GiveUp);
                        flights.clear();
                    } else {
                        inputs.push_back(Input::Woke);
                    }
                }
                name = host.stop_requested(), if run.stopped().is_none() && !run.is_over() => {
                    inputs.push_back(Input::Stop(Stop::Signal { name }));
                }
            }
            if host.now().since(tick) > GAP {
                inputs.push_front(Input::Slept);
            }
            if run.stopped().is_none()
                && !run.is_over()
                && let Err(stop) = host.guard()
            {
                inputs.push_front(Input::Stop(stop));
            }
        }
        self.journal.sync()?;
        let (_, verdict) = run.ended().expect("invariant: the loop ends with the run");
        Ok(verdict)
    }

    /// Tells the run all that has happened. Returns what it wants done, which may be done at
    /// once: whatever had to be durable before it, is.
    fn turn(
        &mut self,
        run: &mut Run,
        inputs: &mut VecDeque<Input>,
    ) -> Result<Vec<Effect>, journal::Error> {
        let mut effects = Vec::new();
        let mut is_weighty = false;
        while let Some(input) = inputs.pop_front() {
            let turn = run.advance(self.host.now(), input);
            let (wall, mut lines) = (self.host.wall(), Vec::with_capacity(turn.events.len()));
            for event in &turn.events {
                is_weighty |= event.what.is_weighty();
                self.journal.collect(wall, event)?;
                let line = self.journal.last_line().filter(|_| event.what.is_kept());
                lines.push(line.map(|(seq, sum)| (seq, sum.to_owned())));
            }
            self.journal.flush()?;
            for (event, line) in turn.events.iter().zip(&lines) {
                let line = line.as_ref().map(|(seq, sum)| Line { seq: *seq, sum });
                self.reporter.tell(&Told { run, event, wall, line });
            }
            effects.extend(turn.effects);
        }
        if is_weighty || effects.iter().any(Effect::needs_sync) {
            self.journal.sync()?;
        }
        Ok(effects)
    }
}

/// Nothing of it leaves the process.
fn withheld<'h>(effect: Effect) -> Flight<'h> {
    let reason = "this process was held up, or may not change anything any more".to_owned();
    Box::pin(std::future::ready(match effect {
        Effect::Send(send) => {
            Landed::Sent(send, Err(SendFailure::NotSent { reason, untrusted: false }))
        }
        Effect::Probe(ticket, _) => Landed::Other(Input::Probed(ticket, Err(reason))),
        Effect::Spawn(ticket, _) => Landed::Other(Input::Ran(ticket, Err(reason))),
    }))
}

fn launch<'h, H: Host>(host: &'h H, run: &Run, keyring: &Keyring, effect: Effect) -> Flight<'h> {
    match effect {
        Effect::Send(send) => {
            let outgoing = keyring.prepare(&send, run.media());
            Box::pin(async move {
                let sent = match outgoing {
                    Some(outgoing) => host.send(outgoing).await,
                    None => Err(SendFailure::NotSent {
                        reason: "the logon session is gone".to_owned(),
                        untrusted: false,
                    }),
                };
                Landed::Sent(send, sent)
            })
        }
        Effect::Probe(ticket, probe) => {
            Box::pin(async move { Landed::Other(Input::Probed(ticket, host.probe(probe).await)) })
        }
        Effect::Spawn(ticket, spawn) => {
            Box::pin(async move { Landed::Other(Input::Ran(ticket, host.spawn(spawn).await)) })
        }
    }
}

fn land<H: Host>(host: &H, keyring: &mut Keyring, landed: Landed) -> Vec<Input> {
    match landed {
        Landed::Other(input) => vec![input],
        Landed::Sent(lane::Send { exchange, lane, call }, sent) => {
            let reply = match sent {
                Ok(response) => {
                    let reply = keyring.receive(lane, &call, response);
                    if let (Reply::LoggedOn { .. }, Some(session)) = (&reply, keyring.session(lane))
                    {
                        host.keep_session(lane, session);
                    }
                    reply
                }
                Err(SendFailure::NotSent { reason, untrusted }) => {
                    Reply::NotSent { reason, untrusted }
                }
                Err(SendFailure::Unanswered { reason }) => Reply::Unanswered { reason },
            };
            let sessions = match &reply {
                Reply::Sessions(_) => Some(host.neighbours()),
                _ => None,
            };
            let known = sessions.map(|sessions| Neighbours { sessions, ..Neighbours::default() });
            known.map(Input::Neighbours).into_iter().chain([Input::Came(exchange, reply)]).collect()
        }
    }
}
