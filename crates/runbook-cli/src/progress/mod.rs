//! Progress: lines of what happens, and of what goes on.
//!
//! Written to stderr by a thread of their own: a pipe that nobody reads, or a terminal that was
//! halted with Ctrl-S, must not hold up a run. On a terminal there is a line below the others for
//! each step that is running, drawn anew as time passes; anywhere else a line once a minute says
//! what is running. What the lines say is `runbook_core::report`'s.

mod screen;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use runbook_core::report::{self, Reporter, Running, Told};
use runbook_core::time::Timestamp;

use crate::terminal;
use screen::Screen;

/// How many lines may wait for somebody to read them.
const WAITING: usize = 1024;
/// How many lines are written at once.
const AT_ONCE: usize = 128;
/// How long nothing is said of what is running, where lines stay as they are.
const HEARTBEAT: Duration = Duration::from_mins(1);
/// How long a line that changes stays as it is.
const REDRAW: Duration = Duration::from_millis(250);

/// Lines of progress. Those that find no room are left out, and counted.
#[derive(Debug)]
pub(crate) struct Progress {
    lines: SyncSender<String>,
    watched: Arc<Mutex<Watched>>,
    written: Receiver<()>,
    left_out: usize,
}

/// What is running, and what time it was when that was last heard of. Only ever locked for a
/// moment, and never while anything is written.
#[derive(Debug, Default)]
struct Watched {
    running: Running,
    /// The run's clock, and the moment of this process.
    heard: Option<(Timestamp, Instant)>,
}

impl Progress {
    /// Starts the thread, for a run.
    pub(crate) fn start() -> Self {
        if terminal::is_live() {
            Self::shown_by(|waiting, watched| {
                let mut screen = Screen::default();
                let mut draw = |lines: &[String]| {
                    let (width, height) = terminal::size();
                    let rows = rows(watched, height);
                    if let Some(text) = screen.frame(lines, &rows, width) {
                        terminal::write_to_terminal(&text);
                    }
                };
                pass_on(waiting, REDRAW, &mut draw);
                if let Some(text) = screen.frame(&[], &[], usize::MAX) {
                    terminal::write_to_terminal(&text);
                }
            })
        } else {
            Self::plain()
        }
    }

    /// Starts the thread, for lines that stay as they are.
    pub(crate) fn plain() -> Self {
        Self::shown_by(|waiting, watched| {
            let write = |text: &str| terminal::write_lines(text);
            show_plainly(waiting, watched, HEARTBEAT, write);
        })
    }

    fn shown_by(show: impl FnOnce(&Receiver<String>, &Mutex<Watched>) + Send + 'static) -> Self {
        let (lines, waiting) = mpsc::sync_channel::<String>(WAITING);
        let (done, written) = mpsc::channel();
        let watched = Arc::<Mutex<Watched>>::default();
        let of_thread = Arc::clone(&watched);
        std::thread::spawn(move || {
            show(&waiting, &of_thread);
            let _ = done.send(());
        });
        Self { lines, watched, written, left_out: 0 }
    }

    /// Shows a line, as soon as there is somebody to read it.
    pub(crate) fn show(&mut self, line: String) {
        if self.lines.try_send(line).is_err() {
            self.left_out += 1;
        }
    }

    /// Waits until the lines are written, but not for ever. Nothing is running any more.
    pub(crate) fn finish(self) {
        let Self { lines, watched, written, left_out } = self;
        *lock(&watched) = Watched::default();
        drop(lines);
        if terminal::are_written(&written) && left_out > 0 {
            let text = format!("{left_out} lines of progress found no reader and were left out");
            terminal::note(&text);
        }
    }
}

impl Reporter for Progress {
    fn tell(&mut self, told: &Told<'_>) {
        {
            let mut watched = lock(&self.watched);
            watched.running.learn(told);
            watched.heard = Some((told.event.at, Instant::now()));
        }
        if let Some(line) = report::line(told) {
            self.show(line);
        }
    }
}

/// Writes each line as it comes, and once in a while what is running.
fn show_plainly(
    waiting: &Receiver<String>,
    watched: &Mutex<Watched>,
    heartbeat: Duration,
    mut write: impl FnMut(&str),
) {
    pass_on(waiting, heartbeat, &mut |lines| {
        if !lines.is_empty() {
            write(&(lines.join("\n") + "\n"));
        } else if let Some(beat) = beat(watched) {
            write(&(beat + "\n"));
        }
    });
}

/// Hands on lines as they come, and none at all as often as `pace` says, until no more can come.
fn pass_on(waiting: &Receiver<String>, pace: Duration, show: &mut dyn FnMut(&[String])) {
    let mut next = Instant::now() + pace;
    loop {
        match waiting.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                let more = waiting.try_iter().take(AT_ONCE - 1);
                show(&std::iter::once(line).chain(more).collect::<Vec<_>>());
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // Also where lines come all the time; and once, however long nobody read.
        if next <= Instant::now() {
            show(&[]);
            next = Instant::now() + pace;
        }
    }
}

fn beat(watched: &Mutex<Watched>) -> Option<String> {
    let watched = lock(watched);
    watched.running.heartbeat(watched.now()?, wall())
}

/// One row of the screen is left to the line above, and one to the cursor.
fn rows(watched: &Mutex<Watched>, height: usize) -> Vec<String> {
    let watched = lock(watched);
    let most = height.saturating_sub(2);
    watched.now().map(|now| watched.running.lines(now, most)).unwrap_or_default()
}

impl Watched {
    /// Returns the run's clock.
    fn now(&self) -> Option<Timestamp> {
        self.heard.map(|(at, heard)| at + heard.elapsed())
    }
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millisecond(0) + since
}

fn lock(watched: &Mutex<Watched>) -> MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use runbook_core::check;
    use runbook_core::document::Document;
    use runbook_core::event::Opened;
    use runbook_core::graph::Graph;
    use runbook_core::lane::Settings;
    use runbook_core::plan::{Inputs, Plan};
    use runbook_core::problem::Problems;
    use runbook_core::run::{Input, Run};
    use runbook_core::runbook::Runbook;
    use runbook_core::text::Source;

    use super::*;

    #[test]
    fn lines_are_handed_on_at_once_and_time_passes_in_between() {
        let (lines, waiting) = mpsc::sync_channel(WAITING);
        let idle = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&idle);
        let thread = std::thread::spawn(move || {
            let mut shown = Vec::new();
            pass_on(&waiting, Duration::from_millis(1), &mut |lines| {
                seen.fetch_add(usize::from(lines.is_empty()), Ordering::Relaxed);
                shown.extend_from_slice(lines);
            });
            shown
        });
        for line in ["a", "b", "c"] {
            let before = idle.load(Ordering::Relaxed);
            lines.send(line.to_owned()).expect("the thread takes it");
            while idle.load(Ordering::Relaxed) == before {
                std::thread::yield_now();
            }
        }
        drop(lines);
        assert_eq!(thread.join().expect("it ends"), ["a", "b", "c"]);
    }

    #[test]
    fn what_is_running_is_said_again_and_again_without_a_terminal() {
        let (lines, waiting) = mpsc::sync_channel(WAITING);
        let (say, said) = mpsc::channel();
        let watched = Arc::<Mutex<Watched>>::default();
        *lock(&watched) = napping();
        let of_thread = Arc::clone(&watched);
        let thread = std::thread::spawn(move || {
            let write = |text: &str| say.send(text.to_owned()).expect("somebody reads");
            show_plainly(&waiting, &of_thread, Duration::from_millis(1), write);
        });
        for _ in 0..2 {
            let beat = said.recv().expect("it is said");
            assert!(beat.contains("Z still running: nap for "), "{beat}");
        }
        *lock(&watched) = Watched::default();
        lines.send("a".to_owned()).expect("the thread takes it");
        drop(lines);
        thread.join().expect("it ends");
        // One may have been on its way.
        assert_eq!(said.iter().find(|text| !text.contains("nap")).as_deref(), Some("a\n"));
        assert_eq!(beat(&watched), None);
    }

    /// What is known of a run in which one step sleeps.
    fn napping() -> Watched {
        const TEXT: &str =
            "runbook: v1\nname: n\nsteps: { nap: { uses: sleep, with: { for: 10m } } }\n";
        let mut problems = Problems::default();
        let document = Document::parse(&Source::new("n.yaml", TEXT), &mut problems);
        let runbook = Runbook::read(&document, &mut problems);
        let graph = Graph::build(&runbook, &mut problems);
        let checked = check::all(runbook, graph, problems).expect("it is in order");
        let plan = Plan::make(&checked, Inputs::default()).expect("a plan");
        let head = Opened {
            run: "r1".to_owned(),
            engine: String::new(),
            runbook: "n".to_owned(),
            runbook_digest: String::new(),
            plan_digest: plan.digest(),
            target: "sim".to_owned(),
            address: String::new(),
            trust: String::new(),
        };
        let mut run = Run::new(Arc::new(plan), Settings::default());
        let turn = run.advance(wall(), Input::Begin(head));
        let mut watched = Watched::default();
        for event in &turn.events {
            watched.running.learn(&Told { run: &run, event, wall: wall(), line: None });
            watched.heard = Some((event.at, Instant::now()));
        }
        watched
    }
}
