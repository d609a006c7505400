//! How long a class of 1000 takes: `cargo run -p similarity --example thousand`.
//!
//! Each hand-in has twelve files and about 3000 lines: half of the functions of three independent solutions,
//! in an order, with names, numbers, dead code and rewritten lines of its own. That is harder than a class,
//! where not everybody has half of the same three.

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use similarity::{Entry, Options, analyse, pages};

use support::rng::Rng;
use support::sources::{self, Files, base, entry};
use support::transform::{dead, items, literals, rename, rewrite};

const HAND_INS: u64 = 1000;

/// A part made of half of the functions of all solutions, rewritten.
fn part(solutions: &[Files], name: &str, rng: &mut Rng) -> String {
    let mut functions: Vec<String> = solutions
        .iter()
        .flat_map(|files| items(&files[name]))
        .filter(|item| item.contains("fn ") && !item.contains("#[test]"))
        .collect();
    rng.shuffle(&mut functions);
    functions.truncate(functions.len() / 2);
    let one_in = 1 + rng.below(4);
    let text = dead(&rewrite(&functions.concat(), rng, one_in), rng, one_in);
    literals(&rename(&text, rng), rng)
}

fn hand_in(solutions: &[Files], number: u64) -> Entry {
    let mut rng = Rng(number);
    let names = solutions[0].keys();
    let files = names.map(|name| (name.clone(), part(solutions, name, &mut rng)));
    entry(&format!("{number:04}"), files.collect())
}

/// The most memory that this process has had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

fn main() -> Result<(), similarity::SimilarityError> {
    let solutions = [
        sources::reference(),
        sources::alternative(),
        sources::oracle(),
    ];
    let entries: Vec<Entry> = (0..HAND_INS)
        .map(|number| hand_in(&solutions, number))
        .collect();
    let texts = || entries.iter().flat_map(|entry| entry.files.values());
    let lines: usize = texts().map(|text| text.lines().count()).sum();
    let bytes: usize = texts().map(String::len).sum();
    println!(
        "{HAND_INS} hand-ins, {} lines and {} KiB each",
        lines / 1000,
        bytes / 1000 / 1024
    );
    println!("peak memory with their texts: {} MiB", peak());

    let start = Instant::now();
    let report = analyse(&entries, &base(), &[], &Options::default())?;
    println!(
        "compared in {:.1} s; peak memory {} MiB",
        start.elapsed().as_secs_f64(),
        peak()
    );
    let start = Instant::now();
    let pages = pages(&report, &entries)?;
    println!(
        "{} pages in {:.1} s",
        pages.len(),
        start.elapsed().as_secs_f64()
    );
    println!(
        "{} pairs reported, {} more",
        report.pairs.len(),
        report.left_out
    );
    Ok(())
}
