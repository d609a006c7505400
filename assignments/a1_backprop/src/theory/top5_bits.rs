//! A1.4: what a label says, and what a right list of five says of it.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// A classification task.
pub struct Top5Bits {
    /// How many classes there are, all alike frequent.
    pub classes: usize,
}

impl Exercise for Top5Bits {
    const ID: &'static str = "top5_bits";
    const PART: &'static str = "A1.4";
    const TITLE: &'static str = "The bits in a top-5 answer";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("label", "what a label tells").unit("bit"),
        Answer::number("list", "what a right list of five tells").unit("bit"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        Self {
            classes: 10 * rng.between(20, 300),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A data set has @classes classes, all alike frequent. Before anything is known about a picture, every class is as
likely as every other. How many bits does the label of a picture tell? And how many bits about the label does a
classifier tell when it names five different classes, in no order, of which one is known to be right?",
            &[("classes", &self.classes)],
        )
    }
}
