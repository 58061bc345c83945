//! From a request to its answer: the route, and what faults make of it.

use em_api::protocol::{Media, Method};
use jiff::Timestamp;

use super::World;
use super::http::{Incoming, Outcome, Refusal, Reply, SESSION};
use super::ledger::Seen;
use super::plans::Plan;
use super::route::{Route, Target};
use crate::document::{self, Element, PlanHref};
use crate::fault::Fault;

/// Where links lead when they name a wrong host; `.invalid` is never anywhere.
const ELSEWHERE: &str = "https://em-internal.invalid:9398";

/// Neither XML nor JSON nor UTF-8.
const GARBAGE: &[u8] = b"\x00<Task \xff{]>";

impl World {
    /// Answers a request at a moment.
    pub fn handle(&mut self, now: Timestamp, incoming: &Incoming) -> Outcome {
        self.advance(now);
        let faults = self.armed.fire(incoming.method, &incoming.target);
        if faults.contains(&Fault::ExpireSessions) {
            self.sessions.clear();
        }
        let stopped = faults.iter().any(Fault::stops_the_request);
        let reply = if faults.contains(&Fault::EchoHeaders) {
            Some(echo(incoming))
        } else {
            (!stopped).then(|| self.serve(now, incoming))
        };
        let (mut outcome, status) = self.disturb(reply, &faults, incoming.accepts());
        for fault in &faults {
            if let Fault::Slow(after) = *fault {
                outcome = Outcome::Late { after, outcome: Box::new(outcome) };
            }
        }
        self.requests.push(Seen {
            at: now,
            method: incoming.method,
            target: incoming.target.clone(),
            status,
            faults: faults.iter().map(Fault::name).collect(),
        });
        outcome
    }

    /// Lets the faults have their way with an answer; returns the status that the answer has,
    /// or had. No reply is a request that was not served.
    fn disturb(
        &self,
        mut reply: Option<Reply>,
        faults: &[Fault],
        media: Media,
    ) -> (Outcome, Option<u16>) {
        for fault in faults {
            if let Fault::Status(status, _) = fault {
                reply = Some(Reply::error(*status, "The server has a bad day."));
            }
            if let Some(reply) = &mut reply {
                self.distort(reply, fault);
            }
        }
        let Some(reply) = reply else { return (Outcome::Drop, None) };
        let status = Some(reply.status);
        if faults.contains(&Fault::LoseAnswer) || faults.contains(&Fault::DropRequest) {
            return (Outcome::Drop, status);
        }
        let mut answer = reply.write(media);
        if faults.contains(&Fault::GarbledBody) && !answer.body.is_empty() {
            answer.body = GARBAGE.to_vec();
        }
        if faults.contains(&Fault::NoToken) {
            answer.headers.retain(|(name, value)| name != SESSION && !value.starts_with(SESSION));
        }
        let sent = answer.body.len() / 2;
        let torn = faults.contains(&Fault::TruncatedBody) && !answer.body.is_empty();
        (if torn { Outcome::Torn { answer, sent } } else { Outcome::Answer(answer) }, status)
    }

    /// Changes the document of an answer.
    fn distort(&self, reply: &mut Reply, fault: &Fault) {
        if *fault == Fault::EmptyAccepted && reply.status == 202 {
            reply.document = None;
        }
        let Some(document) = &mut reply.document else { return };
        match fault {
            Fault::WrongHostInLinks => document.point_elsewhere(&self.base, ELSEWHERE),
            Fault::UnknownElements => document.add_unknowns(),
            Fault::MissingResult => document.remove("Result"),
            _ => {}
        }
    }

    fn serve(&mut self, now: Timestamp, incoming: &Incoming) -> Reply {
        let served = self.route(now, incoming);
        served.unwrap_or_else(|refusal| Reply::error(refusal.status, &refusal.message))
    }

    fn route(&mut self, now: Timestamp, incoming: &Incoming) -> Result<Reply, Refusal> {
        let target = Target::parse(&incoming.target);
        let route = Route::of(&target.path)
            .ok_or_else(|| Refusal::new(404, "There is no such resource."))?;
        if !route.takes(incoming.method) {
            return Err(Refusal::new(405, "The resource does not take this method."));
        }
        match route {
            Route::Entry => return Ok(Reply::new(200, document::entry(&self.base))),
            Route::Logon => return self.log_on(now, incoming, target.query.get("v")),
            _ => {}
        }
        let session = self.session_of(now, incoming)?;
        let delete = incoming.method == Method::Delete;
        let entities = target.query.wants_entities();
        let document = match route {
            Route::Entry | Route::Logon | Route::LogonSessions => self.logon_sessions(),
            Route::LogonSession(id) if delete => return self.log_out(now, &id),
            Route::LogonSession(id) => self.logon_session(&id)?,
            Route::Tasks => self.task_list(now, session),
            Route::Task(id) if delete => return self.delete_task(now, session, &id),
            Route::Task(id) => self.task(now, session, &id)?,
            Route::Plan(id) if incoming.method == Method::Post => {
                let action = target.query.get("action");
                return self.act(now, session, &id, action, incoming);
            }
            Route::Plan(_) if incoming.method == Method::Put => {
                return Err(Refusal::new(501, "Plans cannot be edited here."));
            }
            Route::Plan(id) if entities => document::plan(&self.base, self.find_plan(&id)?),
            Route::Plan(id) => self.reference("EntityRef", self.find_plan(&id)?),
            Route::Plans if entities => {
                document::plans(self.plans().map(|p| document::plan(&self.base, p)).collect())
            }
            Route::Plans => {
                let all = self.plans().map(|plan| self.reference("Ref", plan));
                document::references(all.collect())
            }
            Route::Query => self.query(&target.query)?,
        };
        Ok(Reply::new(200, document))
    }

    fn reference(&self, name: &'static str, plan: &Plan) -> Element {
        document::plan_reference(name, &self.base, plan, PlanHref::Plan)
    }
}

/// An error that repeats the head of a request.
fn echo(incoming: &Incoming) -> Reply {
    let head = incoming.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    Reply::error(400, &format!("cannot serve {}", head.collect::<Vec<_>>().join(", ")))
}
