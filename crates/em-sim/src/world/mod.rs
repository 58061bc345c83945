//! The simulated server without its sockets: a request and the time go in, an answer comes out.
//!
//! The world reads no clock and draws no chance. Every name it makes up comes from its seed, so
//! the same seed and the same requests at the same times give the same answers.

mod answer;
mod builtin;
mod http;
mod ledger;
mod plans;
mod query;
mod route;
mod seed;
mod sessions;
mod tasks;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use em_api::protocol::{Method, PlanId, SessionId};
use jiff::Timestamp;

pub use self::http::{Incoming, Outcome};
pub use self::ledger::{Entry, Event, Seen};
pub use self::plans::{Action, BackupServer, Machine, Plan, PlanState};
pub use self::tasks::{DeleteTask, TaskNames};

use self::http::Refusal;
use self::seed::Seed;
use self::sessions::Sessions;
use self::tasks::Task;
use crate::fault::{Armed, Fault, When};
use crate::script::Script;

/// How a server behaves where the reference is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// Whose names tasks have.
    pub task_names: TaskNames,
    /// What deleting a running task does.
    pub delete_task: DeleteTask,
}

/// A simulated Enterprise Manager.
///
/// # Example
/// ```
/// use em_api::protocol::Method;
/// use em_sim::{Incoming, Outcome, World};
///
/// let mut world = World::builtin("operator", "secret");
/// let now = "2026-01-01T00:00:00Z".parse()?;
/// let Outcome::Answer(answer) = world.handle(now, &Incoming::new(Method::Get, "/api/")) else {
///     panic!("no answer");
/// };
/// assert_eq!(answer.status, 200);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone)]
pub struct World {
    base: String,
    user: String,
    password: String,
    seed: Seed,
    habits: Habits,
    plans: Vec<(Plan, PlanState)>,
    default_script: Script,
    scripts: BTreeMap<(PlanId, Action), Script>,
    sessions: Sessions,
    tasks: Vec<Task>,
    last_task: u32,
    armed: Armed,
    ledger: Vec<Entry>,
    requests: Vec<Seen>,
}

/// Shows no password and no token.
impl fmt::Debug for World {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("World")
            .field("base", &self.base)
            .field("plans", &self.plans)
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl World {
    /// Makes a world without plans, for one account; its public address is
    /// `https://localhost:9398` until [`World::set_base`] names another.
    ///
    /// Tokens and session ids come from `seed` alone: whoever knows it can guess them, which is
    /// why this is a simulator and no server.
    pub fn new(seed: u64, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            base: "https://localhost:9398".to_owned(),
            user: user.into(),
            password: password.into(),
            seed: Seed(seed),
            habits: Habits::default(),
            plans: Vec::new(),
            default_script: Script::default(),
            scripts: BTreeMap::new(),
            sessions: Sessions::default(),
            tasks: Vec::new(),
            last_task: 0,
            armed: Armed::default(),
            ledger: Vec::new(),
            requests: Vec::new(),
        }
    }

    /// Sets the address that stands in links: scheme, host and port, no path.
    pub fn set_base(&mut self, base: impl Into<String>) {
        self.base = base.into();
    }

    /// Sets how the server behaves where the reference is silent.
    pub fn set_habits(&mut self, habits: Habits) {
        self.habits = habits;
    }

    /// Adds a plan in a state; one with the same id is replaced.
    pub fn add_plan(&mut self, plan: Plan, state: PlanState) {
        self.plans.retain(|(known, _)| known.id != plan.id);
        self.plans.push((plan, state));
    }

    /// Removes a plan, as an administrator does in the console; its operations go on.
    pub fn remove_plan(&mut self, id: &PlanId) {
        self.plans.retain(|(plan, _)| plan.id != *id);
    }

    /// Sets what tasks do that have no script of their own. Tasks that run keep their script.
    pub fn set_default_script(&mut self, script: Script) {
        self.default_script = script;
    }

    /// Sets what the tasks of one plan and action do from now on.
    pub fn set_script(&mut self, plan: PlanId, action: Action, script: Script) {
        self.scripts.insert((plan, action), script);
    }

    /// Arms a fault. Several may happen with one request.
    pub fn arm(&mut self, when: When, fault: Fault) {
        self.armed.arm(when, fault);
    }

    /// Takes all faults back that have not happened yet.
    pub fn disarm(&mut self) {
        self.armed.clear();
    }

    /// Restarts the service: all sessions and tasks are gone, operations go on, a
    /// [global](TaskNames::Global) counter starts anew.
    pub fn restart(&mut self) {
        self.sessions.clear();
        self.tasks.iter_mut().for_each(|task| task.listed = false);
        self.last_task = 0;
    }

    /// Lets time pass: operations that are due have their effect. [`World::handle`] does the
    /// same first.
    pub fn advance(&mut self, now: Timestamp) {
        self.sessions.expire(now);
        self.settle(now);
    }

    /// Returns the true state of a plan, as of the last request or [`World::advance`].
    pub fn plan_state(&self, id: &PlanId) -> Option<PlanState> {
        self.plans.iter().find(|(plan, _)| plan.id == *id).map(|(_, state)| *state)
    }

    /// Returns what really happened, in order.
    pub fn ledger(&self) -> &[Entry] {
        &self.ledger
    }

    /// Returns the actions that were taken on: what a second `POST` would have doubled.
    pub fn accepted(&self) -> Vec<(&PlanId, Action)> {
        let events = self.ledger.iter().map(|entry| &entry.event);
        events
            .filter_map(|event| match event {
                Event::Accepted { plan, action, .. } => Some((plan, *action)),
                _ => None,
            })
            .collect()
    }

    /// Returns the sessions that are alive, as of the last request or [`World::advance`]: each by
    /// the number of its logon, and by its id.
    pub fn alive(&self) -> Vec<(u32, &SessionId)> {
        self.sessions.list().into_iter().map(|session| (session.number, &session.id)).collect()
    }

    /// Returns every request that came to the server, in order. None is ever forgotten.
    pub fn requests(&self) -> &[Seen] {
        &self.requests
    }

    /// Returns every token and session id that was ever given out, whether or not it arrived: what
    /// must be found in no output and no file of a client.
    pub fn secrets(&self) -> Vec<String> {
        let of =
            |number| [self.seed.token(number), self.seed.session_id(number).as_str().to_owned()];
        (1..=self.sessions.opened()).flat_map(of).collect()
    }

    /// Counts the requests of a method whose path and query contain a text, in any case.
    pub fn count(&self, method: Method, path_contains: &str) -> usize {
        let part = path_contains.to_ascii_lowercase();
        let wanted = |seen: &&Seen| {
            seen.method == method && seen.target.to_ascii_lowercase().contains(&part)
        };
        self.requests.iter().filter(wanted).count()
    }

    fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.plans.iter().map(|(plan, _)| plan)
    }

    /// Carries the ends of operations into the plans, in the order in which they were due.
    fn settle(&mut self, now: Timestamp) {
        let mut due: Vec<(Timestamp, usize)> = self
            .tasks
            .iter()
            .enumerate()
            .filter(|(_, task)| !task.settled && !task.stopped)
            .filter_map(|(at, task)| Some((task.operation_ends()?, at)))
            .filter(|(end, _)| *end <= now)
            .collect();
        due.sort_unstable();
        for (end, at) in due {
            self.complete(end, at);
        }
    }

    fn complete(&mut self, at: Timestamp, index: usize) {
        let task = &mut self.tasks[index];
        task.settled = true;
        let done = task.changes_the_plan();
        let event = Event::Completed {
            plan: task.plan.clone(),
            action: task.action,
            session: task.session,
            task: task.id.clone(),
            done,
        };
        let changed = self.plans.iter_mut().find(|(plan, _)| done && plan.id == task.plan);
        if let Some((_, state)) = changed {
            *state = task.action.leads_to();
        }
        self.ledger.push(Entry { at, event });
    }
}
