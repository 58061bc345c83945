//! Exchanges that lie beside the repository and are not part of it.

use std::path::{Path, PathBuf};

use em_api::operation::UndoFailoverPlan;
use em_api::operation::{AnswerError, GetFailoverPlan, ListTasks, Logon, Operation};
use em_api::protocol::{PlanId, Response, SESSION_HEADER};
use serde_json::Value;

/// Reads the documents of the reference which the client knows, out of a folder that stands
/// beside a working copy in some places. Where it does not, this passes: the exchanges in this
/// repository are the ones that count, and these are only more of the same.
#[test]
fn documents_of_the_reference_beside_the_repository_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/protocol/exchanges");
    if !folder.is_dir() {
        return;
    }
    let mut read = 0;
    for path in files(&folder) {
        let text = std::fs::read_to_string(&path).expect("a file");
        let file: Value = serde_json::from_str(&text).expect("JSON");
        let Some(body) = file["response"]["body"].as_str() else { continue };
        // Where the reference leaves something out, it prints three dots.
        if body.contains("...") {
            continue;
        }
        if let Some(result) = document(body) {
            read += 1;
            assert!(result.is_ok(), "{}: {result:?}", path.display());
        }
    }
    assert!(read > 50, "only {read} documents were found");
}

/// Reads a document by its root; `None` for those no operation asks for.
fn document(body: &str) -> Option<Result<(), AnswerError>> {
    let plan = || PlanId::parse("any").expect("a plan id");
    let start = body.find("?>").map_or(0, |end| end + 2);
    let root = body[start..].trim_start().strip_prefix('<')?.split([' ', '>', '/']).next()?;
    let response = |status| Response {
        status,
        headers: vec![(SESSION_HEADER.to_owned(), "token".to_owned())],
        body: body.as_bytes().to_vec(),
    };
    Some(match root {
        "Task" => UndoFailoverPlan { plan: plan() }.answer(&response(202)).map(drop),
        "Tasks" => ListTasks.answer(&response(200)).map(drop),
        "LogonSession" => Logon.answer(&response(201)).map(drop),
        "FailoverPlan" => GetFailoverPlan { plan: plan() }.answer(&response(200)).map(drop),
        _ => return None,
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = super::entries(folder)
        .into_iter()
        .filter(|path| path.is_dir())
        .flat_map(|folder| super::entries(&folder))
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files
}
