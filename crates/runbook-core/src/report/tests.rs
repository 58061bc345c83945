//! Reports of runs in which everything that a server or a person can name is hostile. Each form is
//! read back by something else than what wrote it.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;

/// What a name or message may try: terminals, pages, tables, sheets, documents, CI services.
const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}]8;;https://evil.invalid\u{7}click\u{1b}]8;;\u{7}",
    "::error::forged ##[error]forged ##vso[task.complete result=Succeeded]ok",
    "section_start:1:x\r\u{1b}[0K\nline two\n::warning::x",
    "\u{202e}reversed \u{200b}hidden \u{ad}\u{e0041}\u{fffe}",
    "| cell | `code` ``more`` \\| <script>alert(1)</script> <!-- ",
    "@user #1 GH-1 [link](https://evil.invalid) ![i](https://evil.invalid/i.png) www.evil.invalid",
    "=cmd|' /C calc'!A0",
    "]]> &amp; </testcase><testcase name=\"forged\"/> \"quotes\" 'too'",
    "---\n# heading\n- item\n~~~\n",
];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_767_225_600_000 + seconds * 1000)
}

fn step(id: &str, result: Option<StepResult>, said: &str) -> StepReport {
    StepReport {
        id: id.to_owned(),
        uses: "undo-failover",
        result,
        grade: (result == Some(StepResult::Succeeded)).then_some(Grade::Acknowledged),
        started: Some(at(1)),
        ended: result.map(|_| at(63)),
        attempts: 1,
        message: said.to_owned(),
        evidence: vec!["attempt 1, lane 1: POST /api/x".to_owned(), format!("EM says «{said}»")],
    }
}

fn report(steps: Vec<StepReport>, verdict: Verdict) -> Report {
    Report {
        schema: "report/v1",
        run: RunHead {
            id: "20260101T000000000Z-0123abcd".to_owned(),
            runbook: "undo-erp".to_owned(),
            plan_digest: "ab".repeat(32),
            target: "env".to_owned(),
            address: "https://em.example.org:9398/".to_owned(),
            started: Some(at(0)),
            ended: Some(at(64)),
        },
        verdict,
        summary: "a step failed; what was done before it stays done",
        is_running: false,
        damage: None,
        is_open: false,
        exit_code: verdict.exit_code(),
        stopped: None,
        steps,
        decisions: Vec::new(),
        remarks: Vec::new(),
        journal: None,
    }
    .anchored(23, &"0123456789abcdef".repeat(4))
}

/// A report of a run that was well behaved, with every result there is.
fn plain() -> Report {
    use strum::IntoEnumIterator as _;
    let results = StepResult::iter().map(Some).chain([None]);
    let steps = results
        .map(|result| step(result.map_or("open", StepResult::name), result, "what `became` of it"));
    let mut report = report(steps.collect(), Verdict::Unknown);
    report.remarks.push("`unknown` is unknown: look in the backup console.".to_owned());
    report.decisions.push("`go` was approved by ops".to_owned());
    report
}

fn hostile() -> Report {
    let steps = HOSTILE.iter().enumerate().map(|(at, text)| {
        let result = [StepResult::Failed, StepResult::Unknown, StepResult::Succeeded][at % 3];
        step(text, Some(result), text)
    });
    let mut report = report(steps.collect(), Verdict::Unknown);
    report.remarks.extend(HOSTILE.iter().map(|text| (*text).to_owned()));
    report.decisions.push(HOSTILE[4].to_owned());
    report.stopped = Some(HOSTILE.concat());
    let head = &mut report.run;
    for text in [&mut head.runbook, &mut head.target, &mut head.address, &mut head.id] {
        *text = HOSTILE[4].to_owned() + HOSTILE[7];
    }
    report
}

#[test]
fn every_result_has_its_place_in_text() {
    insta::assert_snapshot!(text(&plain()));
}

#[test]
fn every_result_has_its_place_in_junit() {
    insta::assert_snapshot!(plain().junit());
}

#[test]
fn every_result_has_its_place_in_markdown() {
    insta::assert_snapshot!(plain().markdown());
}

#[test]
fn hostile_text_stays_text() {
    insta::assert_snapshot!("hostile_text", text(&hostile()));
    insta::assert_snapshot!("hostile_junit", hostile().junit());
    insta::assert_snapshot!("hostile_markdown", hostile().markdown());
}

/// Whatever is written: one line is one line, nothing unseen, no command to a CI service.
#[test]
fn no_form_controls_a_terminal_or_a_ci_service() {
    let hostile = hostile();
    for written in [text(&hostile), hostile.json(), hostile.junit(), hostile.markdown()] {
        for line in written.lines() {
            let bad = |c: char| c.is_control() || ('\u{200b}'..='\u{202e}').contains(&c);
            assert!(!line.contains(bad), "{line:?}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{line}");
            assert!(!line.trim_start().starts_with("::"), "{line}");
            assert!(!line.contains("section_start:"), "{line}");
        }
    }
    let read: serde_json::Value = serde_json::from_str(&hostile.json()).unwrap();
    assert_eq!(read["steps"][0]["message"], HOSTILE[0]);
}

/// Reads a document back: its elements with their attributes, and how often each stands.
fn elements(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut found = Vec::new();
    loop {
        match reader.read_event().expect("it is well formed") {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                let attributes = element.attributes().map(|attribute| {
                    let attribute = attribute.expect("an attribute");
                    let key = attribute.key.as_ref().to_owned();
                    (
                        key,
                        attribute
                            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
                            .unwrap()
                            .into_owned(),
                    )
                });
                found.push((name, attributes.collect()));
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn junit_is_well_formed_and_has_a_case_for_each_step() {
    let report = hostile();
    let elements = elements(&report.junit());
    let cases: Vec<_> = elements.iter().filter(|(name, _)| name == "testcase").collect();
    assert_eq!(cases.len(), report.steps.len());
    for ((_, attributes), step) in cases.iter().zip(&report.steps) {
        assert_eq!(attributes[1], ("name".to_owned(), safe(&step.id)));
    }
    let (_, suite) = elements.iter().find(|(name, _)| name == "testsuite").unwrap();
    let of = |name: &str| &suite.iter().find(|(key, _)| key == name).unwrap().1;
    let counted = |name: &str| elements.iter().filter(|(found, _)| found == name).count();
    assert_eq!(of("failures"), &counted("failure").to_string());
    assert_eq!(of("errors"), &counted("error").to_string());
}

/// A dashboard that shows green for a run that was stopped before its first step would be a lie.
#[test]
fn a_run_that_went_wrong_is_never_green() {
    let mut report = report(Vec::new(), Verdict::Unreachable);
    report.stopped = Some("EM cannot be reached".to_owned());
    let found = elements(&report.junit());
    assert_eq!(found.iter().filter(|(name, _)| name == "error").count(), 1, "{}", report.junit());
    report.exit_code = 0;
    assert_eq!(elements(&report.junit()).iter().filter(|(name, _)| name == "error").count(), 0);
}

/// What is not the last word says so in each form, and is never green.
#[test]
fn a_run_at_work_and_a_damaged_journal_are_told_of_in_every_form() {
    let running = Report { is_running: true, exit_code: 0, ..report(Vec::new(), Verdict::Done) };
    let damage = Some("line 3 of the journal is damaged".to_owned());
    let damaged = Report { damage, exit_code: 74, ..report(Vec::new(), Verdict::Done) };
    assert!(text(&running).starts_with("undo-erp: running\n"), "{}", text(&running));
    assert!(text(&damaged).starts_with("undo-erp: damaged (exit code 74)\n"), "{}", text(&damaged));
    for (report, word) in [(&running, "running"), (&damaged, "damaged")] {
        let heading = format!("## `undo-erp`: {word}");
        assert!(report.markdown().starts_with(&heading), "{}", report.markdown());
        let errors = elements(&report.junit()).into_iter().filter(|(name, _)| name == "error");
        let kinds: Vec<_> = errors.map(|(_, attributes)| attributes[0].1.clone()).collect();
        assert_eq!(kinds, [word]);
    }
}

/// Reads Markdown as a host does: outside of code there is nothing of a server, no table is torn,
/// and nothing is a link, an image or HTML.
#[test]
fn markdown_has_hostile_text_in_code_only() {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    let markdown = hostile().markdown();
    let (mut cells, mut rows) = (0, 0);
    for event in Parser::new_ext(&markdown, Options::all()) {
        match event {
            // Hosts look for mentions, addresses and numbers of issues in text.
            Event::Text(text) => {
                for sign in ["<", "@", "http", "www", "[", "!", "GH-", "#", "=", "\\", ":/"] {
                    assert!(!text.contains(sign), "{sign} in {text}");
                }
            }
            Event::End(TagEnd::TableCell) => cells += 1,
            Event::End(TagEnd::TableRow) => {
                rows += 1;
                // Those of the head, and of each row so far.
                assert_eq!(cells, 6 * (rows + 1), "row {rows} of {markdown}");
            }
            Event::Code(_)
            | Event::SoftBreak
            | Event::End(_)
            | Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::List(_)
                | Tag::Item
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell
                | Tag::Strong,
            ) => {}
            other => panic!("{other:?} in {markdown}"),
        }
    }
    assert_eq!(rows, HOSTILE.len());
}
