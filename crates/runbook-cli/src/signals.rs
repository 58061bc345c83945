//! Signals: the first asks the run to stop, the second ends the process at once.

use std::io;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::terminal;

/// A signal that comes twice this close together is one: `timeout` sends its signal to the process and then to its
/// group, which holds the process too.
const SAME: Duration = Duration::from_millis(500);
/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_millis(30);

/// The name of the first signal that came; none before.
pub(crate) type Stop = watch::Receiver<Option<&'static str>>;

/// Listens for SIGINT, SIGTERM and SIGHUP, on a thread of its own: whatever holds up the run, the
/// second signal ends the process.
///
/// A SIGHUP that was ignored when the process started, as under `nohup`, stays ignored.
///
/// # Errors
/// The system refuses a handler.
pub(crate) fn listen() -> io::Result<Stop> {
    let (sender, stop) = watch::channel(None);
    let (started, is_started) = mpsc::channel();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let listened = runtime.and_then(|runtime| {
            let _context = runtime.enter();
            Ok((signals()?, runtime))
        });
        match listened {
            Ok((signals, runtime)) => {
                let _ = started.send(Ok(()));
                runtime.block_on(pass_on(signals, sender));
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    })?;
    is_started.recv().map_err(io::Error::other)??;
    Ok(stop)
}

type Signals = (Signal, Signal, Option<Signal>);

fn signals() -> io::Result<Signals> {
    let hang_up = if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) };
    Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, hang_up))
}

async fn pass_on(
    (mut interrupt, mut terminate, mut hang_up): Signals,
    sender: watch::Sender<Option<&'static str>>,
) {
    let mut first: Option<(&str, Instant)> = None;
    loop {
        let (name, number) = tokio::select! {
            _ = interrupt.recv() => ("SIGINT", 2),
            _ = terminate.recv() => ("SIGTERM", 15),
            () = received(&mut hang_up) => ("SIGHUP", 1),
        };
        match first {
            None => {
                first = Some((name, Instant::now()));
                sender.send_replace(Some(name));
            }
            Some((same, at)) if same == name && at.elapsed() < SAME => {}
            Some(_) => end_now(name, number),
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// The journal is durable wherever it must be, so nothing is lost by ending here. The last words
/// may find a stderr that nobody reads, so they are not waited for.
#[expect(clippy::exit, reason = "a second signal means: now")]
fn end_now(name: &str, number: i32) -> ! {
    let words = format!(
        "a second signal, {name}: ended at once. Repeat nothing by hand before you have looked; \
         `runbook report latest` shows what is known of this run"
    );
    std::thread::spawn(move || terminal::note(&words));
    std::thread::sleep(LAST_WORDS);
    std::process::exit(128 + number)
}

/// Reads the mask of ignored signals, where the system shows it.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}
