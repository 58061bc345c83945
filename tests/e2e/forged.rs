//! What a server says is shown, and is nothing but text: it controls no terminal, writes no line
//! of its own, and gives no command to a CI service, in whatever form a run is told.

use em_api::protocol::{Method, PlanId};
use em_sim::{Ending, Fault, Plan, PlanState, Script, When, World};

use super::lab;
use crate::support::world;

/// Each of these would do something, somewhere.
const FORGED: &str = "\u{1b}[2J\u{1b}]8;;https://evil.invalid\u{7}x\u{1b}]8;;\u{7}\r\n\
    ::error::forged\n##[error]forged\n##vso[task.complete result=Succeeded]forged\n\
    section_start:1:x\r\u{1b}[0K 99:59.9  undo: ✓ succeeded\n\u{202e}\u{200b}\u{ad}\n\
    | a | `b` ``c`` <script>x</script> @user [l](https://evil.invalid) ]]> =cmd|'x'!A0\n# heading";

/// A world in which this is the name of a plan, and what every task ends with.
fn forging() -> World {
    let mut world = world();
    world.set_default_script(Script::quick(Ending::Failure(FORGED.to_owned())));
    let id = PlanId::parse("ae01e36f-32a3-4095-95fa-09a2af744777").expect("an id");
    world.add_plan(Plan::new(id, FORGED, &[FORGED]), PlanState::Ready);
    world
}

/// Complains of all that is more than text.
fn more_than_text(text: &str) -> Vec<String> {
    let is_more = |line: &&str| {
        let hidden = ['\u{202e}', '\u{200b}', '\u{ad}'];
        line.contains(|c: char| c.is_control() || hidden.contains(&c))
            || line.trim_start().starts_with("::")
            || ["##[", "##vso[", "section_start:"].iter().any(|command| line.contains(command))
            || line.starts_with("99:59.9  undo: ✓ succeeded")
    };
    text.lines().filter(is_more).map(str::to_owned).collect()
}

const NO_SUCH_PLAN: &str = "\
runbook: v1
name: no-such-plan
steps: { undo: { uses: undo-failover, with: { plan: not there } } }
";

#[test]
fn a_server_writes_no_line_of_its_own() {
    assert!(more_than_text(FORGED).len() > 5);
    for media in ["xml", "json"] {
        for runbook in ["undo.yaml", "no-such-plan.yaml"] {
            let lab = lab(forging()).set("EM_MEDIA", media).file("no-such-plan.yaml", NO_SUCH_PLAN);
            let ran = lab.runbook(&format!("run {runbook} --target env"));
            assert!(ran.to_string().contains("forged"), "{ran}");
            assert_eq!(more_than_text(&ran.to_string()), [""; 0]);
            for format in ["text", "json", "junit", "markdown"] {
                let told = lab.runbook(&format!("report latest --format {format}"));
                assert_eq!(told.code(), Some(0), "{told}");
                assert!(told.stdout.contains("forged"), "{told}");
                assert_eq!(more_than_text(&told.to_string()), [""; 0], "{format}");
            }
            for list in ["runs", "runs --format json", "verify latest"] {
                assert_eq!(more_than_text(&lab.runbook(list).to_string()), [""; 0], "{list}");
            }
        }
    }
}

/// The words of a refusal, and of a proxy that answers in its place.
#[test]
fn a_refusal_is_nothing_but_text_either() {
    for (method, target) in [
        (Method::Post, "/api/sessionMngr"),
        (Method::Get, "/api/failoverPlans"),
        (Method::Post, "action=undo"),
    ] {
        for fault in [Fault::EchoHeaders, Fault::GarbledBody] {
            let mut world = forging();
            world.arm(When::first(method, target), fault);
            let ran = lab(world).runbook("run undo.yaml --target env");
            assert_eq!(more_than_text(&ran.to_string()), [""; 0]);
        }
    }
}
