//! This process and its machine: whose child it is, that it leaves no core, how long it is up.

use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::{self, Pid, Resource, Rlimit};
use rustix::time::{ClockId, clock_gettime};

/// What a stop is called that comes from a parent which is gone: it stands where the name of a
/// signal stands, in the journal and after «stopped by».
pub(crate) const ORPHANED: &str = "the end of the parent process";

/// The parent at the start; none where its end does not count, or where it is in another
/// container and cannot be seen.
static PARENT: OnceLock<Option<Pid>> = OnceLock::new();

/// Remembers the parent, and has the system write no core. To be called before anything else, as
/// a parent that ends before it cannot be noticed.
pub(crate) fn begin() {
    PARENT.get_or_init(|| if ignores_hang_up() { None } else { process::getppid() });
    leave_no_core();
}

/// Tells whether the parent of the start is gone. A shell that was told to end does not tell its
/// children, and leaves orphans. Under `nohup` that is wanted, so there nobody asks.
pub(crate) fn is_orphan() -> bool {
    PARENT.get().is_some_and(|parent| parent.is_some() && process::getppid() != *parent)
}

/// Tells whether SIGHUP was ignored when the process started: it reads the mask of ignored
/// signals, where the system shows it.
pub(crate) fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

/// A core would hold the password. The limit is not enough: the kernel ignores it where cores go
/// to a program, as with systemd-coredump. Only the soft one is set, so that a program that a
/// runbook starts can have its own. What cannot be set is left: it is no reason not to run.
fn leave_no_core() {
    let Rlimit { maximum, .. } = process::getrlimit(Resource::Core);
    let _ = process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
    #[cfg(target_os = "linux")]
    let _ = process::set_dumpable_behavior(process::DumpableBehavior::NotDumpable);
}

/// How long the machine has been up, the time in which it slept included.
pub(crate) fn uptime() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(now.tv_sec), u32::try_from(now.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}
