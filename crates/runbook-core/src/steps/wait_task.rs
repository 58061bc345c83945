//! `wait-task`: follows the task of another step to its end.

use std::time::Duration;

use em_api::protocol::{Task, TaskOutcome};
use serde::{Deserialize, Serialize};

use crate::document::Value;
use crate::step::{
    CallId, Decl, Effect, Ending, Machine, Output, Param, ParamType, Repeat, Setting, Snapshot,
    StepEffect, StepId, StepInput, StepResult, StepTurn, StepType, Touch,
};
use crate::time::{Timestamp, Words};

const FOLLOW: CallId = CallId(1);

/// The step type.
pub(crate) struct WaitTask;

/// What stands under `with:`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    task: StepId,
    #[serde(default)]
    until: Until,
}

/// How far a task is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Until {
    /// To the end of the session it links to, where it links to one.
    #[default]
    Outcome,
    /// To its own end.
    Task,
}

impl StepType for WaitTask {
    const DECL: Decl = Decl {
        kind: "wait-task",
        summary: "Follows the task of another step to its end.",
        params: &[
            Param {
                name: "task",
                is: ParamType::Step,
                required: true,
                default: None,
                about: "The step whose task is followed.",
            },
            Param {
                name: "until",
                is: ParamType::OneOf(&["outcome", "task"]),
                required: false,
                default: Some("outcome"),
                about: "`outcome` also wants the end of the session that the task links to; \
                        `task` is content with the task.",
            },
        ],
        outputs: &[
            Output { name: "task", is: ParamType::String, about: "The task's name." },
            Output { name: "operation", is: ParamType::String, about: "What EM calls it." },
        ],
        effect: Effect::Read,
        repeat: Repeat::Harmless,
        timeout: Some(Duration::from_mins(30)),
        undone_by: None,
        proof: "EM shows the task `Finished` with `Success=\"true\"`, in the logon session in \
                which it was created. A result is read in that state only.",
        investigate: "The task is asked for again while its logon session lives.",
        more: "When its time is over and a `cancel-on-timeout` watches it, it ends `timed-out` \
               and the watch decides. Without a watch it ends `unknown`: the task is left \
               alone, still running.\n\nFailover plan tasks link to no session. A task that does \
               link to one is only the trigger of the work: this version does not follow such \
               sessions yet, and says `unknown` rather than guess.",
        example: "\
runbook: v1
name: undo-erp
steps:
  undo: { uses: undo-failover, with: { plan: ERP-DR } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 30m }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait } }
",
    };
    type Spec = Spec;
    type Machine = WaitTaskMachine;

    fn touches(_: &Value) -> Vec<Touch> {
        Vec::new()
    }

    fn begin(spec: Spec, setting: &Setting) -> WaitTaskMachine {
        WaitTaskMachine {
            of: spec.task,
            until: spec.until,
            timeout: setting.timeout.unwrap_or_default(),
            watched: setting.watched,
            following: false,
        }
    }
}

/// | state | input | then |
/// | --- | --- | --- |
/// | new | begin | following: follow the task |
/// | following | the task, not finished | nothing |
/// | following | finished with success | succeeded; unknown where a session is linked |
/// | following | finished without success | failed |
/// | following | finished, and no result can be read | unknown |
/// | following | gone, or its logon session lost | unknown |
/// | following | deadline | timed-out where something watches, else unknown |
/// | any | anything else | nothing |
pub(crate) struct WaitTaskMachine {
    of: StepId,
    until: Until,
    timeout: Duration,
    watched: bool,
    following: bool,
}

/// What changes the machine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Note {
    /// The task is followed.
    Following,
}

impl WaitTaskMachine {
    fn observed(&self, snapshot: &Snapshot) -> Option<Ending> {
        let of = &self.of;
        match snapshot {
            Snapshot::Task(task) => self.judged(task),
            Snapshot::Gone => Some(Ending::new(
                StepResult::Unknown,
                format!(
                    "EM no longer knows the task of `{of}`: deleted by someone, or EM was \
                     restarted; the operation itself may go on"
                ),
            )),
            Snapshot::Lost(why) => Some(Ending::new(
                StepResult::Unknown,
                format!(
                    "the logon session of the task of `{of}` is lost ({why}), and with it every \
                     sight of the task; the operation itself may go on"
                ),
            )),
            Snapshot::None => {
                Some(Ending::new(StepResult::Failed, format!("step `{of}` has no task")))
            }
        }
    }

    fn judged(&self, task: &Task) -> Option<Ending> {
        let (id, operation) = (&task.id, &task.operation);
        let ending = match task.outcome() {
            TaskOutcome::Pending => return None,
            TaskOutcome::Succeeded { message } => match self.session(task) {
                Some(session) => Ending::new(
                    StepResult::Unknown,
                    format!(
                        "{id} ({operation}) finished, but it only started session `{session}`, \
                         which this version does not follow"
                    ),
                ),
                None => Ending::new(
                    StepResult::Succeeded,
                    format!("EM reports {id} ({operation}) finished with success{}", said(message)),
                )
                .acknowledging(&self.of),
            },
            TaskOutcome::Failed { message, .. } => Ending::new(
                StepResult::Failed,
                format!("EM reports {id} ({operation}) finished without success{}", said(message)),
            ),
            TaskOutcome::Unclear(why) => Ending::new(
                StepResult::Unknown,
                format!("{id} ({operation}) is over, but its result cannot be read: {why}"),
            ),
        };
        Some(ending.with("task", id.as_str()).with("operation", operation.as_str()))
    }

    fn session<'a>(&self, task: &'a Task) -> Option<&'a str> {
        let related = task.links.iter().find(|link| link.rel.eq_ignore_ascii_case("Related"));
        related.filter(|_| self.until == Until::Outcome).map(|link| link.href.as_str())
    }

    fn timed_out(&self) -> Ending {
        let (of, timeout) = (&self.of, Words(self.timeout));
        if self.watched {
            let message = format!("the task of `{of}` was not over after {timeout}");
            return Ending::new(StepResult::TimedOut, message);
        }
        let message = format!(
            "the task of `{of}` was not over after {timeout}; it was left alone and may still be \
             running"
        );
        Ending::new(StepResult::Unknown, message)
    }
}

impl Machine for WaitTaskMachine {
    type Note = Note;

    fn decide(&self, _: Timestamp, input: &StepInput) -> StepTurn<Note> {
        let ending = match (self.following, input) {
            (false, StepInput::Begin) => {
                let follow = StepEffect::Follow(FOLLOW, self.of.clone());
                return StepTurn::go(Note::Following, follow);
            }
            (true, StepInput::Observed(FOLLOW, snapshot)) => self.observed(snapshot),
            (true, StepInput::Deadline) => Some(self.timed_out()),
            _ => None,
        };
        ending.map_or_else(StepTurn::nothing, |ending| {
            StepTurn::end(ending).and(StepEffect::Abandon(FOLLOW))
        })
    }

    fn apply(&mut self, _: &Note) {
        self.following = true;
    }
}

/// What EM said beside the result, for the end of a sentence.
pub(super) fn said(message: Option<String>) -> String {
    message.map_or_else(String::new, |message| format!(", saying «{message}»"))
}
