//! The inputs that a command line gives.

use runbook_core::plan::Inputs;

use crate::args::InputArgs;
use crate::exit::Failure;

/// Reads `--input name=value`.
pub(crate) fn inputs(args: &InputArgs) -> Result<Inputs, Failure> {
    let mut inputs = Inputs::default();
    for given in &args.inputs {
        let Some((name, value)) = given.split_once('=') else {
            return Err(Failure::invalid(format!("`--input {given}` has no `=`"))
                .help("write `--input name=value`"));
        };
        inputs.text(name, value);
    }
    Ok(inputs)
}
