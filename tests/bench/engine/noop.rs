//! Steps that do nothing: all that a run costs beside its steps. GNU make starts no process for
//! `:`, and so does the same work.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::process::{on_path, run, runbook};
use crate::shape::Shape;
use crate::{median, ratio};

const STEPS: usize = 10_000;

#[expect(clippy::print_stdout, reason = "a program whose result is a table")]
pub(crate) fn measure(rounds: usize) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = folder.path();
    let write = |name: &str, text: String| fs::write(folder.join(name), text);
    write("noop.yaml", Shape::Layered.runbook(STEPS)).map_err(|error| error.to_string())?;
    write("Makefile", makefile()).map_err(|error| error.to_string())?;
    let make = on_path("make");
    let (mut ours, mut theirs, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let arguments = ["run", "noop.yaml", "--target", "env"];
        // Nothing listens there: nothing is sent.
        let took = run(runbook(folder, "http://127.0.0.1:9", &arguments), folder)?;
        let _ = fs::remove_dir_all(folder.join("state"));
        let make = make.as_ref().map(|make| {
            let mut make = Command::new(make);
            make.args(["-s", "-j2", "all"]).current_dir(folder);
            run(make, folder)
        });
        let make = make.transpose()?;
        if round > 0 {
            ours.push(took.wall);
            memory.push(took.memory);
            theirs.extend(make.map(|took| took.wall));
        }
    }
    println!("  runbook  {:6.1} ms  {:5.1} MiB", median(ours.clone()), median(memory));
    if !theirs.is_empty() {
        println!(
            "  make     {:6.1} ms  ours / theirs {:.2}",
            median(theirs.clone()),
            ratio(&ours, &theirs)
        );
    }
    Ok(())
}

fn makefile() -> String {
    let graph = Shape::Layered.graph(STEPS);
    let mut is_needed = vec![false; STEPS];
    graph.iter().flatten().for_each(|need| is_needed[*need] = true);
    let name = |step: usize| format!(" s{step}");
    let last: String = (0..STEPS).filter(|step| !is_needed[*step]).map(name).collect();
    let all: String = (0..STEPS).map(name).collect();
    let mut text = format!("all:{last}\n.PHONY: all{all}\n");
    for (step, needs) in graph.into_iter().enumerate() {
        let needs: String = needs.into_iter().map(name).collect();
        writeln!(text, "s{step}:{needs}\n\t@:").expect("a text takes whatever is written");
    }
    text
}
