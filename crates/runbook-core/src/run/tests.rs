//! Whole runs, driven by hand, with step types that are in no catalogue: what a machine wishes
//! is carried out, and what comes of it finds its way back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::marker::PhantomData;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::*;
use crate::check;
use crate::document::Document;
use crate::event::LaneEvent;
use crate::graph::Graph;
use crate::plan::Inputs;
use crate::problem::Problems;
use crate::report::Report;
use crate::runbook::Runbook;
use crate::step::{
    AnyStepType, CallId, Decl, Ending, Gate, Machine, Setting, StepEffect, StepResult, StepTurn,
    StepType, erase,
};
use crate::text::Source;

const CALL: CallId = CallId(7);

/// What a test step asks for when it begins. It ends with the first answer; one that is woken
/// asks again.
trait Wish: Send + 'static {
    const KIND: &'static str;
    fn wish() -> Vec<StepEffect>;
}

macro_rules! wish {
    ($name:ident, $kind:literal, $wish:expr) => {
        struct $name;

        impl Wish for $name {
            const KIND: &'static str = $kind;

            fn wish() -> Vec<StepEffect> {
                $wish
            }
        }
    };
}

wish!(Probes, "probes", {
    let probe = Probe::Tcp { address: "db01:1433".to_owned(), within: Duration::from_secs(5) };
    vec![StepEffect::Probe(CALL, probe)]
});
wish!(Spawns, "spawns", {
    let spawn = Spawn { argv: vec!["true".to_owned()], stdin: String::new() };
    vec![StepEffect::Spawn(CALL, spawn)]
});
wish!(Asks, "asks", {
    let expires = at(86_400);
    vec![StepEffect::Ask(CALL, Gate { prompt: "go on?".to_owned(), expires })]
});
wish!(Sleeps, "sleeps", Vec::new());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {}

#[derive(Serialize, Deserialize)]
struct Asked;

struct Wisher {
    wish: fn() -> Vec<StepEffect>,
    asked: bool,
}

/// The step type of a wish.
struct Wishes<W>(PhantomData<W>);

impl<W: Wish> StepType for Wishes<W> {
    const DECL: Decl = Decl { kind: W::KIND, ..Decl::READ };
    type Spec = Spec;
    type Machine = Wisher;

    fn begin(_: Spec, _: &Setting) -> Wisher {
        Wisher { wish: W::wish, asked: false }
    }
}

impl Machine for Wisher {
    type Note = Asked;

    fn decide(&self, _: Timestamp, input: &StepInput) -> StepTurn<Asked> {
        let (result, said) = match input {
            StepInput::Begin => {
                let turn = StepTurn { notes: vec![Asked], effects: (self.wish)(), ending: None };
                return turn;
            }
            StepInput::Probed(CALL, Ok(seen)) => (StepResult::Succeeded, seen.clone()),
            // A probe that saw nothing looks again.
            StepInput::Probed(CALL, Err(_)) => {
                return StepTurn { notes: vec![], effects: (self.wish)(), ending: None };
            }
            StepInput::Ran(CALL, Ok(ran)) => (StepResult::Succeeded, format!("{:?}", ran.code)),
            StepInput::Decided(CALL, decision) => (StepResult::Succeeded, decision.choice.clone()),
            StepInput::Woke => (StepResult::Succeeded, "woke".to_owned()),
            other => (StepResult::Failed, format!("{other:?}")),
        };
        StepTurn::end(Ending::new(result, said))
    }

    fn apply(&mut self, _: &Asked) {
        self.asked = true;
    }

    fn wake_at(&self) -> Option<Timestamp> {
        (self.asked && (self.wish)().is_empty()).then(|| at(60))
    }
}

const fn at(secs: i64) -> Timestamp {
    Timestamp::from_millisecond(secs * 1000)
}

fn kind(step: &str) -> &'static dyn AnyStepType {
    match step.trim_end_matches(|last: char| last.is_ascii_digit()) {
        "probe" => erase::<Wishes<Probes>>(),
        "spawn" => erase::<Wishes<Spawns>>(),
        "gate" => erase::<Wishes<Asks>>(),
        "sleep" => erase::<Wishes<Sleeps>>(),
        other => panic!("no kind for {other}"),
    }
}

/// Makes a plan of steps `(name, needs)`, each of the kind that its name says.
fn plan(steps: &[(&str, &str)]) -> Arc<Plan> {
    let mut text = "runbook: v1\nname: by-hand\nsteps:\n".to_owned();
    for (name, needs) in steps {
        let _ = writeln!(text, "  {name}: {{ uses: noop, needs: [{needs}] }}");
    }
    let mut problems = Problems::default();
    let document = Document::parse(&Source::new("by-hand.yaml", &*text), &mut problems);
    let mut runbook = Runbook::read(&document, &mut problems);
    for step in &mut runbook.steps {
        step.uses = Some(kind(step.id.as_str()));
    }
    let graph = Graph::build(&runbook, &mut problems);
    let checked = check::all(runbook, graph, problems).expect("no problems");
    Arc::new(Plan::make(&checked, Inputs::default()).expect("a plan"))
}

fn head(plan: &Plan) -> Opened {
    let text = || "x".to_owned();
    Opened {
        run: text(),
        engine: text(),
        runbook: text(),
        runbook_digest: text(),
        plan_digest: plan.digest(),
        target: text(),
        address: text(),
        trust: text(),
    }
}

/// A run in a hand: inputs go in, and the last turn and all events can be looked at.
struct Hand {
    run: Run,
    plan: Arc<Plan>,
    events: Vec<Event>,
    effects: Vec<Effect>,
}

impl Hand {
    fn begin(steps: &[(&str, &str)]) -> Self {
        let plan = plan(steps);
        let run = Run::new(Arc::clone(&plan), Settings::default());
        let mut hand = Self { run, plan, events: Vec::new(), effects: Vec::new() };
        let head = head(&hand.plan);
        hand.does(0, Input::Begin(head));
        hand
    }

    fn does(&mut self, secs: i64, input: Input) {
        let turn = self.run.advance(at(secs), input);
        self.events.extend(turn.events);
        self.effects = turn.effects;
        self.same_when_replayed();
    }

    fn same_when_replayed(&self) {
        let kept: Vec<_> = self.events.iter().filter(|event| event.what.is_kept()).collect();
        for end in 0..=kept.len() {
            let settings = Settings::default();
            let events = kept[..end].iter().copied();
            let replayed = Run::replay(Arc::clone(&self.plan), settings, events).expect("a replay");
            if end == kept.len() {
                assert_eq!(Report::of(&replayed), Report::of(&self.run));
            }
        }
    }

    fn results(&self) -> BTreeMap<&str, &str> {
        let steps = self.plan.steps().iter().zip(self.run.steps());
        let result = |step: &StepRun| step.ending().map_or("open", |ending| ending.result.name());
        steps.map(|(planned, step)| (planned.id.as_str(), result(step))).collect()
    }

    fn verdict(&self) -> Option<Verdict> {
        self.run.ended().map(|(_, verdict)| verdict)
    }
}

fn ticket(step: &str) -> Ticket {
    Ticket { step: StepId::parse(step).unwrap(), call: CALL }
}

fn signal() -> Input {
    Input::Stop(Stop::Signal { name: "SIGTERM".to_owned() })
}

fn decision() -> Decision {
    Decision { choice: "yes".to_owned(), because: "checked".to_owned() }
}

#[test]
fn a_probe_goes_out_and_what_was_seen_comes_back() {
    let mut hand = Hand::begin(&[("probe", "")]);
    assert!(matches!(&hand.effects[..], [Effect::Probe(by, _)] if *by == ticket("probe")));
    assert!(!hand.effects[0].needs_sync());
    hand.does(1, Input::Probed(ticket("probe"), Err("refused".to_owned())));
    assert!(matches!(&hand.effects[..], [Effect::Probe(..)]), "it looks again");
    hand.does(2, Input::Probed(ticket("probe"), Ok("it listens".to_owned())));
    assert_eq!(hand.verdict(), Some(Verdict::Done));
    assert_eq!(Report::of(&hand.run).steps[0].message, "it listens");
}

#[test]
fn a_process_waits_for_the_journal_and_its_end_comes_back() {
    let mut hand = Hand::begin(&[("spawn", "")]);
    assert!(matches!(&hand.effects[..], [Effect::Spawn(by, _)] if *by == ticket("spawn")));
    assert!(hand.effects[0].needs_sync());
    let ran = Spawned { code: Some(0), stdout: String::new() };
    hand.does(1, Input::Ran(ticket("spawn"), Ok(ran)));
    assert_eq!(hand.verdict(), Some(Verdict::Done));
}

#[test]
fn a_run_with_nothing_but_gates_left_is_parked_with_exit_code_8() {
    let mut hand = Hand::begin(&[("gate1", ""), ("gate2", ""), ("probe", ""), ("sleep", "gate1")]);
    assert_eq!(hand.verdict(), None, "a probe is under way");
    hand.does(1, Input::Probed(ticket("probe"), Ok("up".to_owned())));
    assert_eq!(hand.verdict().map(Verdict::exit_code), Some(8));
    assert!(hand.run.is_open() && hand.run.next_wake().is_none());
    let open = BTreeMap::from([
        ("gate1", "open"),
        ("gate2", "open"),
        ("probe", "succeeded"),
        ("sleep", "open"),
    ]);
    assert_eq!(hand.results(), open);
}

#[test]
fn a_run_in_which_something_sleeps_beside_a_gate_is_not_parked() {
    let mut hand = Hand::begin(&[("gate", ""), ("sleep", "")]);
    assert_eq!((hand.verdict(), hand.run.next_wake()), (None, Some(at(60))));
    hand.does(30, Input::Decided(ticket("gate"), decision()));
    assert_eq!(hand.results()["gate"], "succeeded");
    hand.does(60, Input::Woke);
    assert_eq!(hand.verdict(), Some(Verdict::Done));
}

#[test]
fn after_a_stop_what_is_under_way_may_finish_and_nothing_new_goes_out() {
    let mut hand = Hand::begin(&[("probe1", ""), ("probe2", "probe1"), ("spawn", "")]);
    hand.does(1, signal());
    assert_eq!(hand.verdict(), None, "a probe and a process are under way");
    hand.does(2, Input::Probed(ticket("probe1"), Err("refused".to_owned())));
    assert_eq!(hand.effects, [], "it would look again");
    hand.does(3, Input::Ran(ticket("spawn"), Ok(Spawned { code: Some(0), stdout: String::new() })));
    assert_eq!(hand.verdict(), Some(Verdict::Interrupted));
    let results = BTreeMap::from([("probe1", "open"), ("probe2", "open"), ("spawn", "succeeded")]);
    assert_eq!(hand.results(), results);
}

#[test]
fn what_does_not_come_back_before_patience_ends_is_given_up() {
    let mut hand = Hand::begin(&[("spawn", "")]);
    hand.does(1, signal());
    hand.does(4, Input::GiveUp);
    assert_eq!(hand.verdict(), Some(Verdict::Interrupted));
}

#[test]
fn answers_for_steps_that_are_over_or_unknown_change_nothing() {
    let mut hand = Hand::begin(&[("probe", ""), ("gate", "")]);
    hand.does(1, Input::Probed(ticket("probe"), Ok("up".to_owned())));
    let had = hand.events.len();
    hand.does(2, Input::Probed(ticket("probe"), Ok("again".to_owned())));
    hand.does(3, Input::Decided(ticket("nobody"), decision()));
    hand.does(4, Input::Came(ExchangeId(99), Reply::Unanswered { reason: String::new() }));
    assert_eq!(hand.events.len(), had);
}

#[test]
fn events_that_cannot_have_happened_are_refused_in_replay() {
    let plan = plan(&[("probe", "")]);
    let step = || StepId::parse("probe").unwrap();
    let nobody = || StepId::parse("nobody").unwrap();
    let ending = || Ending::new(StepResult::Succeeded, "");
    let started = || What::StepStarted { step: step() };
    let ended = || What::StepEnded { step: step(), ending: ending() };
    let changed = |note| What::StepChanged { step: step(), note };
    let table = [
        vec![What::StepStarted { step: nobody() }],
        vec![What::StepEnded { step: nobody(), ending: ending() }],
        vec![What::StepChanged { step: nobody(), note: serde_json::Value::Null }],
        vec![started(), started()],
        vec![ended(), started()],
        vec![started(), ended(), ended()],
        vec![changed(serde_json::Value::Null)],
        vec![started(), changed("of another version".into())],
    ];
    for whats in table {
        let events: Vec<_> = whats.into_iter().map(|what| Event { at: at(0), what }).collect();
        let replayed = Run::replay(Arc::clone(&plan), Settings::default(), &events);
        assert!(replayed.is_err(), "{events:?}");
    }
}

#[test]
fn only_passing_events_are_left_out_of_what_is_kept() {
    let step = StepId::parse("probe").unwrap();
    let seen = LaneEvent::TaskSeen { step, state: "Running".to_owned() };
    let troubled = LaneEvent::Troubled { what: String::new() };
    assert!(!What::Lane(seen).is_kept() && !What::Lane(troubled).is_kept());
    assert!(What::LeftOpen { verdict: Verdict::Waiting }.is_kept());
}
