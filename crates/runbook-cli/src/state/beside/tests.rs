//! What the folders of other runs tell.

use em_api::protocol::{Method, TaskId};
use runbook_core::check;
use runbook_core::document::Document;
use runbook_core::event::{How, Intent, LaneId, Opened, Ticket, Verdict};
use runbook_core::graph::Graph;
use runbook_core::journal::Writer;
use runbook_core::plan::{Inputs, Plan};
use runbook_core::problem::Problems;
use runbook_core::runbook::Runbook;
use runbook_core::step::{CallId, Ending, StepId, Thing};
use runbook_core::text::Source;
use runbook_core::time::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::args::TakeOver;
use crate::locks::{Holder, claim};
use crate::state::FileStore;

const ADDRESS: &str = "https://em.example:9398";
const UNDO: &str = "\
runbook: v1
name: undo
steps: { undo: { uses: undo-failover, with: { plan: SQL-DR } } }
";

fn plan() -> Plan {
    plan_of(UNDO)
}

fn plan_of(text: &str) -> Plan {
    let mut problems = Problems::default();
    let document = Document::parse(&Source::new("undo.yaml", text), &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    let checked = check::all(runbook, graph, problems).expect("it is in order");
    Plan::make(&checked, Inputs::default()).expect("no input is missing")
}

/// Keeps a run of this id in which this happened.
fn keep(state: &State, id: &str, whats: Vec<What>) -> FileStoreWriter {
    let plan = plan();
    let folder = state.create(id, &plan).expect("a folder");
    let mut writer = Writer::new(folder.begin_journal().expect("a journal"));
    let opened = Opened {
        run: id.to_owned(),
        engine: String::new(),
        runbook: plan.name().to_owned(),
        runbook_digest: plan.runbook_digest().to_owned(),
        plan_digest: plan.digest(),
        target: "env".to_owned(),
        address: ADDRESS.to_owned(),
        trust: String::new(),
    };
    let at = Timestamp::from_millisecond(1_764_000_000_123);
    for what in [What::Opened(opened)].into_iter().chain(whats) {
        writer.append(at, &Event { at, what }).expect("written");
    }
    writer
}

type FileStoreWriter = Writer<FileStore>;

fn session(id: &str) -> What {
    What::Lane(LaneEvent::Opened { lane: LaneId(1), session: id.to_owned() })
}

fn step() -> StepId {
    StepId::parse("undo").expect("a name")
}

fn intended() -> Vec<What> {
    let intent = Intent {
        attempt: 1,
        method: Method::Post,
        target: "/api/failoverPlans/x?action=undo".to_owned(),
        body: None,
        operation: Some("UndoFailoverPlan".to_owned()),
        object: "failover plan `SQL-DR`".to_owned(),
    };
    let ticket = Ticket { step: step(), call: CallId(1) };
    vec![
        session("of-intended"),
        What::StepStarted { step: step() },
        What::Lane(LaneEvent::Intended { lane: LaneId(1), ticket, intent }),
    ]
}

fn accepted() -> Vec<What> {
    let ticket = Ticket { step: step(), call: CallId(1) };
    let task = TaskId::parse("task-1").expect("an id");
    let (lane, how) = (LaneId(1), How::Answered);
    let mut whats = intended();
    whats.push(What::Lane(LaneEvent::Accepted { lane, ticket, task, how }));
    whats
}

fn with(mut whats: Vec<What>, more: What) -> Vec<What> {
    whats.push(more);
    whats
}

#[test]
fn what_the_other_runs_have_left_is_known() {
    let folder = TempDir::new().expect("a folder");
    let state = State(folder.path().to_owned());
    let closed = |session_id| vec![session(session_id), What::Closed { verdict: Verdict::Done }];
    drop(keep(&state, "old", closed("of-old")));
    let old = File::options().append(true).open(folder.path().join("old").join(JOURNAL));
    let hours = Duration::from_hours(2);
    old.and_then(|file| file.set_modified(SystemTime::now() - hours)).expect("made older");
    drop(keep(&state, "recent", closed("of-recent")));
    let logged_out = What::Lane(LaneEvent::Closed { lane: LaneId(1) });
    drop(keep(&state, "tidy", with(closed("of-tidy"), logged_out)));
    drop(keep(&state, "intended", intended()));
    let alive = keep(&state, "alive", accepted());
    let ending = Ending::new(StepResult::Unknown, "nobody knows");
    drop(keep(&state, "unknown", with(accepted(), What::StepEnded { step: step(), ending })));
    drop(keep(&state, "idle", vec![session("of-idle")]));
    drop(keep(&state, "damaged", intended()));
    let path = folder.path().join("damaged").join(JOURNAL);
    let text = fs::read_to_string(&path).expect("a journal");
    fs::write(&path, text.replacen("undo", "odnu", 1)).expect("written");
    fs::create_dir(folder.path().join("no-run")).expect("a folder");
    drop(state.create("not-begun", &plan()).and_then(|folder| folder.begin_journal()));

    let beside = state.runs_beside("this");
    let told: Vec<_> = beside
        .runs
        .iter()
        .map(|run| {
            let why: Vec<_> = run.unsettled.iter().map(|step| step.why).collect();
            let sessions: Vec<_> = run.sessions.iter().map(String::as_str).collect();
            (&*run.id, why.join(" "), sessions.join(" "))
        })
        .collect();
    let expected = [
        ("alive", "EM has accepted it, and its end was not seen", "of-intended"),
        ("idle", "", "of-idle"),
        ("intended", "it was sent, and no answer is known", "of-intended"),
        ("recent", "", "of-recent"),
        ("tidy", "", ""),
        ("unknown", "it ended as unknown", "of-intended"),
    ];
    let expected: Vec<_> =
        expected.map(|(id, why, sessions)| (id, why.to_owned(), sessions.to_owned())).into();
    assert_eq!(told, expected);
    assert_eq!(beside.remarks.len(), 1);
    assert!(beside.remarks[0].contains("run damaged cannot be read"), "{}", beside.remarks[0]);
    let plan_of_all = Touch { kind: Thing::Plan, name: "SQL-DR".to_owned() };
    let touched = beside.runs.iter().flat_map(|run| &run.unsettled).map(|step| &step.touches);
    assert!(touched.into_iter().all(|touches| *touches == [plan_of_all.clone()]));
    drop(alive);
}

/// What stands before the damage did happen, and is not to be done twice.
#[test]
fn of_a_journal_that_is_damaged_at_its_end_the_beginning_counts() {
    let folder = TempDir::new().expect("a folder");
    let state = State(folder.path().to_owned());
    drop(keep(&state, "damaged", intended()));
    let path = folder.path().join("damaged").join(JOURNAL);
    let text = fs::read_to_string(&path).expect("a journal");
    fs::write(&path, text + "no record\n").expect("written");
    let claimed = |take_over| {
        let claimed = claim(&state, Some(ADDRESS), &plan(), "new", &take_over).expect("free");
        claimed.refuse_to_repeat(&take_over).map(|()| claimed)
    };
    let refused = claimed(TakeOver::default()).expect_err("it would repeat");
    assert!(refused.message.contains("run damaged"), "{}", refused.message);
    let yes = TakeOver { take_over: true, because: Some("it was looked at".to_owned()) };
    let claimed = claimed(yes).expect("taken over");
    assert_eq!(claimed.sessions_beside(), [""; 0], "what else it opened is not known");
    let told = claimed.told().join("\n");
    assert!(told.contains("run damaged can be read in part only: line 5"), "{told}");
}

#[test]
fn a_folder_that_cannot_be_listed_is_told_of() {
    let folder = TempDir::new().expect("a folder");
    let beside = State(folder.path().join("not-there")).runs_beside("this");
    assert!(beside.remarks[0].contains("not-there cannot be read to its end"), "{beside:?}");
}

/// A closed run whose action was accepted, and whose end nobody has seen, is in nobody's way.
#[test]
fn whatever_follows_on_the_end_of_a_run_it_stays_closed() {
    let folder = TempDir::new().expect("a folder");
    let state = State(folder.path().to_owned());
    let lane = LaneId(1);
    let task = TaskId::parse("task-1").expect("an id");
    let follows = [
        LaneEvent::Opening { lane: LaneId(2) },
        LaneEvent::Opened { lane: LaneId(2), session: "another".to_owned() },
        LaneEvent::Listed { lane, tasks: None },
        LaneEvent::Listed { lane, tasks: Some(vec![task; 4000]) },
        LaneEvent::Rejoined { lane },
        LaneEvent::Lost { lane, why: "it was idle".to_owned() },
        LaneEvent::Fenced { lane, how: "EM lists it no more".to_owned() },
        LaneEvent::Closed { lane },
        LaneEvent::Others { sessions: vec!["of-others".to_owned()] },
    ];
    for (at, event) in follows.into_iter().enumerate() {
        let closed = with(accepted(), What::Closed { verdict: Verdict::Done });
        drop(keep(&state, &format!("run-{at}"), with(closed, What::Lane(event))));
    }
    let beside = state.runs_beside("this");
    assert_eq!((beside.runs.len(), beside.remarks.len()), (9, 0));
    assert!(beside.runs.iter().all(|run| run.unsettled.is_empty()), "{:?}", beside.runs);
}

#[test]
fn sessions_are_those_of_other_runs_on_the_same_server() {
    let folder = TempDir::new().expect("a folder");
    let state = State(folder.path().to_owned());
    drop(keep(&state, "idle", vec![session("of-idle")]));
    let alive = keep(&state, "alive", vec![session("of-alive")]);
    let no = TakeOver::default();
    let claimed = claim(&state, Some("https://EM.example:9398"), &plan(), "this", &no);
    let claimed = claimed.expect("nobody is in the way");
    assert_eq!(claimed.sessions_beside(), ["of-alive", "of-idle"]);
    drop(claimed);
    let claimed = claim(&state, Some("https://other"), &plan(), "this", &no).expect("free");
    assert_eq!(claimed.sessions_beside(), [""; 0]);
    drop(alive);
}

/// On a shared volume the locks of another machine may mean nothing here.
#[test]
fn sessions_of_a_run_on_another_machine_do_not_count() {
    let folder = TempDir::new().expect("a folder");
    let state = State(folder.path().to_owned());
    drop(keep(&state, "other", vec![session("of-other")]));
    let writer = folder.path().join("other").join("writer.json");
    let holder = Holder::this("other");
    let there = Holder { host: format!("not-{}", holder.host), ..holder.clone() };
    let text = |holder: &Holder| serde_json::to_string(holder).expect("plain data");
    let no = TakeOver::default();
    let claimed = claim(&state, Some(ADDRESS), &plan(), "this", &no).expect("free");
    for (named, counts) in [
        (String::new(), true),
        (text(&holder), true),
        (text(&there), false),
        ("{ \"run\":".to_owned(), false),
    ] {
        fs::write(&writer, &named).expect("written");
        assert_eq!(claimed.sessions_beside().len(), usize::from(counts), "{named}");
    }
    fs::remove_file(&writer).expect("it was there");
    assert_eq!(claimed.sessions_beside(), ["of-other"]);
}

/// Name and UID of one plan have two locks, so such runs may meet.
#[test]
fn sessions_of_a_run_that_names_its_objects_otherwise_do_not_count() {
    let folder = TempDir::new().expect("a folder");
    let state = State(folder.path().to_owned());
    let idle = keep(&state, "idle", vec![session("of-idle")]);
    let over = vec![session("of-closed"), What::Closed { verdict: Verdict::Done }];
    drop(keep(&state, "closed", over));
    let by_uid = UNDO.replace("SQL-DR", "'urn:veeam:FailoverPlan:ae01e36f'");
    let no = TakeOver::default();
    for (text, expected) in [
        (UNDO.replace("SQL-DR", "ERP-DR"), vec!["of-closed", "of-idle"]),
        (by_uid, vec!["of-closed"]),
    ] {
        let claimed = claim(&state, Some(ADDRESS), &plan_of(&text), "this", &no).expect("free");
        assert_eq!(claimed.sessions_beside(), expected);
    }
    drop(idle);
}

/// Two runs that have both left an action on one plan can both be continued.
#[test]
fn what_is_not_settled_stops_new_runs_and_none_that_is_continued() {
    let folder = TempDir::new().expect("a folder");
    let state = State(folder.path().to_owned());
    drop(keep(&state, "first", intended()));
    drop(keep(&state, "second", accepted()));
    let no = TakeOver::default();
    let yes = TakeOver { take_over: true, because: Some("it was looked at".to_owned()) };
    for (this, others) in
        [("new", vec!["first", "second"]), ("first", vec!["second"]), ("second", vec!["first"])]
    {
        let claimed = claim(&state, Some(ADDRESS), &plan(), this, &no).expect("locks are free");
        let left: Vec<_> = claimed.left.iter().map(|left| &*left.run).collect();
        assert_eq!(left, others);
        let refused = claimed.refuse_to_repeat(&no).expect_err("it would repeat");
        assert!(refused.message.contains(others[0]), "{}", refused.message);
        assert!(claimed.refuse_to_repeat(&yes).is_ok());
    }
    // At another EM it is another plan.
    let claimed = claim(&state, Some("https://other"), &plan(), "new", &no).expect("free");
    assert!(claimed.left.is_empty() && claimed.refuse_to_repeat(&no).is_ok());
}
