//! Fuzzes the reading of a text into a tree.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runbook_fuzz::Law::Document.hold(bytes));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    runbook_fuzz::Law::Document.replay()
}
