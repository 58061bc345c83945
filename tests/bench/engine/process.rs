//! Programs that are run and measured.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the memory of a program is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What a program took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    /// From before it was started until it was over, in milliseconds.
    pub(crate) wall: f64,
    /// The most memory that it was seen to have, in MiB; 0 where the system does not say.
    pub(crate) memory: f64,
}

/// Returns `runbook` with an environment that names EM, and its state in a folder.
pub(crate) fn runbook(folder: &Path, base: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook-under-test"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("RUNBOOK_STATE", folder.join("state"))
        .env("EM_URL", base)
        .env("EM_USERNAME", "bench")
        .env("EM_PASSWORD", "a password for nothing");
    command
}

/// Runs a program to its end. Its words go into a file of the folder, and are told if it fails.
pub(crate) fn run(mut command: Command, folder: &Path) -> Result<Took, String> {
    let words = folder.join("stderr");
    let file = File::create(&words).map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    let began = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let (pid, is_over) = (child.id(), AtomicBool::new(false));
    let (status, wall, memory) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = 0;
            while !is_over.load(Ordering::Relaxed) {
                most = most.max(peak(pid).unwrap_or(0));
                std::thread::sleep(LOOK);
            }
            most
        });
        let status = child.wait();
        let wall = began.elapsed();
        is_over.store(true, Ordering::Relaxed);
        (status, wall, watch.join().unwrap_or(0))
    });
    if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
        let said = fs::read_to_string(&words).unwrap_or_default();
        let end: Vec<_> = said.lines().rev().take(8).collect();
        return Err(format!("{command:?} ended {status:?}: {}", end.join(" / ")));
    }
    let memory = f64::from(u32::try_from(memory).unwrap_or(u32::MAX)) / 1024.0;
    Ok(Took { wall: wall.as_secs_f64() * 1e3, memory })
}

/// Finds a program.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Returns the most memory that a process had up to now, in KiB.
fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
