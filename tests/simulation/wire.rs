//! What becomes of a request between a process and the world, and of its answer.

use std::sync::LazyLock;

use em_api::client::{Auth, Base, Client, Config, Pin, Trust};
use em_sim::{Event as Truth, Incoming, When};
use runbook_core::lane::{self, Credential, Outgoing, Reply};

use super::bench::{Bench, Due, Landed, PASSWORD, Sent, USER, instant};
use super::network::{self, Asked, FIRST_BYTE, Twist};

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

impl Bench {
    pub(super) fn send(&mut self, process: usize, send: lane::Send) {
        let Some(outgoing) = self.processes[process].prepare(&send) else {
            let reason = "the logon session is gone".to_owned();
            let reply = Reply::NotSent { reason, untrusted: false };
            self.later(self.now, Due::Lands(process, send, Landed::Failed(reply)));
            return;
        };
        let asked = Asked::new(&send.call, &outgoing.request);
        self.check_before_sending(process, &send, &outgoing);
        self.sent.push(Sent {
            at: self.now,
            process,
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
            Twist::Refused | Twist::Untrusted => {
                let failed = Landed::Failed(not_sent(twist == Twist::Untrusted));
                return self.later(arrives, Due::Lands(process, send, failed));
            }
            Twist::HeldBack(time) => (arrives + time, Twist::Fine),
            other => (arrives, other),
        };
        let listens = arrives.since(self.now) <= FIRST_BYTE;
        if !listens {
            let given_up = self.now + FIRST_BYTE;
            self.later(given_up, Due::Lands(process, send.clone(), Landed::Failed(late())));
        }
        let incoming = incoming(&outgoing);
        self.later(arrives, Due::Arrives { process, send, incoming, faults, listens });
    }

    pub(super) fn arrives(
        &mut self,
        process: usize,
        send: lane::Send,
        incoming: &Incoming,
        twist: Twist,
        listens: bool,
    ) {
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
        let outcome = self.world.handle(instant(self.now), incoming);
        self.world.disarm();
        for entry in &self.world.ledger()[before..] {
            if let Truth::LoggedOn { session } = entry.event {
                self.sessions.entry((process, send.lane)).or_default().push(session);
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
        self.later(self.now + after + back, Due::Lands(process, send, landed));
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
