//! A fate from a seed: where processes die, what is left of them, and how the run comes back.

use std::time::Duration;

use runbook_core::event::{Stop, Verdict};
use runbook_core::run::Run;

use super::chance::Chance;
use super::fate::{Comeback, Fate, Moment, Turnout};

/// How often a run may come back.
const COMEBACKS: u32 = 5;
/// How many processes of a run may die.
const DEATHS: u32 = 3;

/// A fate that is drawn.
#[derive(Debug)]
pub(crate) struct Swarm {
    chance: Chance,
    deaths: u32,
    comebacks: u32,
    /// The boundary of the process that is at work at which it dies.
    next: Option<(usize, usize)>,
}

impl Swarm {
    pub(crate) fn new(chance: Chance) -> Self {
        let mut swarm = Self { chance, deaths: 0, comebacks: 0, next: None };
        swarm.draw_next(0);
        swarm
    }

    fn draw_next(&mut self, process: usize) {
        let reach = *self.chance.pick(&[15, 40, 120]);
        let at = usize::try_from(self.chance.below(reach)).expect("a place");
        self.next = (!self.chance.one_in(4)).then_some((process, at));
    }

    fn comeback(&mut self, is_power_loss: bool) -> Comeback {
        self.comebacks += 1;
        let chance = &mut self.chance;
        let after = match chance.below(9) {
            0..=2 => Duration::ZERO,
            3 | 4 => chance.millis(0, 5_000),
            5 | 6 => chance.millis(5_000, 600_000),
            7 => chance.millis(15 * 60_000, 17 * 60_000),
            _ => chance.millis(17 * 60_000, 200 * 60_000),
        };
        let tokens = match chance.below(8) {
            0 => None,
            1 | 2 if is_power_loss => Some(1),
            _ => Some(0),
        };
        let restart = chance.one_in(8);
        let heals = chance.one_in(2);
        Comeback { after, tokens, restart, take_over: false, operator: false, heals }
    }

    fn dies(&mut self, power: Option<u64>) -> Turnout {
        self.deaths += 1;
        Turnout::Dies { power, back: self.comeback(power.is_some()) }
    }
}

impl Fate for Swarm {
    fn at(&mut self, moment: &Moment<'_>) -> Option<Turnout> {
        if self.next != Some((moment.process, moment.nth)) || self.deaths == DEATHS {
            return None;
        }
        self.draw_next(moment.process + 1);
        let power = self.chance.one_in(3).then(|| self.chance.draw());
        Some(self.dies(power))
    }

    fn ended(&mut self, run: &Run) -> Option<Comeback> {
        let (_, verdict) = run.ended()?;
        let is_open = matches!(
            verdict,
            Verdict::Unknown | Verdict::Interrupted | Verdict::Unreachable | Verdict::Locked
        );
        if !is_open || self.comebacks == COMEBACKS || self.chance.one_in(4) {
            return None;
        }
        let take_over = matches!(run.stopped(), Some(Stop::Superseded { .. }));
        let operator = verdict == Verdict::Unknown && self.chance.one_in(2);
        Some(Comeback { take_over, operator, ..self.comeback(false) })
    }

    fn killed(&mut self) -> Turnout {
        self.dies(None)
    }
}
