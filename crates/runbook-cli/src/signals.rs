//! Signals: the first asks the run to stop, the second ends the process at once. A parent that is
//! gone counts as a first one.

use std::io;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::process::{self, ORPHANED};
use crate::terminal;

/// A signal that comes twice this close together is one: `timeout` sends its signal to the
/// process and then to its group, which holds the process too. So is one that comes this close
/// after the end of the parent: both were told at the same time.
const SAME: Duration = Duration::from_millis(500);
/// How often the parent is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_millis(40);

/// The name of the first signal that came, or what stands for it; none before.
pub(crate) type Stop = watch::Receiver<Option<&'static str>>;

/// Listens for SIGINT, SIGTERM, SIGHUP and the end of the parent, on a thread of its own: whatever holds up the run, the
/// second signal ends the process.
///
/// A SIGHUP that was ignored when the process started, as under `nohup`, stays ignored, and the
/// end of the parent with it. SIGQUIT, SIGTSTP and SIGCONT do what they do to any process: the
/// journal holds at every instant.
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

/// What a file that may not grow any more makes of a write. Unless somebody listens for it, it ends
/// the process without a word; with that, the write fails like any other.
const FILE_TOO_LARGE: i32 = 25;

type Signals = (Signal, Signal, Option<Signal>);

fn signals() -> io::Result<Signals> {
    // The handler stays when its listener is gone.
    drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
    let hang_up =
        if process::ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) };
    Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, hang_up))
}

async fn pass_on(
    (mut interrupt, mut terminate, mut hang_up): Signals,
    sender: watch::Sender<Option<&'static str>>,
) {
    let mut first: Option<(&str, Instant)> = None;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (name, number) = tokio::select! {
            _ = interrupt.recv() => ("SIGINT", 2),
            _ = terminate.recv() => ("SIGTERM", 15),
            () = received(&mut hang_up) => ("SIGHUP", 1),
            // After a signal it says nothing new: whoever sent that one has told the parent too.
            () = orphaned(&mut look), if first.is_none() => (ORPHANED, 15),
        };
        match first {
            None => {
                first = Some((name, Instant::now()));
                sender.send_replace(Some(name));
            }
            Some((same, at)) if [name, ORPHANED].contains(&same) && at.elapsed() < SAME => {}
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

async fn orphaned(look: &mut Interval) {
    while !process::is_orphan() {
        look.tick().await;
    }
}

/// The journal is durable wherever it must be, so nothing is lost by ending here. The last words
/// may find a stderr that nobody reads, so they are not waited for long.
#[expect(clippy::exit, reason = "a second signal means: now")]
fn end_now(name: &str, number: i32) -> ! {
    let words = format!(
        "a second signal, {name}: ended at once. Repeat nothing by hand before you have looked; \
         `runbook report latest` shows what is known of this run\n"
    );
    let (done, written) = mpsc::channel();
    std::thread::spawn(move || {
        terminal::write_lines(&words);
        let _ = done.send(());
    });
    let _ = written.recv_timeout(LAST_WORDS);
    std::process::exit(128 + number)
}
