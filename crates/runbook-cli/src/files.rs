//! Reading a runbook's file, with an error that says what to do.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use runbook_core::limits;
use runbook_core::text::Source;

use crate::exit::Failure;

/// Reads a runbook, at most as much as one may have.
pub(crate) fn read_runbook(path: &Path) -> Result<Source, Failure> {
    let name = path.display().to_string();
    let metadata = fs::metadata(path).map_err(|error| cannot_read(&name, &error))?;
    if metadata.is_dir() {
        return Err(Failure::invalid(format!("`{name}` is a folder"))
            .help(format!("name the runbooks in it: `{name}/*.yaml`")));
    }
    // One byte more than the limit, so that the checks can say that it is too large.
    let most = u64::try_from(limits::FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| cannot_read(&name, &error))?;
    file.take(most).read_to_end(&mut bytes).map_err(|error| cannot_read(&name, &error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(&name, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let (before, rest) = error.as_bytes().split_at(at);
            let line = before.split(|byte| *byte == b'\n').count();
            let byte = rest.first().copied().unwrap_or_default();
            Err(Failure::invalid(format!(
                "`{name}` is not UTF-8: line {line} has the byte 0x{byte:02X} where no character has it"
            ))
            .help("save it as UTF-8"))
        }
    }
}

fn cannot_read(name: &str, error: &std::io::Error) -> Failure {
    let failure = match error.kind() {
        ErrorKind::NotFound => Failure::invalid(format!("there is no file `{name}`")),
        ErrorKind::PermissionDenied => Failure::invalid(format!("this user may not read `{name}`"))
            .help(format!("`ls -l {name}` shows who may")),
        _ => Failure::invalid(format!("`{name}` cannot be read: {error}")),
    };
    match failure.help {
        Some(_) => failure,
        None => failure.help("nothing was sent; check the path"),
    }
}
