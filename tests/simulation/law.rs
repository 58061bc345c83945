//! What is always true of a run, judged by the world's own ledger, which the engine never sees.

use std::collections::{BTreeMap, BTreeSet};

use em_api::protocol::{Method, PlanId};
use em_sim::{Action, Event as Truth};
use runbook_core::event::{Event, LaneEvent, LaneId, Rule, Ruling, Ticket, Verdict, What};
use runbook_core::graph::Edge;
use runbook_core::journal;
use runbook_core::report::{Report, StepReport};
use runbook_core::run::Run;
use runbook_core::step::{StepId, StepResult};

use super::bench::Record;
use super::books::{deed, named};

type Law = fn(&Record) -> Vec<String>;

/// Every law, by what it says.
const LAWS: [(&str, Law); 14] = [
    ("nothing is accepted twice", accepted_once),
    ("what is sent was intended, and only once", sent_once),
    ("each intent has one end, and a new one comes only after proof", intents_end_once),
    ("one action of a lane is open at a time, and none after an unclear one", lanes_act_singly),
    ("no step starts before what it needs, and each ends once", order_is_kept),
    ("a wait that succeeded or failed says what the task says", waits_are_true),
    ("an action that succeeded was accepted, one that failed was not", actions_are_true),
    ("all that was accepted is in the report", nothing_is_forgotten),
    ("the verdict is what the truth allows", verdict_is_true),
    ("the journal holds what was kept, and no secret", journal_is_whole),
    ("a replay gives the same report", replay_is_equal),
    ("after the end sessions close, and nothing else happens", ends_are_final),
    ("what was accepted is followed, whatever fails beside it", followed),
    ("sessions are left open only where they are needed, or were lost", sessions_close),
];

/// Returns what was broken, each with the law.
pub(crate) fn broken(record: &Record) -> Vec<String> {
    let mut broken = record.violations.clone();
    for (law, judge) in LAWS {
        broken.extend(judge(record).into_iter().map(|what| format!("{law}: {what}")));
    }
    broken
}

struct Accepted<'a> {
    plan: &'a PlanId,
    action: Action,
    session: u32,
    task: String,
}

fn accepted(record: &Record) -> Vec<Accepted<'_>> {
    let events = record.world.ledger().iter().map(|entry| &entry.event);
    events
        .filter_map(|event| match event {
            Truth::Accepted { plan, action, session, task } => {
                let (action, session, task) = (*action, *session, task.to_string());
                Some(Accepted { plan, action, session, task })
            }
            _ => None,
        })
        .collect()
}

/// How the operation of a step came out in the world; none while it goes on, or never began.
fn truth(record: &Record, step: &StepId) -> Option<bool> {
    let (plan, action) = deed(&record.plan, step)?;
    let accepted = accepted(record);
    let own = accepted.iter().find(|own| *own.plan == plan && own.action == action)?;
    record.world.ledger().iter().find_map(|entry| match &entry.event {
        Truth::Completed { session, task, done, .. }
            if *session == own.session && task.as_str() == own.task =>
        {
            Some(*done)
        }
        Truth::TaskDeleted { session, task, stopped: true }
            if *session == own.session && task.as_str() == own.task =>
        {
            Some(false)
        }
        _ => None,
    })
}

fn lane_events(record: &Record) -> impl Iterator<Item = &LaneEvent> {
    record.events.iter().filter_map(|event| match &event.what {
        What::Lane(event) => Some(event),
        _ => None,
    })
}

fn steps(record: &Record) -> impl Iterator<Item = (StepId, &StepReport)> {
    let ids = record.plan.steps().iter().map(|step| step.id.clone());
    ids.zip(&record.report.steps)
}

fn accepted_once(record: &Record) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let accepted = accepted(record);
    let twice = accepted.iter().filter(|own| !seen.insert((own.plan, own.action)));
    twice.map(|own| format!("{:?} of {} was accepted again", own.action, own.plan)).collect()
}

fn sent_once(record: &Record) -> Vec<String> {
    let mut broken = Vec::new();
    let posts = |target: &str| {
        let is_post = |method, sent: &str| method == Method::Post && sent == target;
        record.sent.iter().filter(|sent| is_post(sent.method, &sent.target)).count()
    };
    let mut intents: BTreeMap<&str, usize> = BTreeMap::new();
    for event in lane_events(record) {
        if let LaneEvent::Intended { intent, .. } = event
            && intent.method == Method::Post
        {
            *intents.entry(&intent.target).or_default() += 1;
        }
    }
    let actions = record.sent.iter().filter(|sent| sent.target.contains("action="));
    for target in actions.map(|sent| sent.target.as_str()).collect::<BTreeSet<_>>() {
        let (sent, intended) = (posts(target), intents.remove(target).unwrap_or(0));
        // What a process wrote down and did not come to send, no later one sends for it.
        if sent > intended || (record.deaths == 0 && sent != intended) {
            broken.push(format!("{target}: {intended} intents, sent {sent} times"));
        }
    }
    if record.deaths > 0 {
        return broken;
    }
    broken.extend(intents.keys().map(|target| format!("{target}: intended, and never sent")));
    broken
}

/// Where an intent is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Open,
    Unanswered,
    ProvenNothing,
    Over,
}

fn intents_end_once(record: &Record) -> Vec<String> {
    let mut lives: BTreeMap<&Ticket, Life> = BTreeMap::new();
    let mut broken = Vec::new();
    for event in &record.events {
        let event = match &event.what {
            What::Lane(event) => event,
            What::Ruled(Ruling { step, rule: Rule::NotHappened, .. }) => {
                lives.retain(|ticket, _| ticket.step != *step);
                continue;
            }
            _ => continue,
        };
        let (ticket, from, to): (_, &[Life], _) = match event {
            LaneEvent::Intended { ticket, intent, .. } => {
                let old = lives.insert(ticket, Life::Open);
                // A later process may repeat the wish to stop a task.
                let repeats = intent.operation.is_none() && old == Some(Life::Open);
                if !repeats && !matches!(old, None | Some(Life::ProvenNothing)) {
                    broken.push(format!("{event:?} after {old:?}"));
                }
                continue;
            }
            LaneEvent::Done { ticket } => (ticket, &[Life::Open], Life::Over),
            // The wish to stop a task is not looked for, so it may be undecided at once.
            LaneEvent::Accepted { ticket, .. } | LaneEvent::Undecided { ticket, .. } => {
                (ticket, &[Life::Open, Life::Unanswered], Life::Over)
            }
            LaneEvent::Unanswered { ticket, .. } => (ticket, &[Life::Open], Life::Unanswered),
            LaneEvent::Refused { ticket, .. } | LaneEvent::NotSent { ticket, .. } => {
                (ticket, &[Life::Open], Life::ProvenNothing)
            }
            _ => continue,
        };
        let old = lives.insert(ticket, to);
        if !old.is_some_and(|old| from.contains(&old)) {
            broken.push(format!("{event:?} after {old:?}"));
        }
    }
    broken
}

fn lanes_act_singly(record: &Record) -> Vec<String> {
    let mut broken = Vec::new();
    let mut acting: BTreeMap<LaneId, &Ticket> = BTreeMap::new();
    let mut unclear: BTreeSet<LaneId> = BTreeSet::new();
    for event in lane_events(record) {
        match event {
            LaneEvent::Intended { lane, ticket, intent } if intent.operation.is_some() => {
                let busy = acting.insert(*lane, ticket).is_some() || unclear.contains(lane);
                broken.extend(busy.then(|| format!("{event:?}")));
            }
            LaneEvent::Undecided { ticket, .. } => {
                let lane = acting.iter().find(|(_, by)| **by == ticket).map(|(lane, _)| *lane);
                unclear.extend(lane);
                acting.retain(|_, by| *by != ticket);
            }
            LaneEvent::Accepted { ticket, .. }
            | LaneEvent::Done { ticket }
            | LaneEvent::Refused { ticket, .. }
            | LaneEvent::NotSent { ticket, .. } => acting.retain(|_, by| *by != ticket),
            _ => {}
        }
    }
    broken
}

fn order_is_kept(record: &Record) -> Vec<String> {
    // Spelled out again: the engine's own word for it is under test.
    use StepResult::{Skipped, Succeeded, Warned};
    let mut ended: BTreeMap<&StepId, StepResult> = BTreeMap::new();
    let mut started = BTreeSet::new();
    let mut broken = Vec::new();
    for event in &record.events {
        match &event.what {
            What::StepStarted { step } => {
                let place = record.plan.find(step).expect("a step of the plan");
                for (need, edge) in record.plan.graph().needs(place) {
                    let result = ended.get(&record.plan.steps()[need].id);
                    let fits = |result: &StepResult| {
                        edge == Edge::Watch || matches!(result, Succeeded | Warned | Skipped)
                    };
                    if !result.is_some_and(fits) {
                        broken.push(format!("`{step}` starts while a need is {result:?}"));
                    }
                }
                if !started.insert(step) {
                    broken.push(format!("`{step}` starts again"));
                }
            }
            What::StepEnded { step, ending } => {
                let again = ended.insert(step, ending.result).is_some();
                broken.extend(again.then(|| format!("`{step}` ends again")));
            }
            What::StepReopened { step } => {
                reopen(&mut ended, &mut started, Some(step));
            }
            What::Ruled(Ruling { step, rule, .. }) => {
                let anew = matches!(rule, Rule::NotHappened | Rule::Retry);
                reopen(&mut ended, &mut started, anew.then_some(step));
                let result = match rule {
                    Rule::Happened => Succeeded,
                    Rule::Failed => StepResult::Failed,
                    Rule::Skip => Skipped,
                    Rule::NotHappened | Rule::Retry => continue,
                };
                ended.insert(step, result);
            }
            _ => {}
        }
    }
    let all = record.plan.steps().len();
    let stopped = record.report.stopped.is_some();
    if !stopped && ended.len() != all {
        broken.push(format!("{} of {all} steps have ended, and nothing stopped it", ended.len()));
    }
    broken
}

/// A step is begun anew, and what was blocked with it.
fn reopen<'a>(
    ended: &mut BTreeMap<&'a StepId, StepResult>,
    started: &mut BTreeSet<&'a StepId>,
    step: Option<&'a StepId>,
) {
    let anew = |id: &StepId, result: StepResult| {
        result == StepResult::Blocked || step.is_some_and(|step| step == id)
    };
    for id in ended.extract_if(.., |id, result| anew(id, *result)).map(|(id, _)| id) {
        started.remove(id);
    }
}

fn ruled(record: &Record, step: &StepId) -> Option<Rule> {
    record.events.iter().rev().find_map(|event| match &event.what {
        What::Ruled(ruling) if ruling.step == *step => Some(ruling.rule),
        _ => None,
    })
}

fn waits_are_true(record: &Record) -> Vec<String> {
    let mut broken = Vec::new();
    for (id, step) in steps(record) {
        let Some(of) = named(&record.plan, &id, "task") else { continue };
        let truth = truth(record, &of);
        let is_true = match step.result {
            Some(StepResult::Succeeded) => truth == Some(true),
            Some(StepResult::Failed) => truth == Some(false),
            Some(StepResult::Cancelled) => false,
            _ => true,
        };
        if !is_true {
            broken.push(format!("`{id}` is {:?} and the task {truth:?}", step.result));
        }
    }
    broken
}

fn actions_are_true(record: &Record) -> Vec<String> {
    let mut broken = Vec::new();
    let accepted = accepted(record);
    for (id, step) in steps(record) {
        let Some((plan, action)) = deed(&record.plan, &id) else { continue };
        let own = accepted.iter().find(|own| *own.plan == plan && own.action == action);
        let is_true = match step.result {
            Some(StepResult::Succeeded) if ruled(record, &id) == Some(Rule::Happened) => {
                own.is_some()
            }
            Some(StepResult::Failed) if ruled(record, &id) == Some(Rule::Failed) => own.is_some(),
            Some(StepResult::Succeeded) => own.is_some_and(|own| {
                step.message.ends_with(&format!("as {}", own.task)) && step.grade.is_some()
            }),
            Some(StepResult::Unknown) => true,
            Some(_) => own.is_none(),
            None => own.is_none() || step.attempts > 0,
        };
        if !is_true {
            let task = own.map(|own| &own.task);
            broken.push(format!(
                "`{id}` is {:?} ({}), and EM has {task:?}",
                step.result, step.message
            ));
        }
    }
    broken
}

fn nothing_is_forgotten(record: &Record) -> Vec<String> {
    let mut broken = Vec::new();
    for own in accepted(record) {
        let step = steps(record)
            .find(|(id, _)| deed(&record.plan, id) == Some((own.plan.clone(), own.action)));
        let told = step.is_some_and(|(id, step)| match step.result {
            Some(StepResult::Succeeded | StepResult::Unknown) => step.attempts > 0,
            Some(StepResult::Failed) => ruled(record, &id) == Some(Rule::Failed),
            Some(_) => false,
            // Cut short by a stop: the report must say that something may have been sent.
            None => {
                let said = format!("`{id}` had written down an action");
                let remarked = record.report.remarks.iter().any(|remark| remark.starts_with(&said));
                record.report.stopped.is_some() && remarked
            }
        });
        if !told {
            broken.push(format!("{:?} of {}", own.action, own.plan));
        }
    }
    broken
}

fn verdict_is_true(record: &Record) -> Vec<String> {
    let report = &record.report;
    let results: Vec<_> = report.steps.iter().map(|step| step.result).collect();
    let any = |wanted| results.contains(&Some(wanted));
    let acted = accepted(record);
    let waits = |own: &Accepted<'_>| {
        record.plan.steps().iter().map(|step| &step.id).any(|id| {
            let of = named(&record.plan, id, "task");
            of.and_then(|of| deed(&record.plan, &of)) == Some((own.plan.clone(), own.action))
        })
    };
    let undone = |own: &&Accepted<'_>| {
        let own_deed = Some((own.plan.clone(), own.action));
        let id = record.plan.steps().iter().find(|step| deed(&record.plan, &step.id) == own_deed);
        waits(own) && id.is_some_and(|step| truth(record, &step.id) != Some(true))
    };
    let all_ended = results.iter().all(Option::is_some);
    let is_true = match report.verdict {
        Verdict::Done => {
            all_ended && acted.iter().find(undone).is_none() && !any(StepResult::Failed)
        }
        Verdict::Unknown => {
            any(StepResult::Unknown) || has_an_open_action(record) || has_an_untold_time_out(record)
        }
        Verdict::NotReady => acted.is_empty() && any(StepResult::Failed),
        Verdict::Unreachable => acted.is_empty() && report.stopped.is_some(),
        Verdict::Interrupted => {
            report.stopped.is_some() && !any(StepResult::Unknown) && !has_an_open_action(record)
        }
        Verdict::Failed => {
            all_ended
                && !any(StepResult::Unknown)
                && (any(StepResult::Failed) || any(StepResult::TimedOut))
        }
        // Nobody else is at work in these worlds, but a logon of a process that died may live.
        Verdict::Locked => acted.is_empty() && record.deaths > 0 && report.stopped.is_some(),
        Verdict::Waiting => false,
    };
    if is_true { Vec::new() } else { vec![format!("{:?} with {results:?}", report.verdict)] }
}

/// Tells whether a wait came to the end of its time, and its watch never looked.
fn has_an_untold_time_out(record: &Record) -> bool {
    let ended = |id: &StepId, wanted| {
        let place = record.plan.find(id);
        place.is_some_and(|place| record.report.steps[place].result == Some(wanted))
    };
    record.plan.steps().iter().any(|watch| {
        let watched = named(&record.plan, &watch.id, "watch");
        ended(&watch.id, StepResult::Blocked)
            && watched.is_some_and(|watched| ended(&watched, StepResult::TimedOut))
    })
}

/// Tells whether an action was written down and has no end.
fn has_an_open_action(record: &Record) -> bool {
    let mut open = BTreeSet::new();
    for event in &record.events {
        let What::Lane(event) = &event.what else { continue };
        match event {
            LaneEvent::Intended { ticket, intent, .. } if intent.operation.is_some() => {
                open.insert(ticket);
            }
            LaneEvent::Accepted { ticket, .. }
            | LaneEvent::Done { ticket }
            | LaneEvent::Refused { ticket, .. }
            | LaneEvent::NotSent { ticket, .. }
            | LaneEvent::Undecided { ticket, .. } => {
                open.remove(ticket);
            }
            _ => {}
        }
    }
    !open.is_empty()
}

fn kept(record: &Record) -> Vec<Event> {
    record.events.iter().filter(|event| event.what.is_kept()).cloned().collect()
}

fn journal_is_whole(record: &Record) -> Vec<String> {
    let mut broken = Vec::new();
    match journal::read(&record.journal) {
        Ok(read) if read.events == kept(record) && !read.is_torn => {}
        Ok(_) => broken.push("it holds something else than what was kept".to_owned()),
        Err(error) => broken.push(error.to_string()),
    }
    let text = String::from_utf8_lossy(&record.journal);
    let report = record.report.json();
    let secrets = record.secrets.iter().map(String::as_str).chain([super::bench::PASSWORD]);
    let told = secrets.filter(|secret| text.contains(secret) || report.contains(secret));
    broken.extend(told.map(|secret| format!("the secret {secret} is in it")));
    broken
}

fn replay_is_equal(record: &Record) -> Vec<String> {
    let plan = std::sync::Arc::clone(&record.plan);
    match Run::replay(plan, record.settings.clone(), &kept(record)) {
        Ok(run) if Report::of(&run) == record.report => Vec::new(),
        Ok(_) => vec!["it gives another report".to_owned()],
        Err(error) => vec![error.to_string()],
    }
}

fn ends_are_final(record: &Record) -> Vec<String> {
    let begins = |event: &Event| matches!(event.what, What::Resumed(_));
    let is_end = |event: &Event| matches!(event.what, What::Closed { .. } | What::LeftOpen { .. });
    // Sessions may still open, of a logon that was under way, and close. People rule.
    let may_follow = |event: &&Event| {
        let What::Lane(event) = &event.what else { return matches!(event.what, What::Ruled(_)) };
        matches!(
            event,
            LaneEvent::Opened { .. }
                | LaneEvent::Closed { .. }
                | LaneEvent::Lost { .. }
                | LaneEvent::Troubled { .. }
        )
    };
    let processes: Vec<_> = record.events.chunk_by(|_, next| !begins(next)).collect();
    let mut broken = Vec::new();
    for (nth, events) in processes.iter().enumerate() {
        let Some(end) = events.iter().position(is_end) else {
            let died = nth + 1 < processes.len();
            broken.extend((!died).then(|| "it has no end".to_owned()));
            continue;
        };
        let after = events[end + 1..].iter().filter(|event| !may_follow(event));
        broken.extend(after.map(|event| format!("{event:?}")));
    }
    broken
}

fn followed(record: &Record) -> Vec<String> {
    let mut broken = Vec::new();
    for (id, step) in steps(record) {
        let Some(of) = named(&record.plan, &id, "task") else { continue };
        let accepted =
            steps(record).any(|(id, step)| id == of && step.result == Some(StepResult::Succeeded));
        let watches = named(&record.plan, &id, "watch").is_some();
        if accepted
            && !watches
            && ruled(record, &of).is_none()
            && step.result == Some(StepResult::Blocked)
        {
            broken.push(format!("`{id}` was blocked: {}", step.message));
        }
    }
    broken
}

fn sessions_close(record: &Record) -> Vec<String> {
    // Whoever is stopped sends nothing more, and a lost or unclear answer leaves sessions behind.
    let troubled = lane_events(record).any(|event| {
        matches!(
            event,
            LaneEvent::Troubled { .. } | LaneEvent::Lost { .. } | LaneEvent::Undecided { .. }
        )
    });
    let alone = record.deaths == 0 && record.boundaries.len() == 1;
    let whole = record.report.verdict == Verdict::Done && record.report.stopped.is_none();
    let truth = || record.world.ledger().iter().map(|entry| &entry.event);
    let opened = truth().filter(|event| matches!(event, Truth::LoggedOn { .. })).count();
    let closed = truth().filter(|event| matches!(event, Truth::LoggedOut { .. })).count();
    let calm = record.fired.keys().all(|twist| twist == "fine");
    if whole && calm && !troubled && alone && opened != closed {
        return vec![format!("{opened} sessions were opened and {closed} closed")];
    }
    Vec::new()
}
