//! Runbooks of any length, the same each time.

use std::fmt::Write as _;

/// How the steps of a runbook wait for each other, and how they are written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Layers of as many steps as there are layers, each step after two of the layer before.
    Layered,
    /// Each step after the one before.
    Chain,
    /// One step, then all but two at once, then one after all of those.
    Fan,
    /// No step after another.
    Wide,
    /// Layered, and written as people do: in block style, with parameters and descriptions.
    Written,
}

impl Shape {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Layered, Self::Chain, Self::Fan, Self::Wide, Self::Written];

    /// Returns the word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Layered => "layered",
            Self::Chain => "chain",
            Self::Fan => "fan",
            Self::Wide => "wide",
            Self::Written => "written",
        }
    }

    /// Finds a shape by its word.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == word)
    }

    /// Returns all words, for a message.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Returns the steps that each step waits for.
    pub(crate) fn graph(self, steps: usize) -> Vec<Vec<usize>> {
        let mut chance = Chance(1);
        (0..steps).map(|step| self.needs(step, steps, &mut chance)).collect()
    }

    /// Writes a runbook.
    pub(crate) fn runbook(self, steps: usize) -> String {
        let mut text = "runbook: v1\nname: bench\nsteps:\n".to_owned();
        for (step, needs) in self.graph(steps).into_iter().enumerate() {
            let needs = match needs.as_slice() {
                [] => None,
                needs => {
                    let names: Vec<_> = needs.iter().map(|need| format!("s{need}")).collect();
                    Some(format!("needs: [{}]", names.join(", ")))
                }
            };
            let written = match (self, needs) {
                (Self::Written, needs) => {
                    let needs = needs.map_or_else(String::new, |needs| format!("    {needs}\n"));
                    writeln!(
                        text,
                        "  s{step}:\n    uses: sleep\n{needs}    description: \"Lets site {step} settle: caches, then quorum.\"\n    \
                         with:\n      for: 10s # as agreed"
                    )
                }
                (_, None) => writeln!(text, "  s{step}: {{ uses: noop }}"),
                (_, Some(needs)) => writeln!(text, "  s{step}: {{ uses: noop, {needs} }}"),
            };
            written.expect("a text takes whatever is written");
        }
        text
    }

    fn needs(self, step: usize, steps: usize, chance: &mut Chance) -> Vec<usize> {
        match self {
            Self::Wide => Vec::new(),
            Self::Chain => step.checked_sub(1).into_iter().collect(),
            Self::Fan if step == 0 => Vec::new(),
            Self::Fan if step + 1 == steps => (1..step).collect(),
            Self::Fan => vec![0],
            Self::Layered | Self::Written => {
                let width = steps.isqrt().max(2);
                let Some(before) = (step / width).checked_sub(1) else { return Vec::new() };
                let first = chance.below(width);
                // Another one than the first, each as likely.
                let second = (first + 1 + chance.below(width - 1)) % width;
                [first.min(second), first.max(second)].map(|at| before * width + at).to_vec()
            }
        }
    }
}

/// Numbers that look like chance: a linear congruence with Knuth's factors.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The high half, since the low bits of such numbers repeat soon.
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}
