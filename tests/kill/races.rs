//! Two processes at once, on one plan and on one run: exactly one of them acts.

use em_sim::{Certificate, Ending, Script};

use crate::desk::{Blow, Kind, Stage, Which};
use crate::lab::Lab;
use crate::shape::Shape;

/// Lets two begin at the same moment; says what was wrong, if anything was.
///
/// The task of the winner does not end, so that the loser cannot come after it.
pub(crate) async fn race(number: usize, certificate: &Certificate) -> Option<String> {
    let mut lab = Lab::new(Shape::Undo, certificate).await;
    lab.world(|world| world.set_default_script(Script::quick(Ending::Never)));
    let of_resume = number % 2 == 1;
    let arguments = if of_resume {
        lab.run_once(Blow::Kill(Which::First(Kind::Poll), Stage::Handled)).await;
        "resume latest"
    } else {
        "run it.yaml --target env"
    };
    let (winners, losers) = lab.two_at_once(arguments).await;
    let taken = lab.taken();
    let is_fair = winners == 1 && losers == [Some(9)] && taken == 1;
    (!is_fair).then(|| {
        format!("`{arguments}`: {winners} went on, others ended with {losers:?}; {taken} actions")
    })
}
