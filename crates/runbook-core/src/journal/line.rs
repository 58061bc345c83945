//! The shape of a record on disk.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::event::{Rule, Verdict};
use crate::step::{Ending, StepId};

/// What a line says, beside its number, its times and its chain. The tag is the member `kind`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, strum::VariantNames)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Record {
    Opened {
        version: u32,
        run: String,
        engine: String,
        runbook: String,
        runbook_digest: String,
        plan_digest: String,
        target: String,
        address: String,
        trust: String,
    },
    Resumed {
        engine: String,
        by: String,
        because: Option<String>,
    },
    StepStarted {
        step: StepId,
    },
    StepChanged {
        step: StepId,
        note: Json,
    },
    StepEnded {
        step: StepId,
        ending: Ending,
    },
    StepReopened {
        step: StepId,
    },
    Ruled {
        step: StepId,
        rule: Rule,
        by: String,
        because: String,
    },
    LaneOpening {
        lane: u32,
    },
    LaneOpened {
        lane: u32,
        session_sha256: String,
    },
    LaneListed {
        lane: u32,
        tasks: Option<Vec<String>>,
    },
    LaneLost {
        lane: u32,
        why: String,
    },
    LaneRejoined {
        lane: u32,
    },
    LaneFenced {
        lane: u32,
        how: String,
    },
    LaneClosed {
        lane: u32,
    },
    OtherSessions {
        sessions_sha256: Vec<String>,
    },
    Intent {
        lane: u32,
        step: StepId,
        call: u32,
        attempt: u32,
        method: String,
        target: String,
        body: Option<Document>,
        operation: Option<String>,
        object: String,
    },
    Accepted {
        lane: u32,
        step: StepId,
        call: u32,
        task: String,
        adopted: bool,
    },
    Done {
        step: StepId,
        call: u32,
    },
    Refused {
        step: StepId,
        call: u32,
        status: u16,
        message: String,
    },
    NotSent {
        step: StepId,
        call: u32,
        reason: String,
    },
    Unanswered {
        step: StepId,
        call: u32,
        reason: String,
    },
    Undecided {
        step: StepId,
        call: u32,
        findings: Vec<String>,
    },
    StoppedBySignal {
        signal: String,
    },
    StoppedUnreachable {
        message: String,
    },
    StoppedSuperseded {
        message: String,
    },
    Closed {
        verdict: Verdict,
    },
    LeftOpen {
        verdict: Verdict,
    },
}

/// A document that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) media: String,
    pub(super) text: String,
}
