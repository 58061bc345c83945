//! What a wrong runbook is told: one file a code, rendered; and the page of each code, run.

mod reading;
mod wrong;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use miette::{GraphicalReportHandler, GraphicalTheme};
use runbook_core::check;
use runbook_core::document::Document;
use runbook_core::graph::Graph;
use runbook_core::plan::{Inputs, Plan};
use runbook_core::problem::{Code, Problems, Report, Severity, View};
use runbook_core::runbook::Runbook;
use runbook_core::text::{Source, is_visible};

/// Codes that no small text can show, each with the test that shows it elsewhere.
const NOT_BY_TEXT: &[(Code, &str)] = &[
    (Code::DocumentUnreadable, "a_path_that_is_no_runbook_gets_a_clear_error"),
    (Code::DocumentNotText, "bytes_that_are_no_text_are_told_of_with_their_place"),
    (Code::DocumentTooLarge, "the_real_bounds_of_size_and_depth_hold"),
    (Code::DocumentTooManyNodes, "bounds_hold_at_the_limit_and_one_past_it"),
    (Code::StepsTooMany, "there_may_be_as_many_steps_as_the_limit_and_no_more"),
    (Code::InputUnknown, "what_is_given_must_fit_the_inputs"),
    (Code::InputSensitive, "sensitive_inputs_are_not_in_the_plan"),
    (Code::ForEachTooMany, "a_list_may_be_as_long_as_the_limit_and_no_longer"),
    (Code::WithRefused, "the declarations leave nothing to refuse; a net below them"),
    (Code::FileOutside, "the_steps_of_another_runbook_stand_under_the_name_of_the_step"),
    (Code::FileUnreadable, "the_steps_of_another_runbook_stand_under_the_name_of_the_step"),
    (Code::FileWrong, "the_steps_of_another_runbook_stand_under_the_name_of_the_step"),
    (Code::FileCircle, "the_steps_of_another_runbook_stand_under_the_name_of_the_step"),
    (Code::FileTooDeep, "runbooks_may_lie_as_deep_and_be_as_many_as_the_limits_and_no_more"),
    (Code::FileTooMany, "runbooks_may_lie_as_deep_and_be_as_many_as_the_limits_and_no_more"),
];

/// The columns of a line.
const WIDTH: usize = 80;

/// Everything that `check` and `plan` say of a text, in order of place.
fn problems(source: &Source) -> Problems {
    let mut problems = Problems::default();
    let document = Document::parse(source, &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    match check::all(runbook, graph, problems) {
        Err(problems) => problems,
        Ok(checked) => {
            let remarks = checked.remarks().clone();
            Plan::make(&checked, Inputs::default()).err().unwrap_or(remarks)
        }
    }
}

fn codes(text: &str) -> Vec<&'static str> {
    problems(&Source::new("page.yaml", text)).sorted().iter().map(|p| p.code.name()).collect()
}

fn rendered(source: &Source) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(WIDTH)
        .with_wrap_lines(false)
        .with_links(false);
    let mut text = String::new();
    for problem in problems(source).sorted() {
        handler
            .render_report(&mut text, &Report::new(source, problem).wrapped(WIDTH))
            .expect("it renders");
        text.push('\n');
    }
    text
}

fn file_of(code: Code) -> String {
    let (area, problem) =
        code.name().trim_start_matches("runbook::").split_once("::").expect("an area");
    format!("{area}/{problem}.yaml")
}

/// The YAML block under a heading of a page.
fn example<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("## {heading}\n")).expect("the heading");
    let (_, block) = after.split_once("```yaml\n").expect("a block");
    block.split_once("```\n").expect("the end of the block").0
}

#[test]
fn what_a_wrong_runbook_is_told() {
    insta::glob!("*/*.yaml", |path| {
        let text = std::fs::read_to_string(path).expect("the file can be read");
        let folder = path.parent().and_then(Path::file_name).expect("a folder").to_string_lossy();
        let name = path.file_name().expect("a name").to_string_lossy();
        let source = Source::new(&format!("{folder}/{name}"), text);
        insta::assert_snapshot!(rendered(&source));
    });
}

#[test]
fn every_code_has_a_rejected_runbook() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rejected");
    let exempt: BTreeSet<_> = NOT_BY_TEXT.iter().map(|(code, _)| *code).collect();
    let mut wrong = BTreeMap::new();
    for code in Code::all().filter(|code| !exempt.contains(code)) {
        let path = folder.join(file_of(code));
        match std::fs::read_to_string(&path) {
            Err(error) => drop(wrong.insert(code.name(), error.to_string())),
            Ok(text) if !codes(&text).contains(&code.name()) => {
                wrong.insert(code.name(), format!("its file is told {:?}", codes(&text)));
            }
            Ok(_) => {}
        }
    }
    assert_eq!(wrong, BTreeMap::new());
}

#[test]
fn the_examples_of_every_page_are_told_what_the_page_says() {
    let exempt: BTreeSet<_> = NOT_BY_TEXT.iter().map(|(code, _)| *code).collect();
    let mut wrong = BTreeMap::new();
    for code in Code::all() {
        let page = code.page();
        let refused = codes(example(page, "Refused"));
        if !exempt.contains(&code) && refused != [code.name()] {
            wrong.insert((code.name(), "refused"), refused);
        }
        let accepted = codes(example(page, "Accepted"));
        if !accepted.is_empty() {
            wrong.insert((code.name(), "accepted"), accepted);
        }
    }
    assert_eq!(wrong, BTreeMap::new());
}

#[test]
fn every_page_has_its_parts_and_its_name() {
    for code in Code::all() {
        let page = code.page();
        assert!(page.starts_with(&format!("# {}\n", code.name())), "{}", code.name());
        for heading in ["What it means", "Why it is refused", "Refused", "Accepted"] {
            assert!(page.contains(&format!("\n## {heading}\n")), "{}: {heading}", code.name());
        }
    }
}

#[test]
fn what_says_nothing_and_what_means_the_same_is_taken() {
    for text in [
        "inputs: { a: { type: duration, choices: [30m, 1h], default: 60m } }",
        "inputs: { a: { type: number, choices: [1, 2.5], default: 1.0 } }",
        "inputs:\n  a:\n    type: timestamp\n    choices: [\"2026-11-23T09:00:00+01:00\"]\n    \
         default: 2026-11-23T08:00:00Z",
        "inputs: { a: { type: list, choices: [x, y], default: [x] } }",
        "inputs: { a: { type: list, choices: [x, y], default: [y, x], max: 2 } }",
        "scenarios: { drill: }",
        "finally: { pause: { uses: noop, with: } }",
    ] {
        let text = format!("runbook: v1\nname: n\n{text}\nsteps:\n  rest: {{ uses: noop }}\n");
        assert_eq!(codes(&text), [""; 0], "{text}");
    }
}

#[test]
fn the_help_names_what_was_meant() {
    for (step, help) in [
        ("uses: noop, needs: b.call", "write `b`"),
        ("uses: noop, needs: b/a", "write `b`"),
        ("uses: noop, needs: steps.b", "write `b`"),
        ("uses: noop, needs: \"b, c\"", "write `[b, c]`"),
        ("uses: command, effect: read, with: { argv: ./x --json }", "write [./x, --json]"),
        (
            "uses: start-failover, undo: undo-failover",
            "write `{ uses: undo-failover, with: { … } }`",
        ),
        ("uses: noop, depends-on: b", "write `needs`"),
        ("uses: noop, requires: b", "write `needs`"),
        ("uses: noop, if: 'true'", "write `when`"),
        ("uses: noop, on_failure: halt", "did you mean `on-failure`?"),
        ("uses: assert-server, retry: { attempts: 2, max_wait: 9s }", "did you mean `max-wait`?"),
        ("uses: shell", "write `command`, which runs a program"),
        ("uses: noop, when: yes", "write `true`"),
        ("uses: noop, when: scenario = 'a'", "write `==`"),
        ("uses: noop, when: 'true && false'", "write `and`"),
        ("uses: noop, when: 'true || false'", "write `or`"),
        ("uses: noop, when: '!true'", "write `not`"),
        ("uses: noop, when: 'true ? 1 : 2'", "write `a if b else c`"),
        (
            "uses: command, with: { argv: [x], effect: read }",
            "`effect` stands beside `with`: write it there",
        ),
        ("uses: assert-plan, plan: ERP", "write `plan` under `with`"),
        (
            "uses: noop, description: ${{ inputs.p }}",
            "put the expression in quotes: `\"${{ inputs.p }}\"`",
        ),
    ] {
        let text = format!("runbook: v1\nname: n\nsteps:\n  a: {{ {step} }}\n");
        let source = Source::new("n.yaml", text.as_str());
        let problems = problems(&source);
        let helps: Vec<_> = problems.iter().filter_map(|problem| problem.help.as_deref()).collect();
        assert!(helps.contains(&help), "{step}: {helps:#?}");
    }
}

#[test]
fn codes_are_never_reused() {
    let list: Vec<_> =
        Code::all().map(|code| format!("{:7} {}", code.severity().name(), code.name())).collect();
    let names: BTreeSet<_> = Code::all().map(Code::name).collect();
    assert_eq!(names.len(), list.len());
    assert!(Code::all().all(|code| Code::find(code.name()) == Some(code)));
    insta::assert_snapshot!(list.join("\n"));
}

#[test]
fn every_problem_has_a_place_and_advice_and_keeps_to_the_wording() {
    for code in Code::all() {
        let source = Source::new("page.yaml", example(code.page(), "Refused"));
        for problem in problems(&source).sorted() {
            let name = problem.code.name();
            assert!(!problem.labels.is_empty(), "{name}");
            assert!(problem.help.is_some(), "{name}");
            assert!(!problem.message.ends_with('.'), "{name}: {}", problem.message);
            let first = problem.message.chars().next();
            assert!(first.is_some_and(|c| !c.is_uppercase()), "{name}: {}", problem.message);
        }
    }
}

#[test]
fn a_remark_lets_a_runbook_pass() {
    for code in Code::all().filter(|code| code.severity() != Severity::Error) {
        let source = Source::new("page.yaml", example(code.page(), "Refused"));
        assert!(!problems(&source).has_errors(), "{}", code.name());
    }
}

#[test]
fn problems_are_shown_to_programs_with_lines_and_columns() {
    let text =
        "runbook: v1\nname: é\nsteps:\n  é: { uses: noop, needs: [b] }\n  b: { uses: slep }\n";
    let source = Source::new("é.yaml", text);
    let listing = runbook_core::problem::Listing::new(View::all(&source, &problems(&source)));
    insta::assert_json_snapshot!(listing);
}

/// Texts with deletions, doublings and foreign signs, the same on each run.
fn mutations(text: &str) -> impl Iterator<Item = String> {
    const SIGNS: &[&str] = &[
        "\t", "\"", "'", "{", "[", "}", "]", ": ", "- ", "#", "&a ", "*a", "!t ", "${{", "}}", "é",
        "\u{feff}", "\r", "\0", "|\n", "? ", "<<: ", "\n---\n", "0", "~", "\u{85}",
    ];
    let mut state = 0x2026_1123_u64;
    let mut next = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    let letters: Vec<char> = text.chars().collect();
    (0..120).map(move |_| {
        let mut letters = letters.clone();
        for _ in 0..=next(3) {
            let at = next(letters.len());
            match next(3) {
                0 => drop(letters.splice(at..(at + next(6)).min(letters.len()), [])),
                1 => drop(letters.splice(at..at, SIGNS[next(SIGNS.len())].chars())),
                _ => {
                    let part = letters[at..(at + next(20)).min(letters.len())].to_vec();
                    drop(letters.splice(at..at, part));
                }
            }
            if letters.is_empty() {
                break;
            }
        }
        letters.into_iter().collect()
    })
}

#[test]
fn no_text_makes_it_panic_and_every_place_is_in_the_text() {
    for code in Code::all() {
        for text in mutations(example(code.page(), "Refused")) {
            let source = Source::new("mutated.yaml", text.as_str());
            for problem in problems(&source).sorted() {
                for label in &problem.labels {
                    let shown = source.shown(label.span);
                    assert!(text.get(shown.start..shown.end).is_some(), "{text:?}: {problem:?}");
                    assert!(label.span.start <= label.span.end, "{text:?}: {problem:?}");
                }
                let text = Report::new(&source, problem).wrapped(WIDTH);
                assert!(!text.to_string().is_empty());
            }
            let shown = |letter: char| matches!(letter, '\n' | '\u{feff}') || is_visible(letter);
            assert!(rendered(&source).chars().all(shown), "{text:?}");
        }
    }
}
