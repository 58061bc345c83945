//! The JSON Schema that editors use, held against what `check` says.
//!
//! A validator that knows nothing of us reads it: what the checks pass must pass it, and what can
//! be seen without knowing other steps and names must be refused by both.

mod keys;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex, Schemas};
use runbook_core::document::Document;
use runbook_core::problem::{Code, Problems};
use runbook_core::schema;
use runbook_core::steps;
use runbook_core::text::Source;
use serde_json::Value;

/// The codes for which a schema can see that a text is wrong.
const SEEN: &[Code] = &[
    Code::DocumentNotAMapping,
    Code::KeyUnknown,
    Code::KeyMissing,
    Code::ValueWrongType,
    Code::ValueEmpty,
    Code::ValueUnknownWord,
    Code::ValueOutOfRange,
    Code::ValueTooShort,
    Code::ValueBadAddress,
    Code::ValueBadUrl,
    Code::VersionUnknown,
    Code::NameMalformed,
    Code::InputMalformed,
    Code::InputWrongType,
    Code::InputNotForType,
    Code::SecretMalformed,
    Code::SecretSource,
    Code::SecretVariable,
    Code::SecretFile,
    Code::ScenarioMalformed,
    Code::OutputMalformed,
    Code::AllowUnknown,
    Code::AllowError,
    Code::AllowNoReason,
    Code::StepsEmpty,
    Code::StepMalformed,
    Code::UsesUnknown,
    Code::DurationBareNumber,
    Code::DurationMalformed,
    Code::TimeoutNotTaken,
    Code::WaitNotTaken,
    Code::OnWarningNotTaken,
    Code::EffectFixed,
    Code::EffectMissing,
    Code::RetryNotARead,
    Code::UndoNotOwed,
    Code::ForEachConstantKey,
    Code::TimestampMalformed,
    Code::WithUnknown,
    Code::WithMissing,
    Code::WithNotLiteral,
    Code::ExpressionMisplaced,
    Code::ExpressionWrapped,
];

const SHIPPED: &str = "docs/runbook.schema.json";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The schema, as a validator has read it.
static SCHEMA: LazyLock<(Schemas, SchemaIndex)> = LazyLock::new(|| {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("runbook.json", schema::runbook()).expect("a schema");
    let index = compiler.compile("runbook.json", &mut schemas);
    let index = index.unwrap_or_else(|error| panic!("the schema is no schema: {error:#}"));
    (schemas, index)
});

/// Returns a text as an editor sees it; none where it is no YAML that we read, or nothing.
fn value(text: &str) -> Option<Value> {
    let mut problems = Problems::default();
    let document = Document::parse(&Source::new("a.yaml", text), &mut problems);
    let is_read = problems.is_empty();
    is_read.then(|| serde_json::to_value(document.root().value()).expect("plain data"))
}

/// Says why the schema refuses a text; none where it does not.
fn refusal(text: &str) -> Option<String> {
    let (schemas, index) = &*SCHEMA;
    let value = value(text).unwrap_or_else(|| panic!("this is no YAML:\n{text}"));
    schemas.validate(&value, *index).err().map(|error| format!("{error:#}"))
}

/// Returns the texts of the files below a folder, with their paths.
fn texts(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).expect("a folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if root().join(&path).is_dir() {
            found.extend(texts(&path));
        } else if Path::new(&path).extension().is_some_and(|of| of == "yaml") {
            found.push((path.clone(), std::fs::read_to_string(root().join(path)).expect("text")));
        }
    }
    found.sort();
    found
}

/// The YAML block under a heading of the page of a code. That every page has one is held elsewhere.
fn example(code: Code, heading: &str) -> &'static str {
    let block = |page: &'static str| {
        let (_, after) = page.split_once(&format!("## {heading}\n"))?;
        Some(after.split_once("```yaml\n")?.1.split_once("```\n")?.0)
    };
    block(code.page()).unwrap_or_default()
}

#[track_caller]
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n\n"));
}

#[test]
fn the_schema_that_ships_is_the_one_that_is_printed() {
    let mut made = serde_json::to_string_pretty(&schema::runbook()).expect("JSON");
    made.push('\n');
    let path = root().join(SHIPPED);
    if std::env::var_os("RUNBOOK_WRITE_PAGES").is_some() {
        std::fs::write(&path, &made).expect("the schema can be written");
    }
    let shipped = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        shipped == made,
        "{SHIPPED} is not what the tables and declarations say. Write it again with \
         `RUNBOOK_WRITE_PAGES=1 cargo test -p runbook-tests the_schema_that_ships`."
    );
}

#[test]
fn every_good_runbook_passes_the_schema() {
    let mut good = texts("runbooks");
    let of_kind = |decl: &runbook_core::step::Decl| (decl.kind.to_owned(), decl.example.to_owned());
    good.extend(steps::ALL.iter().map(|step_type| of_kind(step_type.decl())));
    let accepted = |code: Code| (code.name().to_owned(), example(code, "Accepted").to_owned());
    good.extend(Code::all().map(accepted));
    assert!(good.len() > 50);
    let complaints = good.iter().filter(|(_, text)| !text.is_empty()).filter_map(|(name, text)| {
        refusal(text).map(|refusal| format!("{name}: {refusal}\n{text}"))
    });
    none(&complaints.collect::<Vec<_>>());
}

#[test]
fn every_mistake_that_a_schema_can_see_is_refused() {
    let mut complaints = Vec::new();
    for code in SEEN {
        let (_, of) = code.name().split_once("::").expect("an area");
        let file = format!("tests/rejected/{}.yaml", of.replace("::", "/"));
        let rejected = std::fs::read_to_string(root().join(&file));
        let rejected = rejected.unwrap_or_else(|error| panic!("{file}: {error}"));
        for (name, text) in
            [(file.as_str(), rejected.as_str()), (code.name(), example(*code, "Refused"))]
        {
            if value(text).is_some() && refusal(text).is_none() {
                complaints.push(format!("{name} passes:\n{text}"));
            }
        }
    }
    none(&complaints);
}

/// An editor must not flag what runs.
#[test]
fn what_only_check_can_see_is_no_mistake_to_the_schema() {
    let rest = Code::all().filter(|code| !SEEN.contains(code));
    let complaints = rest.filter_map(|code| {
        let text = example(code, "Refused");
        value(text)?;
        refusal(text).map(|refusal| format!("{} is seen: {refusal}\n{text}", code.name()))
    });
    let complaints: Vec<_> = complaints.collect();
    assert!(
        complaints.is_empty(),
        "\n{}\n\nIf the example is wrong in itself, add its code to SEEN; if it is right but for \
         names and circles, the schema is too strict.",
        complaints.join("\n\n")
    );
}

#[test]
fn the_schema_says_what_each_kind_takes() {
    let schema = schema::runbook();
    let kinds = schema["$defs"]["kinds"]["allOf"].as_array().expect("kinds");
    assert_eq!(kinds.len(), steps::ALL.len());
    for (rule, step_type) in kinds.iter().zip(steps::ALL) {
        let decl = step_type.decl();
        assert_eq!(rule["if"]["properties"]["uses"]["const"], decl.kind);
        let with = &rule["then"]["properties"]["with"];
        assert_eq!(with["additionalProperties"], false, "{}", decl.kind);
        for param in decl.params {
            let about = with["properties"][param.name]["description"].as_str();
            assert!(about.is_some_and(|about| about.starts_with(param.about)), "{}", decl.kind);
        }
    }
}
