//! What `start-failover` and `undo-failover` share: find the plan, read it, act on it once.
//!
//! It must not know how an action is sent or how an answer that was lost is looked for: that is
//! the lane's.

use em_api::operation::{
    AnswerError, GetFailoverPlan, ListFailoverPlans, Operation, QueryFailoverPlan,
};
use em_api::protocol::{FailoverPlan, Media, PlanId, PlanRef, Request, Response};
use serde::{Deserialize, Serialize};

use crate::step::{
    Acted, Action, Answer, CallId, Ending, Evidence, Machine, Reason, Shared, StepEffect,
    StepInput, StepResult, StepTurn, Write,
};
use crate::time::Timestamp;

const LIST: CallId = CallId(1);
const QUERY: CallId = CallId(2);
const READ: CallId = CallId(3);
const ACT: CallId = CallId(4);

/// What stands before the id in the UID of a plan.
const UID_PREFIX: &str = "urn:veeam:FailoverPlan:";

/// How many names a message lists before it says how many more there are.
const NAMES_SHOWN: usize = 8;

/// What is done to a plan.
pub(crate) struct Deed {
    /// For people: `the undo`, `the start`.
    pub(crate) noun: &'static str,
    /// The `Rel` of the link that a plan which can be acted on shows.
    pub(crate) link: &'static str,
    /// The `Operation` of the task that comes of it.
    pub(crate) operation: &'static str,
    /// Makes the request.
    pub(crate) request: Box<dyn Fn(PlanId, Media) -> Request + Send>,
}

/// | state | input | then |
/// | --- | --- | --- |
/// | new | begin, resumed | listing: ask for the list of plans |
/// | listing | the list | reading: ask for the plan, if it is there exactly once; else failed |
/// | listing | there is no list (403, 404) | reading by id, or querying by name |
/// | querying | the query's result | reading, or failed |
/// | reading | the plan, with the link to act on it | acting: act |
/// | reading | 404, and the list had it | acting: EM's answer to the action decides |
/// | acting | accepted, refused, not sent, unknown | succeeded, failed, failed, unknown |
/// | any | resumed | what it waits for is asked for again; the action only if none was sent |
/// | before acting | deadline | failed: nothing was sent |
/// | any | anything else | nothing |
pub(crate) struct PlanAction {
    wanted: String,
    deed: Deed,
    media: Media,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    New,
    Listing,
    Querying,
    Reading { plan: Found, listed: bool },
    Acting { plan: Found },
}

/// A plan that EM has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Found {
    id: PlanId,
    name: String,
}

/// What changes the machine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub(crate) enum Note {
    /// The list of plans was asked for.
    Listing,
    /// There is no list; the query service was asked.
    Querying,
    /// The plan was found, and is read.
    Reading {
        /// The plan.
        plan: Found,
        /// Whether EM named it in a list, which proves that it exists.
        listed: bool,
    },
    /// The action was handed over.
    Acting {
        /// The plan.
        plan: Found,
        /// Its machines, in the order in which EM works on them.
        machines: Vec<String>,
    },
}

impl PlanAction {
    pub(crate) fn new(wanted: String, deed: Deed, media: Media) -> Self {
        Self { wanted, deed, media, state: State::New }
    }

    /// What is under way, before the action.
    fn asked(&self) -> Option<CallId> {
        match self.state {
            State::Listing => Some(LIST),
            State::Querying => Some(QUERY),
            State::Reading { .. } => Some(READ),
            State::New | State::Acting { .. } => None,
        }
    }

    fn listed(&self, response: &Shared) -> StepTurn<Note> {
        match &*response.read(|response| ListFailoverPlans.answer(response)) {
            Ok(plans) => self.choose(plans),
            Err(AnswerError::Refused { status: 403 | 404, .. }) => self.find_otherwise(),
            Err(error) => self.fail(error),
        }
    }

    /// Some servers and some roles have no list of plans, and yet the plan can be read.
    fn find_otherwise(&self) -> StepTurn<Note> {
        let uid = self.wanted.strip_prefix(UID_PREFIX);
        if let Ok(id) = PlanId::parse(uid.unwrap_or(&self.wanted))
            && (uid.is_some() || looks_like_a_guid(id.as_str()))
        {
            return self.read(Found { id, name: self.wanted.clone() }, false);
        }
        StepTurn::go(Note::Querying, self.query())
    }

    fn list(&self) -> StepEffect {
        StepEffect::Read(LIST, ListFailoverPlans.request(self.media))
    }

    fn query(&self) -> StepEffect {
        let query = QueryFailoverPlan { name: self.wanted.clone() };
        StepEffect::Read(QUERY, query.request(self.media))
    }

    fn get(&self, plan: &Found) -> StepEffect {
        let request = GetFailoverPlan { plan: plan.id.clone() }.request(self.media);
        StepEffect::Read(READ, request)
    }

    fn write(&self, plan: &Found) -> StepEffect {
        let write = Write {
            request: (self.deed.request)(plan.id.clone(), self.media),
            operation: self.deed.operation,
            object: format!("failover plan `{}`", plan.name),
        };
        StepEffect::Act(ACT, Action::Write(write))
    }

    fn queried(&self, response: &Response) -> StepTurn<Note> {
        match (QueryFailoverPlan { name: self.wanted.clone() }).answer(response) {
            Ok(plans) => self.choose(&plans),
            Err(AnswerError::Refused { status: 403 | 404, .. }) => not_ready(&format!(
                "EM lists no failover plans to this account, and answers no query for them: name \
                 `{}` by its UID or id",
                self.wanted
            )),
            Err(error) => self.fail(&error),
        }
    }

    fn choose(&self, plans: &[PlanRef]) -> StepTurn<Note> {
        let wanted = self.wanted.as_str();
        let is_wanted = |plan: &&PlanRef| {
            plan.name == wanted
                || plan.uid.eq_ignore_ascii_case(wanted)
                || plan.id.as_str().eq_ignore_ascii_case(wanted)
        };
        match plans.iter().filter(is_wanted).collect::<Vec<_>>().as_slice() {
            [] => not_ready(&format!("EM has no failover plan `{wanted}`; {}", names(plans))),
            [plan] => self.read(Found { id: plan.id.clone(), name: plan.name.clone() }, true),
            several => {
                let uids: Vec<_> = several.iter().map(|plan| format!("`{}`", plan.uid)).collect();
                not_ready(&format!(
                    "EM has {} failover plans named `{wanted}`; name one by its UID: {}",
                    several.len(),
                    uids.join(", ")
                ))
            }
        }
    }

    fn read(&self, plan: Found, listed: bool) -> StepTurn<Note> {
        let get = self.get(&plan);
        StepTurn::go(Note::Reading { plan, listed }, get)
    }

    fn was_read(&self, found: &Found, listed: bool, response: &Response) -> StepTurn<Note> {
        match (GetFailoverPlan { plan: found.id.clone() }).answer(response) {
            Ok(plan) if !self.allows(&plan) => not_ready(&format!(
                "failover plan `{}` shows no `{}` link: this account may not act on it, or EM \
                 does not offer it now",
                plan.name, self.deed.link
            )),
            Ok(plan) if !plan.id.as_str().eq_ignore_ascii_case(found.id.as_str()) => {
                not_ready(&format!(
                    "EM was asked for the failover plan with the id `{}` and showed another, `{}` \
                     with the id `{}`",
                    found.id, plan.name, plan.id
                ))
            }
            Ok(plan) => {
                let machines = plan.machines.iter().map(|vm| vm.display_name.clone()).collect();
                self.act(Found { id: found.id.clone(), name: plan.name }, machines)
            }
            Err(AnswerError::Refused { status: 404, .. }) if listed => {
                self.act(found.clone(), Vec::new())
            }
            Err(AnswerError::Refused { status: 404, .. }) => {
                not_ready(&format!("EM has no failover plan `{}`", self.wanted))
            }
            Err(error) => self.fail(&error),
        }
    }

    /// A plan with links but without ours must not be acted on. One without any link says
    /// nothing, and EM's answer to the action decides.
    fn allows(&self, plan: &FailoverPlan) -> bool {
        let ours = |rel: &str| rel.eq_ignore_ascii_case(self.deed.link);
        plan.links.is_empty() || plan.links.iter().any(|link| ours(&link.rel))
    }

    fn act(&self, plan: Found, machines: Vec<String>) -> StepTurn<Note> {
        let write = self.write(&plan);
        StepTurn::go(Note::Acting { plan, machines }, write)
    }

    fn acted(&self, plan: &Found, acted: &Acted) -> Ending {
        let noun = self.deed.noun;
        let what = format!("{noun} of failover plan `{}`", plan.name);
        match acted {
            Acted::Accepted(Evidence { task, findings }) => {
                let task = task.clone().unwrap_or_default();
                Ending::new(StepResult::Succeeded, format!("EM accepted {what} as {task}"))
                    .with("task", task)
                    .with("operation", self.deed.operation)
                    .seen(findings.iter().cloned())
            }
            Acted::Done => {
                let message = format!("EM answered {what} without a task to follow");
                Ending::new(StepResult::Unknown, message)
            }
            Acted::NotSent(failure) => {
                let message = format!("{what} was not sent: {}", failure.message);
                Ending::new(StepResult::Failed, message)
            }
            Acted::Refused(failure) => {
                let message = format!("EM refused {what}: {}", failure.message);
                Ending::new(StepResult::Failed, message)
            }
            Acted::Unknown(Evidence { findings, .. }) => {
                let message = format!("{what} was sent, and whether EM took it is not proven");
                Ending::new(StepResult::Unknown, message).seen(findings.iter().cloned())
            }
        }
    }

    fn fail(&self, error: &AnswerError) -> StepTurn<Note> {
        let wanted = &self.wanted;
        let message = format!("failover plan `{wanted}` cannot be read: {error}; nothing was sent");
        StepTurn::end(Ending::new(StepResult::Failed, message))
    }
}

impl Machine for PlanAction {
    type Note = Note;

    fn decide(&self, _: Timestamp, input: &StepInput) -> StepTurn<Note> {
        match (&self.state, input) {
            (State::New, StepInput::Begin | StepInput::Resumed) => {
                StepTurn::go(Note::Listing, self.list())
            }
            (State::Listing, StepInput::Resumed) => StepTurn::nothing().and(self.list()),
            (State::Querying, StepInput::Resumed) => StepTurn::nothing().and(self.query()),
            (State::Reading { plan, .. }, StepInput::Resumed) => {
                StepTurn::nothing().and(self.get(plan))
            }
            (State::Acting { plan }, StepInput::Resumed) => {
                StepTurn::nothing().and(self.write(plan))
            }
            (State::Listing, StepInput::Answered(LIST, Answer::Response(response))) => {
                self.listed(response)
            }
            (State::Querying, StepInput::Answered(QUERY, Answer::Response(response))) => {
                self.queried(response)
            }
            (
                State::Reading { plan, listed },
                StepInput::Answered(READ, Answer::Response(response)),
            ) => self.was_read(plan, *listed, response),
            (State::Acting { plan }, StepInput::Acted(ACT, acted)) => {
                StepTurn::end(self.acted(plan, acted))
            }
            (State::Acting { .. }, _) => StepTurn::nothing(),
            (_, StepInput::Answered(_, Answer::None(failure))) => {
                let message = format!(
                    "failover plan `{}` cannot be read: {}; nothing was sent",
                    self.wanted, failure.message
                );
                StepTurn::end(Ending::new(StepResult::Failed, message))
            }
            (_, StepInput::Deadline) => {
                let message = format!(
                    "the time of the step was over before {} of failover plan `{}` could be \
                     sent; nothing was sent",
                    self.deed.noun, self.wanted
                );
                let turn = StepTurn::end(Ending::new(StepResult::Failed, message));
                match self.asked() {
                    Some(call) => turn.and(StepEffect::Abandon(call)),
                    None => turn,
                }
            }
            _ => StepTurn::nothing(),
        }
    }

    fn apply(&mut self, note: &Note) {
        self.state = match note {
            Note::Listing => State::Listing,
            Note::Querying => State::Querying,
            Note::Reading { plan, listed } => {
                State::Reading { plan: plan.clone(), listed: *listed }
            }
            Note::Acting { plan, .. } => State::Acting { plan: plan.clone() },
        };
    }
}

fn not_ready(message: &str) -> StepTurn<Note> {
    let message = format!("{message}; nothing was sent");
    StepTurn::end(Ending::new(StepResult::Failed, message).because(Reason::NotReady))
}

fn looks_like_a_guid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn names(plans: &[PlanRef]) -> String {
    if plans.is_empty() {
        return "this account sees none at all".to_owned();
    }
    let shown = plans.iter().take(NAMES_SHOWN).map(|plan| format!("`{}`", plan.name));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match plans.len().saturating_sub(NAMES_SHOWN) {
        0 => format!("it has {shown}"),
        more => format!("it has {shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
