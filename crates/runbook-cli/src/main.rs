//! The `runbook` binary.

fn main() -> std::process::ExitCode {
    runbook_cli::main()
}
