//! A2.11: the average precision of a ranked list.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// Detections of one class, the surest first, and the number of objects.
pub struct RankedList {
    /// Whether each detection is right. The first is, and after some mistakes there are several hits in a row, so that
    /// precision rises again.
    pub hits: Vec<bool>,
    /// 7 or 9: no share of them but 0 and 1 is a multiple of 1/10.
    pub objects: usize,
}

impl Exercise for RankedList {
    const ID: &'static str = "ranked_list";
    const PART: &'static str = "A2.11";
    const TITLE: &'static str = "Average precision by hand";
    const ANSWERS: &'static [Answer] = &[
        Answer::number("area", "the average precision at all points"),
        Answer::number("eleven", "the average precision at eleven points"),
        Answer::whole(
            "zeros",
            "at how many of the eleven points the precision is 0",
        ),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let mut hits = vec![true; rng.between(1, 2)];
        hits.extend(vec![false; rng.between(1, 2)]);
        hits.extend(vec![true; rng.between(2, 3)]);
        let mut rest = vec![true; rng.between(1, 2)];
        rest.extend(vec![false; rng.between(2, 3)]);
        rng.shuffle(&mut rest);
        hits.extend(rest);
        let found = hits.iter().filter(|hit| **hit).count();
        let objects = if found > 5 { 9 } else { [7, 9][rng.below(2)] };
        Self { hits, objects }
    }

    fn text(&self) -> String {
        let words = self
            .hits
            .iter()
            .map(|hit| if *hit { "right" } else { "wrong" });
        fill(
            r"
A detector reports @n boxes of one class on a test set with @objects objects of that class. From the surest to the least
sure they are

> @list.

The precision at a recall $r$ is the highest precision of all beginnings of the list whose recall is $r$ or more, and 0
where there is none. What is the average precision, once as the area below this curve, and once as its mean at the eleven
recalls $0, 0.1, 0.2, \ldots, 1$? At how many of these eleven is the precision 0?",
            &[
                ("n", &self.hits.len()),
                ("objects", &self.objects),
                ("list", &words.collect::<Vec<_>>().join(", ")),
            ],
        )
    }
}
