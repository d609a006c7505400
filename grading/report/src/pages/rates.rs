//! How many passed each part and each check.

use std::collections::HashMap;

use super::model::HandInResults;
use super::stats::percent;

/// A part and how the class did.
#[derive(Debug, Clone, PartialEq)]
pub struct PartRate {
    /// `A1.3`
    pub id: String,
    /// The title in the handout.
    pub title: String,
    /// The points it can give.
    pub max: u32,
    /// The points of all together.
    pub points: u64,
    /// How many have all points.
    pub full: u32,
    /// How many have none.
    pub none: u32,
    /// How many were graded.
    pub of: u32,
}

impl PartRate {
    /// The mean of its points.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.points as f64 / f64::from(self.of.max(1))
    }

    /// The share of its points that were got.
    #[must_use]
    pub fn percent(&self) -> u64 {
        percent(self.points, u64::from(self.max) * u64::from(self.of))
    }

    /// The share of those who have all points.
    #[must_use]
    pub fn full_percent(&self) -> u64 {
        percent(self.full, self.of)
    }
}

/// A check and how the class did.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRate {
    /// Its id.
    pub id: String,
    /// The part it belongs to.
    pub part: String,
    /// Whether students have not seen it.
    pub hidden: bool,
    /// The points it can give.
    pub max: u32,
    /// How many passed it, so that it counts.
    pub passed: u32,
    /// How many were out of time.
    pub timed_out: u32,
    /// How many were graded.
    pub of: u32,
}

impl CheckRate {
    /// The share of those who passed.
    #[must_use]
    pub fn percent(&self) -> u64 {
        percent(self.passed, self.of)
    }
}

/// The parts in the order of the handout.
#[must_use]
pub fn parts(hand_ins: &[&HandInResults]) -> Vec<PartRate> {
    let mut rates: Vec<PartRate> = Vec::new();
    let mut places = HashMap::new();
    for part in hand_ins.iter().flat_map(|h| &h.public.extra_data.parts) {
        let place = *places.entry(part.id.as_str()).or_insert_with(|| {
            rates.push(PartRate {
                id: part.id.clone(),
                title: part.title.clone(),
                max: part.max,
                points: 0,
                full: 0,
                none: 0,
                of: 0,
            });
            rates.len() - 1
        });
        let rate = &mut rates[place];
        rate.points += u64::from(part.points);
        rate.full += u32::from(part.points == part.max);
        rate.none += u32::from(part.points == 0);
        rate.of += 1;
    }
    rates
}

/// The checks, those that fewest passed first; among equals in the order of the handout.
#[must_use]
pub fn checks(hand_ins: &[&HandInResults]) -> Vec<CheckRate> {
    let mut rates: Vec<CheckRate> = Vec::new();
    let mut places = HashMap::new();
    for test in hand_ins.iter().flat_map(|h| &h.public.tests) {
        let place = *places.entry(test.name.as_str()).or_insert_with(|| {
            rates.push(CheckRate {
                id: test.name.clone(),
                part: test.number.clone(),
                hidden: test.extra_data.hidden,
                max: test.max_score,
                passed: 0,
                timed_out: 0,
                of: 0,
            });
            rates.len() - 1
        });
        let rate = &mut rates[place];
        rate.passed += u32::from(test.passed());
        rate.timed_out += u32::from(test.extra_data.verdict == "timed out");
        rate.of += 1;
    }
    rates.sort_by_key(|rate| u64::from(rate.passed) * 1_000_000 / u64::from(rate.of.max(1)));
    rates
}
