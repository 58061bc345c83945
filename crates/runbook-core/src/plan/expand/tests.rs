//! Tests: what stands in a plan for the keys of a runbook.

use std::collections::HashMap;

use crate::check::{self, Closed, Library};
use crate::document::Document;
use crate::graph::{Edge, Graph};
use crate::limits;
use crate::plan::{Inputs, Plan, PlannedUndo};
use crate::problem::{Code, Problems, Severity};
use crate::runbook::Runbook;
use crate::text::Source;

/// Texts by their names, in one folder.
#[derive(Default)]
struct Shelf(HashMap<String, String>);

impl Library for Shelf {
    fn key(&self, source: &Source) -> String {
        source.name().to_owned()
    }

    fn open(&mut self, _: &Source, file: &str) -> Result<Source, Closed> {
        if file.starts_with("..") {
            return Err(Closed::Outside);
        }
        let text = self.0.get(file).ok_or_else(|| Closed::Unreadable("no such file".to_owned()))?;
        Ok(Source::new(file, text.as_str()))
    }
}

fn runbook(head: &str, steps: &str) -> String {
    format!("runbook: v1\nname: n\n{head}steps:\n{steps}")
}

fn make_with(text: &str, inputs: Inputs, shelf: &mut Shelf) -> Result<Plan, Problems> {
    let mut problems = Problems::default();
    let document = Document::parse(&Source::new("n.yaml", text), &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    Plan::make(&check::all_with(runbook, graph, problems, shelf)?, inputs)
}

fn make(text: &str) -> Plan {
    make_with(text, Inputs::default(), &mut Shelf::default()).expect("a plan")
}

/// The codes of the errors.
fn refused(text: &str, inputs: Inputs, shelf: &mut Shelf) -> Vec<Code> {
    let problems = make_with(text, inputs, shelf).expect_err("no plan");
    let errors = problems.sorted().into_iter().map(|problem| problem.code);
    errors.filter(|code| code.severity() == Severity::Error).collect()
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps().iter().map(|step| step.id.as_str()).collect()
}

/// The edges by name; a watch has a tilde.
fn edges(plan: &Plan) -> Vec<String> {
    let id = |at: usize| plan.steps()[at].id.as_str();
    let edge = |(first, then, edge): (usize, usize, Edge)| {
        let sign = if edge == Edge::Watch { "~" } else { ">" };
        format!("{}{sign}{}", id(first), id(then))
    };
    plan.graph().edges().map(edge).collect()
}

fn is_kept(plan: &Plan) {
    assert_eq!(Plan::load(&plan.save()).expect("it was saved"), *plan);
}

#[test]
fn a_wait_is_a_group_that_others_wait_for_as_a_whole() {
    let text = runbook(
        "",
        "  undo: { uses: undo-failover, with: { plan: P }, wait: { timeout: 9m, on-timeout: cancel, settle: 1m } }\n  \
           after: { uses: noop, needs: undo }\n",
    );
    let plan = make(&text);
    assert_eq!(ids(&plan), ["undo.call", "undo.wait", "undo.cancel", "after"]);
    assert_eq!(
        edges(&plan),
        [
            "undo.call>undo.wait",
            "undo.call>undo.cancel",
            "undo.wait~undo.cancel",
            "undo.cancel>after"
        ]
    );
    assert_eq!(plan.steps()[1].with["task"], "undo.call");
    assert_eq!(plan.steps()[1].timeout.map(|time| time.as_secs()), Some(540));
    assert_eq!(plan.steps()[2].with["settle"], "1m");
    assert!(plan.steps()[1].watched);
    assert!(plan.lacks().is_empty(), "{:?}", plan.lacks());
    is_kept(&plan);

    let detached = make(&text.replace("cancel, settle: 1m", "detach"));
    assert_eq!(ids(&detached), ["undo.call", "undo.wait", "after"]);
    assert_eq!(edges(&detached), ["undo.call>undo.wait", "undo.wait>after"]);
}

#[test]
fn what_holds_for_a_step_holds_for_all_that_stand_for_it() {
    let plan = make(&runbook(
        "",
        "  q: { uses: query, with: { type: Job } }\n  \
           f:\n    uses: undo-failover\n    with: { plan: P }\n    when: steps.q.count > 1\n    \
             on-failure: continue\n    on-warning: accept\n    wait: { on-timeout: cancel }\n    \
             undo: { impossible: discarded }\n  \
           u: { uses: undo-failover, needs: f, resolves: f, with: { plan: P }, wait: { on-timeout: detach } }\n  \
           each: { uses: noop, when: scenario == 'none', for-each: [a, b] }\n"
            .replace("scenario == 'none'", "1 == 2")
            .as_str(),
    ));
    let flow = |id: &str| {
        let step = plan.steps().iter().find(|step| step.id.as_str() == id);
        &step.expect(id).flow
    };
    for part in ["f.call", "f.wait", "f.cancel"] {
        assert_eq!(flow(part).when[0].expression, "steps.q.count > 1", "{part}");
        assert_eq!(flow(part).on_failure.as_deref(), Some("continue"), "{part}");
    }
    assert!(flow("f.call").undo.is_some() && flow("f.wait").undo.is_none());
    assert_eq!(flow("f.wait").on_warning.as_deref(), Some("accept"));
    assert_eq!(flow("f.call").on_warning, None);
    assert!(flow("u.call").resolves.is_empty());
    assert_eq!(flow("u.wait").resolves[0].as_str(), "f");
    for id in ["each[a]", "each[b]", "each"] {
        assert_eq!(flow(id).skip.as_deref(), Some("`1 == 2` is false"), "{id}");
    }
    is_kept(&plan);
}

#[test]
fn expressions_of_another_runbook_are_read_in_it() {
    let inner = runbook(
        "inputs: { least: { type: integer } }\n",
        "  q: { uses: query, with: { type: Job } }\n  u: { uses: noop, when: steps.q.count > inputs.least }\n",
    );
    let mut shelf = Shelf(HashMap::from([("inner.yaml".to_owned(), inner)]));
    let outer = runbook(
        "",
        "  q: { uses: query, with: { type: Job } }\n  \
           r: { uses: run-runbook, when: steps.q.count > 2, with: { file: inner.yaml, inputs: { least: \"${{ steps.q.count }}\" } } }\n",
    );
    let plan = make_with(&outer, Inputs::default(), &mut shelf).unwrap();
    assert_eq!(ids(&plan), ["q", "r/q", "r/u", "r"]);
    let conditions = &plan.steps()[2].flow.when;
    let read: Vec<_> = conditions
        .iter()
        .map(|one| (one.expression.as_str(), one.within.as_ref().map(ToString::to_string)))
        .collect();
    assert_eq!(
        read,
        [("steps.q.count > 2", None), ("steps.q.count > inputs.least", Some("r".to_owned()))]
    );
    let joint = &plan.steps()[3].flow;
    assert_eq!(joint.inputs["least"], "${{ steps.q.count }}");
    assert_eq!(joint.when.len(), 1);
    is_kept(&plan);
}

#[test]
fn a_parameter_that_names_a_group_means_its_call() {
    let plan = make(&runbook(
        "",
        "  look: { uses: wait-task, with: { task: undo } }\n  \
           undo: { uses: undo-failover, with: { plan: P }, wait: { on-timeout: detach } }\n",
    ));
    assert_eq!(ids(&plan), ["look", "undo.call", "undo.wait"]);
    assert_eq!(plan.steps()[0].with["task"], "undo.call");
    assert_eq!(edges(&plan), ["undo.wait>look", "undo.call>undo.wait"]);
}

#[test]
fn a_parameter_that_may_name_a_step_does_where_there_is_one() {
    let job = "  job: { uses: start-job, with: { job: J }, wait: { on-timeout: detach } }\n";
    let look = |session: &str| {
        format!("  look: {{ uses: wait-session, with: {{ session: {session} }} }}\n")
    };
    let plan = make(&runbook("", &[job, &look("job")].concat()));
    assert_eq!(plan.steps()[2].with["session"], "job.call");
    assert_eq!(edges(&plan), ["job.call>job.wait", "job.wait>look"]);
    let plan = make(&runbook("", &[job, &look("other")].concat()));
    assert_eq!(plan.steps()[2].with["session"], "other");
    assert_eq!(edges(&plan), ["job.call>job.wait"]);
}

#[test]
fn the_task_of_many_children_is_none() {
    let text = runbook(
        "",
        "  undo: { uses: undo-failover, for-each: [A, B], with: { plan: \"${{ item }}\" } }\n  \
           wait: { uses: wait-task, with: { task: undo } }\n",
    );
    let codes = refused(&text, Inputs::default(), &mut Shelf::default());
    assert_eq!(codes, [Code::ExpressionOfMany]);
}

#[test]
fn each_item_of_a_list_is_a_child_and_others_wait_for_all() {
    let head = "inputs: { plans: { type: list, default: [A, B] } }\n";
    let steps = "  first: { uses: noop }\n  \
          undo: { uses: undo-failover, needs: first, for-each: \"${{ inputs.plans }}\", with: { plan: \"${{ item }}\" } }\n  \
          after: { uses: noop, needs: undo }\n";
    let plan = make(&runbook(head, steps));
    assert_eq!(ids(&plan), ["first", "undo[A]", "undo[B]", "undo", "after"]);
    assert_eq!(
        edges(&plan),
        ["first>undo[A]", "first>undo[B]", "undo[A]>undo", "undo[B]>undo", "undo>after"]
    );
    assert_eq!(plan.steps()[2].with["plan"], "B");
    assert!(plan.lacks().is_empty());
    is_kept(&plan);

    let mut none = Inputs::default();
    none.text("plans", "");
    let plan = make_with(&runbook(head, steps), none, &mut Shelf::default()).unwrap();
    assert_eq!(edges(&plan), ["first>undo", "undo>after"]);

    let mut twice = Inputs::default();
    twice.text("plans", "A,A");
    let codes = refused(&runbook(head, steps), twice, &mut Shelf::default());
    assert_eq!(codes, [Code::ForEachDuplicateKey]);
    let mut strange = Inputs::default();
    strange.text("plans", "A\u{7}");
    let codes = refused(&runbook(head, steps), strange, &mut Shelf::default());
    assert_eq!(codes, [Code::ForEachBadKey]);
}

#[test]
fn items_that_are_no_texts_are_told_apart_by_their_key() {
    let plan = make(&runbook(
        "",
        "  undo:\n    uses: undo-failover\n    for-each: { in: [{ p: A, n: 1 }, { p: B, n: 2 }], as: row, key: \"k${{ row.n }}\", max-parallel: 1 }\n    \
             with: { plan: \"${{ row.p }}\" }\n",
    ));
    assert_eq!(ids(&plan), ["undo[k1]", "undo[k2]", "undo"]);
    assert_eq!(plan.steps()[1].with["plan"], "B");
    assert_eq!(plan.lacks(), ["`max-parallel`: `undo`"]);
    is_kept(&plan);
}

#[test]
fn a_list_may_be_as_long_as_the_limit_and_no_longer() {
    let text = runbook(
        "inputs: { list: { type: list } }\n",
        "  rest: { uses: noop, for-each: \"${{ inputs.list }}\" }\n",
    );
    let items = |count: usize| {
        let mut inputs = Inputs::default();
        let items: Vec<_> = (0..count).map(|at| format!("i{at}")).collect();
        inputs.text("list", &items.join(","));
        inputs
    };
    let plan = make_with(&text, items(limits::CHILDREN), &mut Shelf::default()).unwrap();
    assert_eq!(plan.steps().len(), limits::CHILDREN + 1);
    let codes = refused(&text, items(limits::CHILDREN + 1), &mut Shelf::default());
    assert_eq!(codes, [Code::ForEachTooMany]);
    let literal = |count: usize| {
        let items: Vec<_> = (0..count).map(|at| format!("i{at}")).collect();
        let steps = format!("  rest: {{ uses: noop, for-each: [{}] }}\n", items.join(", "));
        make_with(&runbook("", &steps), Inputs::default(), &mut Shelf::default())
    };
    assert!(literal(limits::CHILDREN).is_ok());
    assert!(literal(limits::CHILDREN + 1).is_err());
}

#[test]
fn what_is_known_in_the_run_only_stays_open_and_is_said_so() {
    let plan = make(&runbook(
        "",
        "  ready: { uses: assert-plan, with: { plan: P } }\n  \
           say: { uses: notify, when: steps.ready.count > 3, with: { webhook: \"https://a.b/\", text: \"n ${{ steps.ready.count }}\" } }\n  \
           each: { uses: noop, for-each: { in: \"${{ steps.ready.machines }}\", key: \"${{ item.name }}\" } }\n",
    ));
    assert_eq!(edges(&plan), ["ready>say", "ready>each"]);
    let say = &plan.steps()[1];
    assert_eq!(say.flow.when[0].expression, "steps.ready.count > 3");
    assert_eq!(say.flow.open, ["steps.ready.count"]);
    assert_eq!(say.with["text"], "n ${{ steps.ready.count }}");
    assert_eq!(plan.steps()[2].flow.for_each.as_deref(), Some("${{ steps.ready.machines }}"));
    let text = plan.text();
    assert!(text.contains("may-run (depends on steps.ready.count > 3)"), "{text}");
    assert!(text.contains("cannot-tell (its items are known in the run"), "{text}");
    assert_eq!(plan.lacks().len(), 5, "{:?}", plan.lacks());
    is_kept(&plan);
}

#[test]
fn a_scenario_decides_what_is_skipped() {
    let text = runbook(
        "scenarios: { drill: {}, real: { proof: required } }\n",
        "  a: { uses: noop, when: scenario == 'real' }\n  b: { uses: noop, needs: a }\n",
    );
    assert_eq!(refused(&text, Inputs::default(), &mut Shelf::default()), [Code::ScenarioMissing]);
    let chosen = |name: &str| {
        let mut inputs = Inputs::default();
        inputs.scenario(name);
        inputs
    };
    let codes = refused(&text, chosen("reel"), &mut Shelf::default());
    assert_eq!(codes, [Code::ScenarioUnknown]);
    let drill = make_with(&text, chosen("drill"), &mut Shelf::default()).unwrap();
    assert_eq!(drill.steps()[0].flow.skip.as_deref(), Some("`scenario == 'real'` is false"));
    assert!(drill.text().contains("will-skip (`scenario == 'real'` is false)"));
    assert_eq!(drill.scenario(), "drill");
    let real = make_with(&text, chosen("real"), &mut Shelf::default()).unwrap();
    assert_eq!(real.steps()[0].flow.skip, None);
    assert_ne!(real.digest(), drill.digest());
    is_kept(&drill);
}

#[test]
fn sensitive_inputs_are_not_in_the_plan() {
    let text = runbook(
        "inputs: { token: { type: string, sensitive: true } }\n",
        "  say: { uses: notify, with: { webhook: \"https://a.b/\", text: \"x ${{ inputs.token }}\" } }\n",
    );
    let mut inputs = Inputs::default();
    inputs.text("token", "canary");
    let plan = make_with(&text, inputs, &mut Shelf::default()).unwrap();
    for shown in [plan.text(), plan.save(), plan.json().to_string()] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let mut argument = Inputs::default();
    argument.argument("token", "canary");
    let problems = make_with(&text, argument, &mut Shelf::default()).unwrap_err();
    assert!(problems.iter().any(|problem| problem.code == Code::InputSensitive));
    assert!(!format!("{problems:?}").contains("canary"));
}

#[test]
fn finally_and_undo_stand_in_the_plan() {
    let plan = make(&runbook(
        "finally: { tell: { uses: collect } }\n",
        "  start:\n    uses: start-failover\n    with: { plan: P }\n    wait: { on-timeout: detach }\n    \
             undo: { uses: undo-failover, with: { plan: P }, wait: { on-timeout: detach } }\n  \
           lost: { uses: failover-vm, needs: start, with: { vm: V }, undo: { impossible: by hand } }\n",
    ));
    assert_eq!(ids(&plan), ["start.call", "start.wait", "lost", "tell"]);
    assert!(plan.steps()[3].flow.finally);
    assert!(matches!(
        &plan.steps()[0].flow.undo,
        Some(PlannedUndo::Step { uses, wait: Some(wait), .. })
            if uses == "undo-failover" && wait == "30m, then detach"
    ));
    assert_eq!(plan.steps()[2].flow.undo, Some(PlannedUndo::Impossible("by hand".to_owned())));
    assert!(plan.text().contains("Finally, wave 1 of 1"));
    is_kept(&plan);
}

const OTHER: &str = "\
runbook: v1
name: other
inputs: { plan: { type: string } }
steps:
  undo: { uses: undo-failover, with: { plan: \"${{ inputs.plan }}\" } }
  wait: { uses: wait-task, with: { task: undo } }
finally: { rest: { uses: noop } }
outputs: { done: \"${{ steps.wait.result }}\" }
";

#[test]
fn the_steps_of_another_runbook_stand_under_the_name_of_the_step() {
    let mut shelf = Shelf(HashMap::from([("other.yaml".to_owned(), OTHER.to_owned())]));
    let text = runbook(
        "",
        "  first: { uses: noop }\n  \
           erp: { uses: run-runbook, needs: first, with: { file: other.yaml, inputs: { plan: ERP } } }\n  \
           after: { uses: noop, needs: erp }\n",
    );
    let plan = make_with(&text, Inputs::default(), &mut shelf).unwrap();
    assert_eq!(ids(&plan), ["first", "erp/undo", "erp/wait", "erp/rest", "erp", "after"]);
    assert_eq!(edges(&plan), ["first>erp/undo", "erp/undo>erp/wait", "erp/wait>erp", "erp>after"]);
    assert_eq!(plan.steps()[1].with["plan"], "ERP");
    assert_eq!(plan.steps()[2].with["task"], "erp/undo");
    is_kept(&plan);

    let wrong = |from: &str, to: &str, shelf: &mut Shelf| {
        refused(&text.replace(from, to), Inputs::default(), shelf)
    };
    assert_eq!(
        wrong("inputs: { plan: ERP }", "inputs: { plan: 5 }", &mut shelf),
        [Code::InputWrongType]
    );
    assert_eq!(
        wrong("plan: ERP", "plam: ERP", &mut shelf),
        [Code::InputMissing, Code::InputUnknown]
    );
    assert_eq!(wrong("other.yaml", "../other.yaml", &mut shelf), [Code::FileOutside]);
    assert_eq!(wrong("other.yaml", "none.yaml", &mut shelf), [Code::FileUnreadable]);
    assert_eq!(wrong("other.yaml", "/other.yaml", &mut shelf), [Code::FileMalformed]);
    assert_eq!(wrong("other.yaml", "\"${{ 'a' }}\"", &mut shelf), [Code::FileMalformed]);
    assert_eq!(wrong("other.yaml", "n.yaml", &mut shelf), [Code::FileUnreadable]);
    let reads = "after: { uses: noop, when: steps.erp.nope == 'x', needs: erp }";
    assert_eq!(
        wrong("after: { uses: noop, needs: erp }", reads, &mut shelf),
        [Code::ExpressionUnknownOutput]
    );
    shelf.0.insert("n.yaml".to_owned(), text.clone());
    assert_eq!(wrong("other.yaml", "n.yaml", &mut shelf), [Code::FileCircle]);
    shelf.0.insert("bad.yaml".to_owned(), "runbook: v1\n".to_owned());
    assert_eq!(wrong("other.yaml", "bad.yaml", &mut shelf), [Code::FileWrong]);
}

#[test]
fn runbooks_may_lie_as_deep_and_be_as_many_as_the_limits_and_no_more() {
    let step =
        |at: usize| format!("  s{at}: {{ uses: run-runbook, with: {{ file: f{at}.yaml }} }}\n");
    let codes = |text: &str, shelf: &mut Shelf| match make_with(text, Inputs::default(), shelf) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(|problem| problem.code).collect(),
    };
    let chain = |depth: usize| {
        let mut shelf = Shelf::default();
        for at in 0..depth {
            let inner =
                if at + 1 < depth { step(at + 1) } else { "  end: { uses: noop }\n".to_owned() };
            shelf.0.insert(format!("f{at}.yaml"), runbook("", &inner));
        }
        codes(&runbook("", &step(0)), &mut shelf)
    };
    assert_eq!(chain(limits::INCLUDE_DEPTH), []);
    let beyond = chain(limits::INCLUDE_DEPTH + 1);
    assert_eq!(beyond, [Code::FileWrong], "the file that is one too deep is wrong in its parent");
    let wide = |count: usize| {
        let mut shelf = Shelf::default();
        for at in 0..count {
            shelf.0.insert(format!("f{at}.yaml"), runbook("", "  end: { uses: noop }\n"));
        }
        let steps: String = (0..count).map(step).collect();
        codes(&runbook("", &steps), &mut shelf)
    };
    assert_eq!(wide(limits::INCLUDES), []);
    assert_eq!(wide(limits::INCLUDES + 1), [Code::FileTooMany]);
}

#[test]
fn a_plan_has_no_more_steps_than_a_runbook_may_have() {
    let items: Vec<_> = (0..limits::CHILDREN).map(|at| format!("i{at}")).collect();
    let step =
        |at: usize| format!("  s{at}: {{ uses: noop, for-each: \"${{{{ inputs.list }}}}\" }}\n");
    let steps: String = (0..21).map(step).collect();
    let text = runbook("inputs: { list: { type: list } }\n", &steps);
    let mut inputs = Inputs::default();
    inputs.text("list", &items.join(","));
    assert_eq!(refused(&text, inputs, &mut Shelf::default()), [Code::StepsTooMany]);
}
