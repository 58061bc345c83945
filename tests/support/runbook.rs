//! The binary under test: the same three lines as the `runbook` binary.

fn main() -> std::process::ExitCode {
    runbook_cli::main()
}
