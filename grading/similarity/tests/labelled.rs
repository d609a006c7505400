//! Pairs of which is known whether they are the same work: how many of them are reported, and how many
//! of independent works. `cargo test -p similarity --test labelled -- --nocapture` prints the tables of
//! `docs/similarity.md`.

mod support;

use similarity::{Names, Options, Pair, analyse};

use support::rng::Rng;
use support::sources::{self, Files, base, entry};
use support::transform::{ALL, Transform, comments, items, literals, rename, reorder};

/// What two works share when everything is reported.
fn share(one: &Files, other: &Files, options: &Options) -> Shared {
    let everything = Options {
        least: 1,
        threshold: 0.0,
        ..options.clone()
    };
    let entries = [entry("1001", one.clone()), entry("1002", other.clone())];
    let mut report = analyse(&entries, &base(), &[], &everything).unwrap();
    Shared(report.pairs.pop())
}

struct Shared(Option<Pair>);

impl Shared {
    fn share(&self) -> f64 {
        self.0.as_ref().map_or(0.0, |pair| pair.share)
    }

    /// What `analyse` reports by itself; a test below compares.
    fn is_reported(&self, options: &Options) -> bool {
        let enough =
            |pair: &Pair| pair.shared as usize >= options.least && pair.share >= options.threshold;
        self.0.as_ref().is_some_and(enough)
    }
}

fn only(files: &Files, name: &str) -> Files {
    Files::from([(name.to_string(), files[name].clone())])
}

/// Each part of the reference and of the alternative, and what `transform` makes of it.
fn same(transform: Transform) -> Vec<(Files, Files)> {
    let mut pairs = Vec::new();
    for files in [sources::reference(), sources::alternative()] {
        for (seed, name) in (0..).zip(files.keys()) {
            let other = transform(&files[name], &mut Rng(seed));
            pairs.push((only(&files, name), Files::from([(name.clone(), other)])));
        }
    }
    pairs
}

/// Each part of the reference, and the alternative's with one item in `one_in` of the reference's instead,
/// with other names, in another order.
fn partly(one_in: usize) -> Vec<(Files, Files)> {
    let (reference, alternative) = (sources::reference(), sources::alternative());
    let pairs = (0..).zip(reference.keys()).map(|(seed, name)| {
        let mut rng = Rng(seed);
        let functions = |text: &str| items(text).into_iter().filter(|item| item.contains("fn "));
        let mut theirs: Vec<String> = functions(&reference[name]).collect();
        let mut own: Vec<String> = functions(&alternative[name]).collect();
        rng.shuffle(&mut theirs);
        rng.shuffle(&mut own);
        let taken = theirs.len().div_ceil(one_in);
        theirs.truncate(taken);
        own.drain(..taken.min(own.len()));
        let text = rename(&[theirs, own].concat().concat(), &mut rng);
        (
            only(&reference, name),
            Files::from([(name.clone(), reorder(&text, &mut rng))]),
        )
    });
    pairs.collect()
}

/// Pairs of whole works by different hands, in which one part of twelve is the same with other names,
/// numbers, order and comments.
fn one_part() -> Vec<(Files, Files)> {
    let (reference, alternative) = (sources::reference(), sources::alternative());
    let pairs = (0..).zip(reference.keys()).map(|(seed, name)| {
        let rng = &mut Rng(seed);
        let text = comments(
            &literals(&rename(&reorder(&reference[name], rng), rng), rng),
            rng,
        );
        let mut other = alternative.clone();
        other.insert(name.clone(), text);
        (reference.clone(), other)
    });
    pairs.collect()
}

/// Independent works: of the same part, and of different parts.
fn independent() -> [Vec<(Files, Files)>; 2] {
    let works = [
        sources::reference(),
        sources::alternative(),
        sources::oracle(),
    ];
    let mut pairs = [vec![], vec![]];
    for (i, one) in works.iter().enumerate() {
        for other in &works[i + 1..] {
            for a in one.keys() {
                for b in other.keys() {
                    pairs[usize::from(a != b)].push((only(one, a), only(other, b)));
                }
            }
        }
    }
    pairs
}

/// One line of the table.
struct Row {
    found: usize,
    pairs: usize,
    smallest: f64,
    mean: f64,
    largest: f64,
}

fn row(pairs: &[(Files, Files)], options: &Options) -> Row {
    let shared: Vec<Shared> = pairs
        .iter()
        .map(|(one, other)| share(one, other, options))
        .collect();
    let shares = || shared.iter().map(Shared::share);
    Row {
        found: shared
            .iter()
            .filter(|shared| shared.is_reported(options))
            .count(),
        pairs: pairs.len(),
        smallest: shares().fold(1.0, f64::min),
        mean: shares().sum::<f64>() / pairs.len() as f64,
        largest: shares().fold(0.0, f64::max),
    }
}

#[test]
fn the_default_finds_what_is_the_same_and_nothing_else() {
    let options = Options::default();
    let [same_part, other_parts] = independent();
    let controls = [
        ("same part, different hands", row(&same_part, &options)),
        (
            "different parts, different hands",
            row(&other_parts, &options),
        ),
        (
            "the starter, twice",
            row(&[(sources::starter(), sources::starter())], &options),
        ),
    ];
    let accused: usize = controls.iter().map(|(_, row)| row.found).sum();

    println!("| the same work with | pairs | found | recall | precision | share: least, mean |");
    println!("|---|---|---|---|---|---|");
    let mut recalls = Vec::new();
    let changed = ALL
        .iter()
        .map(|(what, transform)| (*what, same(*transform)));
    let rest = [
        ("one part of twelve", one_part()),
        ("half of the functions", partly(2)),
        ("a third of the functions", partly(3)),
        ("a fifth of the functions", partly(5)),
        ("a tenth of the functions", partly(10)),
    ];
    for (what, pairs) in changed.chain(rest) {
        let Row {
            found,
            pairs,
            smallest,
            mean,
            ..
        } = row(&pairs, &options);
        let recall = found as f64 / pairs as f64;
        let precision = found as f64 / (found + accused) as f64;
        println!(
            "| {what} | {pairs} | {found} | {recall:.2} | {precision:.2} | {smallest:.2}, {mean:.2} |"
        );
        recalls.push((what, recall));
    }
    println!("\n| independent works | pairs | reported | share: mean, most |\n|---|---|---|---|");
    for (
        what,
        Row {
            found,
            pairs,
            mean,
            largest,
            ..
        },
    ) in &controls
    {
        println!("| {what} | {pairs} | {found} | {mean:.3}, {largest:.3} |");
    }

    assert_eq!(accused, 0);
    // honest works stay far below the threshold, not just below it
    assert!(
        controls
            .iter()
            .all(|(_, row)| row.largest < options.threshold / 3.0)
    );
    for (what, recall) in recalls {
        let measured = match what {
            "a third of the functions" => 0.8,
            "a fifth of the functions" => 0.4,
            "a tenth of the functions" => 0.25,
            _ => 1.0,
        };
        assert!(recall >= measured, "{what}: {recall}");
    }
}

#[test]
fn names_that_are_chosen_must_not_be_compared() {
    let [same_part, _] = independent();
    println!(
        "| names | k, t | most of honest | least: renamed | least: every line rewritten |\n|---|---|---|---|---|"
    );
    let find = |what: &str| ALL.iter().find(|(name, _)| *name == what).unwrap().1;
    let (renamed, rewritten) = (
        same(find("other names")),
        same(find("every line rewritten")),
    );
    for names in [Names::None, Names::Called, Names::All] {
        for (k, t) in [(12, 17), (18, 25), (25, 35), (35, 50)] {
            let options = Options {
                names,
                k,
                t,
                ..Options::default()
            };
            let honest = row(&same_part, &options).largest;
            let [renamed, rewritten] =
                [&renamed, &rewritten].map(|pairs| row(pairs, &options).smallest);
            println!("| {names:?} | {k}, {t} | {honest:.2} | {renamed:.2} | {rewritten:.2} |");
            match names {
                Names::All => assert!(renamed < 0.1),
                _ => assert!(renamed > 0.99 && honest < 0.2),
            }
        }
    }
}

#[test]
fn a_report_holds_the_pairs_that_the_tables_count() {
    let options = Options::default();
    for (one, other) in partly(5).iter().chain(&independent()[0]) {
        let entries = [entry("1001", one.clone()), entry("1002", other.clone())];
        let report = analyse(&entries, &base(), &[], &options).unwrap();
        assert_eq!(
            !report.pairs.is_empty(),
            share(one, other, &options).is_reported(&options)
        );
    }
}
