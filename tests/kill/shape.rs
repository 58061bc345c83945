//! What is run: a runbook, the world in which it runs, and what in it is whose.

use std::time::Duration;

use em_api::protocol::PlanId;
use em_sim::{Action, DeleteTask, Ending, Habits, Plan, PlanState, Script, World};

/// The account of every lab.
pub(crate) const USER: &str = "LAB\\operator";
/// Its password; no text of the project has it.
pub(crate) const PASSWORD: &str = "canary-Qm7;pÄsswörd";

/// How many plans the widest shape works on, in each of its two layers.
const WIDE: usize = 3;

/// A runbook and its world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// `start-failover`, and a wait for its task.
    Start,
    /// `undo-failover`, and a wait for its task.
    Undo,
    /// An undo that takes too long, and is stopped by `cancel-on-timeout`.
    Cancel,
    /// Three undos beside each other, each followed by a start that waits for its success.
    Many,
}

/// A step that sends an action: its name, the plan, what is asked, and the step whose task has to
/// succeed first.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) step: String,
    pub(crate) plan: PlanId,
    pub(crate) action: Action,
    pub(crate) after: Option<PlanId>,
}

impl Shape {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Start, Self::Undo, Self::Cancel, Self::Many];

    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Undo => "undo",
            Self::Cancel => "cancel",
            Self::Many => "many",
        }
    }

    /// Returns the steps that act.
    pub(crate) fn acts(self) -> Vec<Act> {
        let act = |step: &str, plan: &str, action, after: Option<&str>| Act {
            step: step.to_owned(),
            plan: id(plan),
            action,
            after: after.map(id),
        };
        match self {
            Self::Start => vec![act("act", "p1", Action::Start, None)],
            Self::Undo | Self::Cancel => vec![act("act", "p1", Action::Undo, None)],
            Self::Many => (0..WIDE)
                .flat_map(|number| {
                    let (one, two) = (format!("a{number}"), format!("b{number}"));
                    let first = act(&one, &one, Action::Undo, None);
                    [first, act(&two, &two, Action::Start, Some(&one))]
                })
                .collect(),
        }
    }

    /// Returns the runbook.
    pub(crate) fn runbook(self) -> String {
        let mut text = format!("runbook: v1\nname: {}\nsteps:\n", self.name());
        for Act { step, plan, action, after } in self.acts() {
            let uses = match action {
                Action::Start => "start-failover",
                Action::Undo => "undo-failover",
            };
            let needs = after.map(|plan| format!(", needs: w_{plan}")).unwrap_or_default();
            let line = format!("  {step}: {{ uses: {uses}, with: {{ plan: {plan} }}{needs} }}\n");
            text.push_str(&line);
            let timeout = if self == Self::Cancel { "400ms" } else { "10m" };
            let line = format!(
                "  w_{step}: {{ uses: wait-task, with: {{ task: {step} }}, timeout: {timeout} }}\n"
            );
            text.push_str(&line);
        }
        if self == Self::Cancel {
            text.push_str(
                "  stop: { uses: cancel-on-timeout, with: { task: act, watch: w_act, settle: 1s } }\n",
            );
        }
        text
    }

    /// Makes the world.
    pub(crate) fn world(self) -> World {
        let mut world = World::new(1, USER, PASSWORD);
        for Act { plan, action, .. } in self.acts() {
            let state = match action {
                Action::Start => PlanState::Ready,
                Action::Undo => PlanState::FailedOver,
            };
            let name = plan.to_string();
            world.add_plan(Plan::new(plan, name, &["vm01"]), state);
        }
        let running = if self == Self::Cancel { 2500 } else { 20 };
        world.set_default_script(Script {
            delay_running: Duration::from_millis(running),
            delay_operation_finished: Duration::ZERO,
            ending: Ending::Success,
        });
        if self == Self::Cancel {
            world.set_habits(Habits { delete_task: DeleteTask::Stops, ..Habits::default() });
        }
        world
    }
}

fn id(text: &str) -> PlanId {
    PlanId::parse(text).expect("the id of a plan")
}
