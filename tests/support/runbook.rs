//! The binary under test: the same three lines as the `runbook` binary.

fn main() {
    runbook_cli::main();
}
