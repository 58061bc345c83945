//! Failover plans and their true state, which the server never tells.

use em_api::protocol::PlanId;
use jiff::Timestamp;

use super::World;
use super::http::{Incoming, Refusal, Reply};
use super::ledger::{Entry, Event};
use super::seed::guid;
use super::tasks::{Progress, Task};
use crate::document::{self, StartSpec};

/// The backup server that a plan belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupServer {
    /// Its id in links.
    pub id: String,
    /// Its name in links.
    pub name: String,
}

/// A machine of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its id within plans, a GUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name as the console shows it.
    pub display_name: String,
    /// Where it is in the virtual infrastructure: `urn:VMware:Vm:{root}.{object}`.
    pub hierarchy_ref: String,
    /// Its place in the order of start, from 0.
    pub order: usize,
}

/// A failover plan.
///
/// # Example
/// ```
/// use em_api::protocol::PlanId;
/// use em_sim::Plan;
///
/// let plan = Plan::new(PlanId::parse("p1")?, "Web", &["web01", "web02"]);
/// assert_eq!(plan.uid(), "urn:veeam:FailoverPlan:p1");
/// assert_eq!(plan.machines[1].order, 1);
/// # Ok::<(), em_api::protocol::IdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id in URLs.
    pub id: PlanId,
    /// Its name; two plans may have the same.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The backup server that runs it.
    pub server: BackupServer,
    /// Its machines in their order.
    pub machines: Vec<Machine>,
}

impl Plan {
    /// Makes a plan with machines of these names in this order, on the server
    /// `srv02.tech.local`; ids of machines depend on plan and name only.
    pub fn new(id: PlanId, name: impl Into<String>, machines: &[&str]) -> Self {
        let machines = machines.iter().enumerate();
        let machines = machines.map(|(order, name)| Machine {
            id: guid(&format!("{id}/{name}")),
            name: (*name).to_owned(),
            display_name: (*name).to_owned(),
            hierarchy_ref: format!("urn:VMware:Vm:{}.vm-{}", guid("hierarchy root"), order + 101),
            order,
        });
        let machines = machines.collect();
        let server = BackupServer {
            id: "ce15a8c7-aa49-495e-b05b-ee3398c91018".to_owned(),
            name: "srv02.tech.local".to_owned(),
        };
        Self { id, name: name.into(), description: None, server, machines }
    }

    /// Returns the identifier that does not depend on URLs.
    pub fn uid(&self) -> String {
        format!("urn:veeam:FailoverPlan:{}", self.id)
    }

    /// Returns a field by its name in filters, in any case.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        match name.to_ascii_lowercase().as_str() {
            "uid" => Some(self.uid()),
            "name" => Some(self.name.clone()),
            "description" => Some(self.description.clone().unwrap_or_default()),
            "backupserveruid" => Some(format!("urn:veeam:BackupServer:{}", self.server.id)),
            "backupservername" => Some(self.server.name.clone()),
            _ => None,
        }
    }
}

/// What a plan can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Fail the machines over to their replicas.
    Start,
    /// Switch back and throw away what was changed on the replicas.
    Undo,
}

impl Action {
    /// Reads the value of `action=`, in any case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "start" => Some(Self::Start),
            "undo" => Some(Self::Undo),
            _ => None,
        }
    }

    /// Returns the `Operation` of its task.
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Start => "StartFailoverPlan",
            Self::Undo => "UndoFailoverPlan",
        }
    }

    /// Returns the state of a plan after it.
    pub(super) const fn leads_to(self) -> PlanState {
        match self {
            Self::Start => PlanState::FailedOver,
            Self::Undo => PlanState::Ready,
        }
    }
}

/// The true state of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanState {
    /// The machines run at their home; replication goes on.
    Ready,
    /// The replicas run.
    FailedOver,
}

impl World {
    pub(super) fn find_plan(&self, id: &str) -> Result<&Plan, Refusal> {
        let found = self.plans().find(|plan| plan.id.as_str().eq_ignore_ascii_case(id));
        found.ok_or_else(|| Refusal::new(404, "There is no such failover plan."))
    }

    /// Takes an action on: from here on its operation runs, whatever becomes of the answer.
    pub(super) fn act(
        &mut self,
        now: Timestamp,
        session: u32,
        id: &str,
        action: Option<&str>,
        incoming: &Incoming,
    ) -> Result<Reply, Refusal> {
        let plan = self.find_plan(id)?.id.clone();
        let action = action
            .and_then(Action::parse)
            .ok_or_else(|| Refusal::new(400, "The action can be 'start' or 'undo'."))?;
        check_body(action, incoming)?;
        let script = self.scripts.get(&(plan.clone(), action));
        let script = script.unwrap_or(&self.default_script).clone();
        let task = Task {
            id: self.name_task(session),
            session,
            plan: plan.clone(),
            action,
            accepted: now,
            script,
            listed: true,
            stopped: false,
            settled: false,
        };
        let event = Event::Accepted { plan, action, session, task: task.id.clone() };
        self.ledger.push(Entry { at: now, event });
        // The answer says Running even if the script takes no time: 202 means queued.
        let document = document::task(&self.base, &task.view(Progress::Running));
        self.tasks.push(task);
        Ok(Reply::new(202, document))
    }
}

/// A start needs its spec, and an undo takes no body.
fn check_body(action: Action, incoming: &Incoming) -> Result<(), Refusal> {
    match (action, incoming.body_media()) {
        (Action::Undo, _) if incoming.body.is_empty() => Ok(()),
        (Action::Undo, _) => Err(Refusal::new(400, "The undo takes no body.")),
        (Action::Start, None) => Err(Refusal::new(400, "The body is neither XML nor JSON.")),
        (Action::Start, Some(media)) => {
            let spec = StartSpec::read(&incoming.body, media);
            spec.map(|_| ()).map_err(|message| Refusal::new(400, message))
        }
    }
}
