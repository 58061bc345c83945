//! The checker: what the program says of a case, beside what the server knows to be true.

use std::collections::BTreeMap;

use em_api::protocol::Method;
use em_sim::Event;
use serde_json::Value as Json;

use crate::canary::Canaries;
use crate::lab::Story;
use crate::record::{accepted, results};
use crate::shape::{Act, PASSWORD, Shape, USER};

/// What a case came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its run is closed with the verdict that is true.
    Truth,
    /// An operator is wanted, for an action that EM never took on.
    Unknown,
    /// An operator is wanted, though EM could have been asked.
    Needless,
}

/// Compares; returns what it came to, and every promise that was broken.
pub(crate) fn check(shape: Shape, story: &Story, before_rulings: Option<&[String]>) -> Checked {
    let mut check =
        Check { shape, story, results: results(&story.report.stdout), broken: Vec::new() };
    for act in shape.acts() {
        check.action(&act);
    }
    check.order();
    check.verdict();
    check.files();
    check.secrets();
    let outcome = match before_rulings {
        None => Outcome::Truth,
        Some(unknown) if unknown.iter().all(|step| check.never_came(step)) => Outcome::Unknown,
        Some(_) => Outcome::Needless,
    };
    Checked { outcome, broken: check.broken }
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) outcome: Outcome,
    pub(crate) broken: Vec<String>,
}

struct Check<'a> {
    shape: Shape,
    story: &'a Story,
    results: BTreeMap<String, String>,
    broken: Vec<String>,
}

impl Check<'_> {
    fn claim(&mut self, is_so: bool, otherwise: impl FnOnce() -> String) {
        if !is_so {
            self.broken.push(otherwise());
        }
    }

    fn result(&self, step: &str) -> &str {
        self.results.get(step).map_or("missing", String::as_str)
    }

    fn accepted(&self, act: &Act) -> usize {
        accepted(&self.story.ledger, |plan| plan == act.plan.as_str())
    }

    fn is_done(&self, act: &Act) -> bool {
        let events = self.story.ledger.iter().map(|entry| &entry.event);
        let is_it = |event: &Event| matches!(event, Event::Completed { plan, done: true, .. } if *plan == act.plan);
        events.into_iter().any(is_it)
    }

    fn is_stopped(&self) -> bool {
        let events = self.story.ledger.iter().map(|entry| &entry.event);
        events.into_iter().any(|event| matches!(event, Event::TaskDeleted { stopped: true, .. }))
    }

    /// An unknown step whose action EM has not taken on when it was said to be unknown. One that
    /// was ruled not to have happened, and was sent anew, is such a one.
    fn never_came(&self, step: &str) -> bool {
        if step == "stop" {
            // EM shows a task no more once its stop was asked for twice, and that proves nothing.
            let events = self.story.ledger.iter().map(|entry| &entry.event);
            return events.into_iter().any(|event| matches!(event, Event::TaskDeleted { .. }));
        }
        let acts = self.shape.acts();
        let act = acts.iter().find(|act| act.step == step);
        act.is_some_and(|act| {
            self.accepted(act) == 0
                || self.story.processes.iter().any(|process| {
                    process
                        .arguments
                        .starts_with(&format!("resolve latest {step} --as not-happened"))
                })
        })
    }

    /// No action accepted twice, none accepted missing from the report, no success without truth.
    fn action(&mut self, act: &Act) {
        let (taken, step) = (self.accepted(act), act.step.as_str());
        self.claim(taken <= 1, || format!("`{step}` was taken on {taken} times"));
        let path = format!("{}?action", act.plan);
        let sent = self.story.requests.iter().filter(|seen| {
            seen.method == Method::Post
                && seen.target.to_ascii_lowercase().contains(&path.to_ascii_lowercase())
        });
        let (sent, meant) = (sent.count(), self.story.record.posts(step));
        self.claim(sent <= meant, || format!("`{step}` was sent {sent} times on {meant} intents"));
        let word = self.result(step).to_owned();
        let waited = self.result(&format!("w_{step}")).to_owned();
        let (is_taken, is_done) = (taken > 0, self.is_done(act));
        let is_said = matches!(word.as_str(), "succeeded" | "unknown");
        self.claim(!is_taken || is_said, || format!("EM has taken `{step}`, which is {word}"));
        self.claim(is_taken || word != "succeeded", || {
            format!("`{step}` succeeded, and EM has never taken it")
        });
        self.claim(is_done || waited != "succeeded", || {
            format!("the wait for `{step}` succeeded, and the plan is not as asked")
        });
        let is_failed = matches!(waited.as_str(), "failed" | "cancelled");
        self.claim(!(is_done && is_failed), || {
            format!("the wait for `{step}` is {waited}, and the plan is as asked")
        });
    }

    /// Nothing is begun before what it needs has succeeded.
    fn order(&mut self) {
        let at = |wanted: &dyn Fn(&Event) -> bool| {
            self.story.ledger.iter().position(|entry| wanted(&entry.event))
        };
        let mut early = Vec::new();
        for act in self.shape.acts() {
            let Some(needed) = &act.after else { continue };
            let taken =
                at(&|event| matches!(event, Event::Accepted { plan, .. } if *plan == act.plan));
            let done = at(
                &|event| matches!(event, Event::Completed { plan, done: true, .. } if plan == needed),
            );
            if taken.is_some_and(|taken| done.is_none_or(|done| taken < done)) {
                early.push(format!("`{}` was taken on before `{needed}` was done", act.step));
            }
        }
        self.broken.extend(early);
    }

    /// The verdict is the truth, and all that say it agree.
    fn verdict(&mut self) {
        let last = self.story.processes.last();
        let (code, said) = last.map_or((None, ""), |ended| (ended.code(), ended.stderr.as_str()));
        let said = said.to_owned();
        let hangs = self.story.processes.iter().any(|process| process.hangs);
        self.claim(!hangs, || "a process did not end".to_owned());
        let all_done = self.shape.acts().iter().all(|act| self.is_done(act));
        let is_true = match code {
            Some(0) => all_done,
            Some(1) => self.shape == Shape::Cancel && self.is_stopped() && !all_done,
            Some(7) => true,
            _ => false,
        };
        self.claim(is_true, || format!("the last process ended with {code:?}: {said}"));
        let report: Json = serde_json::from_str(&self.story.report.stdout).unwrap_or_default();
        let reported = report["exit_code"].as_i64();
        self.claim(reported == code.map(i64::from), || {
            format!("the report says {reported:?}, the last process {code:?}")
        });
        let verified = (self.story.verified.code(), &self.story.verified.stderr);
        let words = format!("the chain does not verify: {verified:?}");
        self.claim(verified.0 == Some(0), || words);
        let runs = self.story.record.runs();
        self.claim(runs == 1, || format!("there are {runs} runs"));
    }

    /// What a closed run must not leave.
    fn files(&mut self) {
        let report: Json = serde_json::from_str(&self.story.report.stdout).unwrap_or_default();
        let Some(run) = self.story.run() else { return };
        if report["is_open"] == Json::Bool(false) {
            for name in ["sessions.sealed", "sessions.new"] {
                let is_there = run.join(name).exists();
                self.claim(!is_there, || format!("{name} is still there"));
            }
        }
    }

    /// No password, token or session id in any file or output.
    fn secrets(&mut self) {
        let mut secrets =
            vec![("password", PASSWORD.to_owned()), ("account", format!("{USER}:{PASSWORD}"))];
        secrets.extend(self.story.secrets.iter().map(|secret| ("session", secret.clone())));
        let canaries = Canaries::new(&secrets);
        let mut found = canaries.found_below(&self.story.state(), &[]);
        let more = [&self.story.report, &self.story.verified];
        for process in self.story.processes.iter().chain(more) {
            for said in [&process.stdout, &process.stderr] {
                found.extend(canaries.found_in(&process.arguments, said.as_bytes()));
            }
        }
        self.broken.extend(found);
    }
}
