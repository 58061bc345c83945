//! `runbook explain`: the reference, built into the binary.

use std::fmt::Write as _;

use runbook_core::problem::Code;
use runbook_core::step::AnyStepType;
use runbook_core::steps;
use runbook_core::text::nearest;

use crate::args::ExplainArgs;
use crate::exit::{Exit, Failure};
use crate::terminal;

const EXIT_CODES: &str = "exit-codes";

/// Prints the page of a topic.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit, Failure> {
    let topic = args.topic.as_str();
    let page = page(topic).ok_or_else(|| unknown(topic))?;
    terminal::result(&page);
    Ok(Exit::Done)
}

fn page(topic: &str) -> Option<String> {
    if topic == EXIT_CODES {
        return Some(exit_codes());
    }
    let code = Code::find(topic).or_else(|| Code::find(&whole(topic)));
    let kind = || steps::find(topic).map(AnyStepType::page);
    code.map(|code| code.page().to_owned()).or_else(kind)
}

/// The name of a code of which the first word was left out.
fn whole(topic: &str) -> String {
    format!("runbook::{topic}")
}

fn unknown(topic: &str) -> Failure {
    let codes = || Code::all().map(Code::name);
    let kinds = || steps::ALL.iter().map(|step_type| step_type.decl().kind);
    let failure = Failure::invalid(format!("there is no page about `{topic}`"));
    let whole = whole(topic);
    let near = nearest(topic, codes().chain(kinds()).chain([EXIT_CODES]));
    if let Some(near) = near.or_else(|| nearest(&whole, codes())) {
        return failure.help(format!("did you mean `{near}`?"));
    }
    let kinds: Vec<_> = kinds().collect();
    failure.help(format!(
        "a topic is `exit-codes`, a code such as `runbook::needs::unknown`, or a kind: {}",
        kinds.join(", ")
    ))
}

fn exit_codes() -> String {
    let mut page = String::from("# Exit codes\n\n| code | name | meaning |\n| --- | --- | --- |\n");
    for exit in Exit::ALL {
        let _ = writeln!(page, "| {} | {} | {} |", exit.code(), exit.word(), exit.meaning());
    }
    page.push_str("| 128+n | killed | a second signal, number n, came |\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_without_its_first_word() {
        let whole = page("runbook::needs::unknown");
        assert!(whole.is_some());
        assert_eq!(page("needs::unknown"), whole);
        assert_eq!(page("needs::unknwon"), None);
    }
}
