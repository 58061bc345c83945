//! Kinds of steps: in the catalogue, with a page, an example that passes, and a runbook that ships.

use std::collections::{BTreeMap, BTreeSet};

use runbook_core::check::{self, Checked};
use runbook_core::document::Document;
use runbook_core::graph::Graph;
use runbook_core::plan::{Inputs, Plan};
use runbook_core::problem::Problems;
use runbook_core::runbook::{InputType, Runbook};
use runbook_core::step::Decl;
use runbook_core::steps;
use runbook_core::text::Source;

use super::rust::{self, RustFile};
use super::{files, none, root, rust_files};

const STEPS: &str = "crates/runbook-core/src/steps/";
const CHECK: &str = "crates/runbook-core/src/check/";

/// Kinds that no shipped runbook uses, each with its reason.
const NOT_SHIPPED: &[(&str, &str)] = &[
    (
        "cancel-task",
        "what runs out of time is stopped by `wait`; what a person stops is not planned",
    ),
    ("em-request", "what EM has and no kind does differs from site to site"),
    ("noop", "a joint between many steps; the runbooks that ship are too short for one"),
    ("sleep", "a pause proves nothing, so no runbook that ships relies on one"),
    ("stop-session", "`stop-job` stops whatever session a job has"),
    ("wait-session", "`wait` follows the sessions of its own tasks; others are a site's own"),
];

type Kinds = BTreeSet<&'static str>;

/// Pages by path.
type Texts = BTreeMap<String, String>;

/// Tells of a text what `check` tells of it.
pub(super) fn checked(name: &str, text: &str) -> Result<Checked, Vec<String>> {
    let source = Source::new(name, text);
    let mut problems = Problems::default();
    let document = Document::parse(&source, &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    check::all(runbook, graph, problems).map_err(|problems| {
        let line = |span: runbook_core::text::Span| source.position(span.start).line;
        let place = |problem: &runbook_core::problem::Problem| {
            problem.labels.first().map_or(0, |label| line(label.span))
        };
        let told = problems.sorted().into_iter();
        told.map(|problem| format!("{name}:{}: {}", place(problem), problem.message)).collect()
    })
}

fn kinds(runbook: &Runbook) -> Kinds {
    runbook.steps.iter().filter_map(|step| step.uses).map(|uses| uses.decl().kind).collect()
}

fn declarations() -> impl Iterator<Item = &'static Decl> {
    steps::ALL.iter().map(|step_type| step_type.decl())
}

/// Complains of step types whose file has not the name of a kind in the catalogue.
fn outside_the_catalogue(kinds: &Kinds, files: &[RustFile]) -> Vec<String> {
    let in_steps = files.iter().filter_map(|file| Some((file, file.path.strip_prefix(STEPS)?)));
    let types = in_steps.filter(|(file, _)| file.code.contains("impl StepType for "));
    let name = |inner: &str| {
        let name = inner.split(['/', '.']).next().unwrap_or_default();
        name.replace('_', "-")
    };
    let lost = types.filter(|(_, inner)| !kinds.contains(name(inner).as_str()));
    lost.map(|(file, inner)| format!("{}: no kind `{}`", file.path, name(inner))).collect()
}

/// Complains of rules that the gate does not call.
fn uncalled(files: &[RustFile]) -> Vec<String> {
    let all = files.iter().find(|file| file.path == format!("{CHECK}all.rs"));
    let gate = all.map_or("", |file| file.code.as_str());
    let rule = |file: &RustFile| -> Option<String> {
        let name = file.path.strip_prefix(CHECK)?.split(['/', '.']).next()?;
        let is_rule = file.code.contains("fn check(") && !file.is_test;
        let called = !rust::lines_with(gate, &format!("{name}::check(")).is_empty();
        (is_rule && !called).then(|| format!("{}: `{name}::check` is not called", file.path))
    };
    files.iter().filter_map(rule).collect()
}

#[test]
fn every_file_in_steps_is_in_the_catalogue() {
    let kinds: BTreeSet<_> = declarations().map(|decl| decl.kind).collect();
    assert_eq!(kinds.len(), steps::ALL.len(), "two step types have the same kind");
    let lost = outside_the_catalogue(&kinds, rust_files());
    none(&lost, "Name the file as its kind, and add its line to `ALL` in steps/mod.rs.");
}

/// Complains of pages that differ from what the declarations say, and of pages of no kind.
fn wrong_pages(made: &Texts, kept: &Texts) -> Vec<String> {
    let stale = made.iter().filter(|(path, page)| kept.get(*path) != Some(page));
    let orphans = kept.keys().filter(|path| !made.contains_key(*path));
    let stale = stale.map(|(path, _)| format!("{path} is not what its declaration says"));
    stale.chain(orphans.map(|path| format!("{path} is the page of no kind"))).collect()
}

#[test]
fn every_step_type_has_a_page() {
    let path = |decl: &Decl| format!("docs/steps/{}.md", decl.kind);
    let made: Texts = steps::ALL.iter().map(|kind| (path(kind.decl()), kind.page())).collect();
    if std::env::var_os("RUNBOOK_WRITE_PAGES").is_some() {
        for (path, page) in &made {
            std::fs::write(root().join(path), page).expect("a page can be written");
        }
    }
    none(
        &wrong_pages(&made, &files("docs/steps", "md").into_iter().collect()),
        "The pages are made from the declarations. Write them again with \
         `RUNBOOK_WRITE_PAGES=1 cargo test -p runbook-tests every_step_type_has_a_page`, and \
         delete those that belong to no kind.",
    );
}

#[test]
fn every_example_of_a_step_type_passes_check_and_shows_it() {
    let mut found = Vec::new();
    for decl in declarations() {
        match checked(decl.kind, decl.example) {
            Err(problems) => found.extend(problems),
            Ok(checked) if !kinds(checked.runbook()).contains(decl.kind) => {
                found.push(format!("{} is not used by its own example", decl.kind));
            }
            Ok(_) => {}
        }
    }
    none(&found, "Mend `example` in the declaration: people copy it.");
}

/// Complains of kinds that are neither used nor excused, and of excuses that nobody needs.
fn unshipped(all: &Kinds, used: &Kinds, excused: &Kinds) -> Vec<String> {
    let unused = all.iter().filter(|kind| !used.contains(*kind) && !excused.contains(*kind));
    let stale = excused.iter().filter(|kind| used.contains(*kind) || !all.contains(*kind));
    let unused = unused.map(|kind| format!("`{kind}` is in no runbook"));
    unused.chain(stale.map(|kind| format!("`{kind}` needs no excuse"))).collect()
}

#[test]
fn every_step_type_is_used_by_a_shipped_runbook() {
    let runbooks = files("runbooks", "yaml").into_iter();
    let passed = runbooks.filter_map(|(path, text)| checked(&path, &text).ok());
    let used = passed.flat_map(|checked| kinds(checked.runbook())).collect();
    let all = declarations().map(|decl| decl.kind).collect();
    let excused = NOT_SHIPPED.iter().map(|(kind, _)| *kind).collect();
    none(
        &unshipped(&all, &used, &excused),
        "Ship a runbook that uses the kind, or say in NOT_SHIPPED why none does.",
    );
}

#[test]
fn every_shipped_runbook_passes_check_and_its_plan_can_be_kept() {
    let mut found = Vec::new();
    for (path, text) in files("runbooks", "yaml") {
        match checked(&path, &text).map(|checked| planned(&checked)) {
            Err(problems) => found.extend(problems),
            Ok(Err(why)) => found.push(format!("{path}: {why}")),
            Ok(Ok(plan)) => match Plan::load(&plan.save()) {
                Ok(loaded) if loaded == plan => {}
                Ok(_) => found.push(format!("{path}: its plan is loaded as another one")),
                Err(error) => found.push(format!("{path}: its plan does not load: {error}")),
            },
        }
    }
    none(&found, "A runbook that ships can be run as it is: mend it.");
}

/// Plans with defaults, and with something of the right type where there is none.
fn planned(checked: &Checked) -> Result<Plan, String> {
    let mut inputs = Inputs::default();
    let bare = checked.runbook().inputs.iter().filter(|(_, input)| input.default.is_none());
    for (name, input) in bare {
        let given = match input.is {
            Some(InputType::Integer | InputType::Number) => "1",
            Some(InputType::Boolean) => "true",
            Some(InputType::Duration) => "1h",
            Some(InputType::Timestamp) => "2026-11-23T08:00:00Z",
            Some(InputType::String | InputType::List) | None => "some text",
        };
        inputs.text(name, given);
    }
    Plan::make(checked, inputs).map_err(|problems| {
        problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join("; ")
    })
}

#[test]
fn every_file_in_check_is_called() {
    none(&uncalled(rust_files()), "Call it in `check::all`, in check/all.rs.");
}

#[test]
fn what_is_forgotten_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = rust::all([
        file(&format!("{STEPS}wait_task.rs"), "impl StepType for WaitTask {}"),
        file(&format!("{STEPS}check_tcp/mod.rs"), "impl StepType for CheckTcp {}"),
        file(&format!("{STEPS}plan_action.rs"), "impl Machine for PlanAction {}"),
        file(&format!("{CHECK}all.rs"), "pub fn all() { task::check(&view); // watch::check(\n}"),
        file(&format!("{CHECK}task.rs"), "pub(super) fn check() {}"),
        file(&format!("{CHECK}watch.rs"), "pub(super) fn check() {}"),
    ]);
    let lost = outside_the_catalogue(&BTreeSet::from(["wait-task"]), &files);
    assert_eq!(lost, [format!("{STEPS}check_tcp/mod.rs: no kind `check-tcp`")]);
    assert_eq!(uncalled(&files), [format!("{CHECK}watch.rs: `watch::check` is not called")]);
    let texts = |texts: &[(&str, &str)]| -> Texts {
        texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    };
    let made = texts(&[("a.md", "new"), ("b.md", "b"), ("c.md", "c")]);
    let found = wrong_pages(&made, &texts(&[("a.md", "old"), ("b.md", "b"), ("d.md", "d")]));
    assert_eq!(
        found,
        [
            "a.md is not what its declaration says",
            "c.md is not what its declaration says",
            "d.md is the page of no kind"
        ]
    );
    let found =
        unshipped(&Kinds::from(["a", "b", "c"]), &Kinds::from(["a"]), &Kinds::from(["a", "b"]));
    assert_eq!(found, ["`c` is in no runbook", "`a` needs no excuse"]);
    assert!(checked("x", "runbook: v1\nname: x\nsteps: {}\n").is_err());
}
