//! The steps that are running: since when, until when, and what EM says of their tasks.
//!
//! For whoever shows a run while nothing happens. It learns from events what it shows, so that a
//! shell can ask it at any time, on another thread than the run's.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use super::progress::to_the_second;
use super::{Told, safe, stamped};
use crate::event::{LaneEvent, What};
use crate::run::{Phase, Run};
use crate::step::StepId;
use crate::time::{Timestamp, Words};

/// How many steps a heartbeat names.
const NAMED: usize = 6;
/// How many letters of a name stand in a live line: a child of a list can have hundreds.
const NAME: usize = 40;

/// The steps that are running, in the order of the plan.
#[derive(Debug, Default)]
pub struct Running {
    /// `None` before the first event: a run that is resumed has steps that run already.
    rows: Option<BTreeMap<usize, Row>>,
    /// The last state of a step's task, in EM's word.
    seen: HashMap<StepId, String>,
}

#[derive(Debug)]
struct Row {
    step: StepId,
    since: Timestamp,
    deadline: Option<Timestamp>,
    /// The steps whose tasks are of interest: its own, and those it waits for.
    tasks: Vec<StepId>,
}

impl Running {
    /// Learns of an event, which the run has applied already.
    pub fn learn(&mut self, told: &Told<'_>) {
        let rows = self.rows.get_or_insert_with(|| {
            let places = 0..told.run.steps().len();
            places.filter_map(|place| Some((place, Row::of(told.run, place)?))).collect()
        });
        match &told.event.what {
            What::StepStarted { step }
            | What::StepEnded { step, .. }
            | What::StepReopened { step } => {
                let Some(place) = told.run.plan().find(step) else { return };
                match Row::of(told.run, place) {
                    Some(row) => rows.insert(place, row),
                    None => rows.remove(&place),
                };
            }
            What::Lane(LaneEvent::TaskSeen { step, state }) => {
                self.seen.insert(step.clone(), safe(state));
            }
            What::Closed { .. } | What::LeftOpen { .. } => rows.clear(),
            What::Opened(_)
            | What::Resumed(_)
            | What::StepChanged { .. }
            | What::Ruled(_)
            | What::Lane(_)
            | What::Stopped(_) => {}
        }
    }

    /// Says in one line what is running; none where nothing is. `now` is the run's clock, `wall`
    /// the wall clock at the same instant.
    pub fn heartbeat(&self, now: Timestamp, wall: Timestamp) -> Option<String> {
        let rows = self.rows.as_ref().filter(|rows| !rows.is_empty())?;
        let says = |row: &Row| {
            let past = now.since(row.since);
            let mut text = format!("{} for {}", row.step, seconds(past));
            let _ = write!(text, " (since {}", time_of_day(wall - past, wall));
            if let Some(deadline) = row.deadline {
                let until = (wall + deadline.since(now)) - now.since(deadline);
                let _ = write!(text, ", until {}", time_of_day(until, wall));
            }
            if let Some(state) = self.state(row) {
                let _ = write!(text, ", EM: {state}");
            }
            text + ")"
        };
        let mut named: Vec<_> = rows.values().take(NAMED).map(says).collect();
        if rows.len() > NAMED {
            named.push(format!("and {} more", rows.len() - NAMED));
        }
        Some(stamped(wall, &format!("still running: {}", named.join("; "))))
    }

    /// Says what is running in a line for each step, and in no more than `most` lines.
    pub fn lines(&self, now: Timestamp, most: usize) -> Vec<String> {
        let Some(rows) = &self.rows else { return Vec::new() };
        let shown = if rows.len() > most { most.saturating_sub(1) } else { rows.len() };
        let width = rows.values().take(shown).map(|row| row.name().chars().count()).max();
        let width = width.unwrap_or_default();
        let says = |row: &Row| {
            let past = seconds(now.since(row.since)).to_string();
            let mut text = format!("… {:width$}  {past:<7}", row.name());
            if let Some(state) = self.state(row) {
                let _ = write!(text, "  EM: {state}");
            }
            match row.deadline {
                Some(deadline) if deadline > now => {
                    let _ = write!(text, "  {} left", seconds(deadline.since(now)));
                }
                Some(_) => text.push_str("  its time is over"),
                None => {}
            }
            text.trim_end().to_owned()
        };
        let mut lines: Vec<_> = rows.values().take(shown).map(says).collect();
        if rows.len() > shown && most > 0 {
            lines.push(format!("… and {} more", rows.len() - shown));
        }
        lines
    }

    fn state(&self, row: &Row) -> Option<&str> {
        row.tasks.iter().find_map(|step| self.seen.get(step)).map(String::as_str)
    }
}

impl Row {
    fn name(&self) -> String {
        let name = self.step.as_str();
        match name.char_indices().nth(NAME) {
            Some((end, _)) => format!("{}…", &name[..end]),
            None => name.to_owned(),
        }
    }

    /// Returns the row of a step; none where it is not running.
    fn of(run: &Run, place: usize) -> Option<Self> {
        let Phase::Running { started, .. } = &run.steps()[place].phase else { return None };
        let planned = &run.plan().steps()[place];
        let needs = run.plan().graph().needs(place).map(|(need, _)| need);
        // A step without an action has no task.
        let acting = needs.filter(|need| run.steps()[*need].grade.is_some());
        let acting = acting.map(|need| run.plan().steps()[need].id.clone());
        Some(Self {
            step: planned.id.clone(),
            since: *started,
            deadline: planned.timeout.map(|timeout| *started + timeout),
            tasks: std::iter::once(planned.id.clone()).chain(acting).collect(),
        })
    }
}

/// A duration for people who wait: whole seconds.
fn seconds(duration: Duration) -> Words {
    Words(Duration::from_secs(duration.as_secs()))
}

/// The time of day, and the day where it is another one.
fn time_of_day(at: Timestamp, wall: Timestamp) -> String {
    let (at, wall) = (to_the_second(at), to_the_second(wall));
    match (at.split_once('T'), wall.split_once('T')) {
        (Some((day, time)), Some((today, _))) if day == today => time.to_owned(),
        _ => at,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::check;
    use crate::document::Document;
    use crate::event::{Event, Opened};
    use crate::graph::Graph;
    use crate::lane::Settings;
    use crate::plan::{Inputs, Plan};
    use crate::problem::Problems;
    use crate::runbook::Runbook;
    use crate::step::{Ending, StepResult};
    use crate::text::Source;

    /// Seconds after 15:04:00 on a day in November.
    pub(in crate::report) fn at(second: i64) -> Timestamp {
        Timestamp::from_millisecond((1_795_446_240 + second) * 1000)
    }

    /// A run that has begun, with steps of these names, of which `undo` acts and `wait` waits for
    /// its task; then these events happened to it.
    pub(in crate::report) fn run_of(names: &[&str], events: &[Event]) -> Run {
        let mut text = "runbook: v1\nname: test\nsteps:\n".to_owned();
        for name in names {
            let step = match *name {
                "undo" => "{ uses: undo-failover, with: { plan: P } }",
                "wait" => "{ uses: wait-task, with: { task: undo }, timeout: 30m }",
                _ => "{ uses: sleep, with: { for: 26h } }",
            };
            let _ = writeln!(text, "  {name}: {step}");
        }
        let source = Source::new("test.yaml", text);
        let mut problems = Problems::default();
        let document = Document::parse(&source, &mut problems);
        let runbook = Runbook::read(&document, &mut problems);
        let graph = Graph::build(&runbook, &mut problems);
        let checked = check::all(runbook, graph, problems).expect("a runbook without mistakes");
        let plan = Plan::make(&checked, Inputs::default()).expect("a plan");
        let mut run = Run::new(Arc::new(plan), Settings::default());
        let opened = Opened {
            run: "r1".to_owned(),
            engine: String::new(),
            runbook: "test".to_owned(),
            runbook_digest: String::new(),
            plan_digest: run.plan().digest(),
            target: "sim".to_owned(),
            address: String::new(),
            trust: String::new(),
        };
        let opened = Event { at: at(0), what: What::Opened(opened) };
        for event in std::iter::once(&opened).chain(events) {
            run.apply(event).expect("it can happen");
        }
        run
    }

    fn started(step: &str, second: i64) -> Event {
        let step = StepId::parse(step).expect("a name");
        Event { at: at(second), what: What::StepStarted { step } }
    }

    fn ended(step: &str, second: i64) -> Event {
        let step = StepId::parse(step).expect("a name");
        let ending = Ending::new(StepResult::Succeeded, "it went well");
        Event { at: at(second), what: What::StepEnded { step, ending } }
    }

    fn seen(step: &str, second: i64, state: &str) -> Event {
        let step = StepId::parse(step).expect("a name");
        let what = What::Lane(LaneEvent::TaskSeen { step, state: state.to_owned() });
        Event { at: at(second), what }
    }

    /// What is known once these events have happened, the first of them before anybody watched.
    fn watch(names: &[&str], events: &[Event]) -> Running {
        let mut running = Running::default();
        let mut run = run_of(names, &events[..1]);
        for event in &events[1..] {
            run.apply(event).expect("it can happen");
            running.learn(&Told { run: &run, event, wall: event.at, line: None });
        }
        running
    }

    #[test]
    fn a_heartbeat_names_what_runs_since_when_until_when_and_what_em_says() {
        let events = [started("undo", 1), seen("undo", 2, "Running\u{1b}[2J"), started("nap", 5)];
        let running = watch(&["undo", "nap"], &events);
        assert_eq!(
            running.heartbeat(at(65), at(65)).as_deref(),
            Some(
                "2026-11-23T15:05:05Z still running: undo for 1m4s (since 15:04:01Z, until \
                 15:09:01Z, EM: Running\\u{1b}[2J); nap for 1m (since 15:04:05Z)"
            )
        );
        // The wall clock was set back an hour: what it shows is as far away as ever.
        let line = running.heartbeat(at(65), at(65 - 3600)).expect("two steps run");
        assert!(line.contains("undo for 1m4s (since 14:04:01Z, until 14:09:01Z"), "{line}");
        // On another day.
        let line = running.heartbeat(at(86_400), at(86_400)).expect("two steps run");
        assert!(line.contains("since 2026-11-23T15:04:01Z"), "{line}");
    }

    #[test]
    fn what_has_ended_is_not_named_and_nothing_is_said_of_nothing() {
        let running = watch(&["a", "b"], &[started("a", 1), started("b", 2), ended("a", 3)]);
        assert_eq!(running.lines(at(4), 10), ["… b  2s"]);
        let running = watch(&["a"], &[started("a", 1), ended("a", 3)]);
        assert_eq!((running.heartbeat(at(60), at(60)), running.lines(at(60), 10).len()), (None, 0));
        assert_eq!(Running::default().heartbeat(at(60), at(60)), None);
    }

    #[test]
    fn there_are_no_more_lines_than_fit_and_what_is_left_out_is_counted() {
        let names: Vec<_> = (0..9).map(|n| format!("s{n}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let events: Vec<_> = names.iter().map(|name| started(name, 1)).collect();
        let running = watch(&names, &events);
        for most in 0..12 {
            let lines = running.lines(at(2), most);
            assert_eq!(lines.len(), most.min(9), "{lines:?}");
        }
        assert_eq!(running.lines(at(2), 3), ["… s0  1s", "… s1  1s", "… and 7 more"]);
        let line = running.heartbeat(at(2), at(2)).expect("nine steps run");
        assert!(line.ends_with("; and 3 more"), "{line}");
    }

    #[test]
    fn a_live_line_says_what_is_left() {
        let running = watch(&["undo"], &[started("undo", 0), seen("undo", 1, "Running")]);
        assert_eq!(running.lines(at(61), 1), ["… undo  1m1s     EM: Running  3m59s left"]);
        assert_eq!(running.lines(at(301), 1), ["… undo  5m1s     EM: Running  its time is over"]);
    }
}
