//! Problems as a log of SARIF 2.1.0, which code hosts and editors read. A mirror of the parts of
//! that format that we write; what they are called there is a promise, so nothing is renamed.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Code, Place, Severity, View, page};

/// The log of one run of the program over some texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sarif {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Driver {
    name: &'static str,
    version: String,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Configuration {
    level: Severity,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: Severity,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(rename = "physicalLocation")]
    place: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl Sarif {
    /// Describes problems, in the order in which they are to be shown, as found by this version.
    ///
    /// ```
    /// use runbook_core::problem::{Code, Problem, Sarif, View};
    /// use runbook_core::text::{Source, Span};
    ///
    /// let source = Source::new("my runbooks/a.yaml", "steps: {}\n");
    /// let problem = Problem::new(Code::StepsEmpty, "there are no steps", Span::new(0, 5), "here");
    /// let log = serde_json::to_value(Sarif::new("1.0.0", &[View::of(&source, &problem)]))?;
    /// let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    /// assert_eq!(place["artifactLocation"]["uri"], "my%20runbooks/a.yaml");
    /// assert_eq!(place["region"]["startColumn"], 1);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn new(version: &str, problems: &[View]) -> Self {
        let told = |code: &Code| problems.iter().any(|problem| problem.code == code.name());
        let codes: Vec<_> = Code::all().filter(told).collect();
        let driver = Driver {
            name: "runbook",
            version: version.to_owned(),
            rules: codes.iter().map(|code| Rule::of(*code)).collect(),
        };
        let results = problems.iter().map(|problem| Finding::of(problem, &codes)).collect();
        let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
        Self {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [run],
        }
    }
}

impl Rule {
    fn of(code: Code) -> Self {
        let meaning = page::meaning(code);
        let help = Text { text: code.page().to_owned(), markdown: Some(code.page()) };
        Self {
            id: code.name(),
            short_description: Text::plain(page::first_sentence(&meaning)),
            full_description: Text::plain(&meaning),
            help,
            default_configuration: Configuration { level: code.severity() },
        }
    }
}

impl Text {
    fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), markdown: None }
    }
}

impl Finding {
    fn of(problem: &View, codes: &[Code]) -> Self {
        let uri = uri(&problem.file);
        let text = match &problem.help {
            Some(help) => format!("{}\nhelp: {help}", problem.message),
            None => problem.message.clone(),
        };
        let region = Region {
            start_line: problem.line,
            start_column: problem.column,
            end_line: problem.end_line,
            end_column: problem.end_column,
        };
        let here = problem.related.first().map(|place| Text::plain(&place.message));
        let main = Location { id: None, place: Physical::of(&uri, region), message: here };
        let further = problem.related.iter().enumerate().skip(1);
        Self {
            rule_id: problem.code.clone(),
            rule_index: codes.iter().position(|code| code.name() == problem.code),
            level: problem.severity,
            message: Text::plain(&text),
            locations: [main],
            related_locations: further.map(|(id, place)| Location::of(&uri, id, place)).collect(),
        }
    }
}

impl Location {
    fn of(uri: &str, id: usize, place: &Place) -> Self {
        let region = Region {
            start_line: place.line,
            start_column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
        };
        let message = Some(Text::plain(&place.message));
        Self { id: Some(id), place: Physical::of(uri, region), message }
    }
}

impl Physical {
    fn of(uri: &str, region: Region) -> Self {
        Self { artifact_location: Artifact { uri: uri.to_owned() }, region }
    }
}

/// Writes a path as a reference to a file: relative where it is, and with everything encoded
/// that means something in a reference. A colon does as well: `a:b.yaml` would have a scheme.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let mut out = scheme.to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::text::{Source, Span};

    fn views() -> Vec<View> {
        let first = Source::new("runbooks/été 1.yaml", "name: a\nname: b\n");
        let twice =
            Problem::new(Code::DocumentDuplicateKey, "`name` twice", Span::new(8, 12), "again")
                .and(Span::new(0, 4), "first here")
                .help("keep one");
        let second = Source::new("b.yaml", "é: x\n");
        let detached = Problem::new(Code::WaitDetached, "nobody stops it", Span::new(4, 5), "this");
        vec![View::of(&first, &twice), View::of(&second, &detached), View::of(&first, &twice)]
    }

    #[test]
    fn a_log_is_read_by_code_hosts() {
        insta::assert_json_snapshot!(Sarif::new("1.2.3", &views()));
    }

    #[test]
    fn every_result_points_to_its_rule_and_every_rule_is_told_once() {
        let log = Sarif::new("1.2.3", &views());
        let [run] = &log.runs;
        let rules: Vec<_> = run.tool.driver.rules.iter().map(|rule| rule.id).collect();
        assert_eq!(rules, [Code::DocumentDuplicateKey.name(), Code::WaitDetached.name()]);
        for result in &run.results {
            assert_eq!(result.rule_index.map(|at| rules[at]), Some(result.rule_id.as_str()));
        }
        assert!(Sarif::new("1.2.3", &[]).runs[0].results.is_empty());
    }

    #[test]
    fn every_code_makes_a_rule_with_words() {
        for code in Code::all() {
            let rule = Rule::of(code);
            assert!(rule.short_description.text.ends_with('.'), "{}", code.name());
            assert!(rule.full_description.text.starts_with(&rule.short_description.text));
        }
    }

    #[test]
    fn a_path_becomes_a_reference() {
        for (path, reference) in [
            ("a/b-1_2.yaml", "a/b-1_2.yaml"),
            ("../a b.yaml", "../a%20b.yaml"),
            ("a:b#c?.yaml", "a%3Ab%23c%3F.yaml"),
            ("é%.yaml", "%C3%A9%25.yaml"),
            ("/tmp/a.yaml", "file:///tmp/a.yaml"),
        ] {
            assert_eq!(uri(path), reference);
        }
    }
}
