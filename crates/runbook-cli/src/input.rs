//! The inputs that a command line gives.

use std::collections::BTreeSet;

use runbook_core::plan::Inputs;

use crate::args::InputArgs;
use crate::exit::Failure;

/// Reads `--input name=value`.
pub(crate) fn inputs(args: &InputArgs) -> Result<Inputs, Failure> {
    let mut inputs = Inputs::default();
    let mut names = BTreeSet::new();
    for given in &args.inputs {
        let Some((name, value)) = given.split_once('=') else {
            return Err(Failure::invalid(format!("`--input {given}` has no `=`"))
                .help("write `--input name=value`"));
        };
        if !names.insert(name) {
            return Err(Failure::invalid(format!("the input `{name}` is given twice"))
                .help("give it once: which one would count is not for a program to guess"));
        }
        inputs.text(name, value);
    }
    Ok(inputs)
}
