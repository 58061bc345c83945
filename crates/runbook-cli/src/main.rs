//! The `runbook` binary.

fn main() {
    runbook_cli::main();
}
