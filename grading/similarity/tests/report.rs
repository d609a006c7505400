//! What a report says, and what it must not say.

mod support;

use std::collections::BTreeMap;

use similarity::{Base, Entry, Options, Report, analyse, pages};

use support::class::{changed, class};
use support::rng::Rng;
use support::sources::{self, Files, base, entry};
use support::transform::{items, rename};

fn look(entries: &[Entry]) -> Report {
    analyse(entries, &base(), &[], &Options::default()).unwrap()
}

fn json(report: &Report) -> String {
    serde_json::to_string(report).unwrap()
}

fn names(report: &Report) -> Vec<[&str; 2]> {
    report
        .pairs
        .iter()
        .map(|pair| [pair.a.name.as_str(), pair.b.name.as_str()])
        .collect()
}

#[test]
fn pairs_are_ranked_by_what_they_share_and_grouped() {
    let report = look(&class());
    assert_eq!(names(&report)[0], ["1001", "1002"]);
    let mut rest = names(&report)[1..].to_vec();
    rest.sort_unstable();
    assert_eq!(rest, [["1003", "1004"], ["1003", "1005"], ["1004", "1005"]]);
    let groups: Vec<&[String]> = report
        .clusters
        .iter()
        .map(|cluster| &cluster.members[..])
        .collect();
    assert_eq!(groups, [&["1003", "1004", "1005"][..], &["1001", "1002"]]);
    let group = &report.clusters[0];
    let shares: Vec<f64> = report.pairs[1..].iter().map(|pair| pair.share).collect();
    assert_eq!(group.pairs, 3);
    assert_eq!(group.strongest, shares.iter().copied().fold(0.0, f64::max));
    assert!((group.mean - shares.iter().sum::<f64>() / 3.0).abs() < 1e-12);
}

#[test]
fn a_short_answer_between_given_lines_is_no_pair_that_nobody_can_look_at() {
    // The reference counts as given here, so all that two students have of their own is one short body.
    let mut files = sources::reference();
    let given = Base {
        texts: files.values().cloned().collect(),
    };
    let losses = files.get_mut("losses.rs").unwrap();
    let body = "    let shifted = logits.clone() - logits.max_dim(1);\n    shifted.clone() - shifted.exp().sum_dim(1).log()";
    assert!(losses.contains(body));
    *losses = losses.replace(
        body,
        "    let s = logits.clone().exp().sum_dim(1).log();\n    logits - s",
    );
    let entries = [entry("1001", files.clone()), entry("1002", files)];
    let report = analyse(&entries, &given, &[], &Options::default()).unwrap();
    assert!(report.works.iter().all(|work| work.tokens > work.given));
    assert_eq!(report.pairs, []);
    assert!(report.clusters.is_empty());
}

#[test]
fn the_order_of_the_hand_ins_does_not_matter() {
    let mut entries = class();
    let expected = look(&entries);
    let expected_pages = pages(&expected, &entries).unwrap();
    for seed in 0..5 {
        Rng(seed).shuffle(&mut entries);
        let report = look(&entries);
        assert_eq!(json(&report), json(&expected));
        assert_eq!(pages(&report, &entries).unwrap(), expected_pages);
    }
}

/// With the names of two works exchanged, their shares are exchanged and everything else is the same.
#[test]
fn similarity_is_symmetric() {
    let alternative = sources::alternative();
    let one = changed(&alternative, 4);
    let other: Files = alternative.into_iter().take(5).collect();
    let there = &look(&[entry("1", one.clone()), entry("2", other.clone())]).pairs[0];
    let back = &look(&[entry("2", one), entry("1", other)]).pairs[0];
    assert_eq!((there.a.share, there.b.share), (back.b.share, back.a.share));
    assert_eq!(
        (there.similarity, there.shared, there.weight),
        (back.similarity, back.shared, back.weight)
    );
    assert_eq!((there.share, there.longest), (back.share, back.longest));
    // the smaller work lies in the larger one
    assert!(there.b.share > 0.8 && there.a.share < 0.7);
}

#[test]
fn what_was_given_is_not_shared() {
    // all of the work is the reference's, which is given too
    let mut given = base();
    given.texts.extend(sources::reference().into_values());
    let work = |name: &str, seed| entry(name, changed(&sources::reference(), seed));
    let entries = [work("1001", 1), work("1002", 2)];
    assert_eq!(look(&entries).pairs.len(), 1);
    let report = analyse(&entries, &given, &[], &Options::default()).unwrap();
    assert!(report.pairs.is_empty());
    assert!(
        report
            .works
            .iter()
            .all(|work| work.given * 10 > work.tokens * 9)
    );

    // the work is not the reference: what two students add to it is found, and nothing else is marked
    let own = items(&sources::alternative()["optimisers.rs"]).concat();
    let with_own = |name: &str, seed| {
        let mut files = changed(&sources::reference(), seed);
        files
            .get_mut("optimisers.rs")
            .unwrap()
            .push_str(&rename(&own, &mut Rng(seed)));
        entry(name, files)
    };
    let entries = [with_own("1001", 1), with_own("1002", 2)];
    let report = analyse(&entries, &given, &[], &Options::default()).unwrap();
    assert_eq!(report.pairs.len(), 1);
    assert!(
        report.pairs[0]
            .regions
            .iter()
            .all(|region| region.a.file == "optimisers.rs")
    );
    let marked: usize = report.pairs[0]
        .regions
        .iter()
        .map(|region| region.tokens)
        .sum();
    assert!(marked > 500, "{marked}");
}

#[test]
fn what_many_have_is_common_knowledge() {
    let common = sources::alternative()["losses.rs"].clone();
    let files = || Files::from([("losses.rs".to_string(), common.clone())]);
    let class = |with: usize, all: usize| -> Vec<Entry> {
        let number = |n: usize| format!("{n:04}");
        let own = |n: usize| if n < with { files() } else { Files::new() };
        (0..all).map(|n| entry(&number(n), own(n))).collect()
    };
    // a group of five is reported in a small class; with a quarter of 40, ten are, eleven are not
    assert_eq!(look(&class(5, 5)).pairs.len(), 10);
    assert_eq!(look(&class(10, 40)).clusters[0].members.len(), 10);
    let report = look(&class(11, 40));
    assert!(report.pairs.is_empty());
    assert_eq!(report.works[0].common, report.works[0].fingerprints);
}

#[test]
fn what_few_have_weighs_more() {
    let (alternative, reference) = (sources::alternative(), sources::reference());
    let part = |files: &Files, name: &str| Files::from([("x.rs".to_string(), files[name].clone())]);
    let mut entries = vec![
        entry("1", part(&alternative, "mlp.rs")),
        entry("2", part(&alternative, "mlp.rs")),
        entry("3", part(&reference, "mlp.rs")),
        entry("4", part(&reference, "mlp.rs")),
    ];
    let weight = |report: &Report| {
        report
            .pairs
            .iter()
            .find(|pair| pair.a.name == "1")
            .unwrap()
            .weight
    };
    let before = look(&entries);
    entries[2] = entry("3", part(&alternative, "mlp.rs"));
    let after = look(&entries);
    // two of four students: weight 1. Three of four: ln(1 + 4/2) / ln(1 + 4) = 0.682606
    let shared = f64::from(
        before
            .pairs
            .iter()
            .find(|pair| pair.a.name == "1")
            .unwrap()
            .shared,
    );
    assert!((weight(&before) / shared - 1.0).abs() < 1e-4);
    assert!((weight(&after) / shared - 0.682_606).abs() < 1e-4);
}

#[test]
fn declared_pairs_are_apart() {
    let mut entries = class();
    entries[1].collaborators = vec![" 1001 ".into()];
    let report = look(&entries);
    assert!(!names(&report).contains(&["1001", "1002"]));
    assert_eq!(report.declared.len(), 1);
    assert_eq!(report.declared[0].declared_by, ["1002"]);
    assert!(
        report
            .clusters
            .iter()
            .all(|cluster| !cluster.members.contains(&"1001".to_string()))
    );
}

#[test]
fn attempts_of_one_student_are_not_compared_and_count_once() {
    let attempt = |name: &str, student: &str, files: &Files| Entry {
        name: name.into(),
        student: student.into(),
        files: files.clone(),
        ..Entry::default()
    };
    let all = sources::alternative();
    let half: Files = all.clone().into_iter().take(4).collect();
    let report = look(&[
        attempt("1001-1", "1001", &half),
        attempt("1001-2", "1001", &all),
        attempt("1002-1", "1002", &all),
        attempt("1002-2", "1002", &half),
    ]);
    // of the four pairs the one that shares most
    assert_eq!(names(&report), [["1001-2", "1002-1"]]);
    assert_eq!(report.students, 2);
}

#[test]
fn wrong_options_and_names_are_refused() {
    let refused = |options: Options| {
        analyse(&class(), &base(), &[], &options)
            .unwrap_err()
            .to_string()
    };
    let options = Options::default;
    assert!(refused(Options { k: 0, ..options() }).contains("k is 0"));
    assert!(refused(Options { t: 24, ..options() }).contains("t is 24"));
    assert!(
        refused(Options {
            threshold: f64::NAN,
            ..options()
        })
        .contains("threshold is NaN")
    );
    assert!(
        refused(Options {
            common_share: 1.5,
            ..options()
        })
        .contains("common_share is 1.5")
    );
    let twice = [
        entry("1", Files::new()),
        Entry {
            student: "2".into(),
            ..entry("1", Files::new())
        },
    ];
    assert_eq!(
        analyse(&twice, &base(), &[], &options())
            .unwrap_err()
            .to_string(),
        "Two hand-ins are called \"1\": rename one of them."
    );
}

#[test]
fn a_file_that_does_not_parse_is_compared_and_noted() {
    let text = sources::alternative()["losses.rs"].clone();
    let broken = format!("fn hidden((( {{ /* \n{text}");
    let work =
        |name: &str, text: &str| entry(name, BTreeMap::from([("losses.rs".into(), text.into())]));
    let report = look(&[work("1001", &text), work("1002", &broken)]);
    assert_eq!(report.pairs.len(), 1);
    assert_eq!(report.works[0].notes, [""; 0]);
    assert_eq!(report.works[1].notes.len(), 1);
    assert!(report.works[1].notes[0].starts_with("losses.rs, line 1: a comment is never closed"));
}

#[test]
fn regions_are_equal_runs_that_do_not_overlap() {
    let report = look(&class());
    let entries: BTreeMap<String, Entry> =
        class().into_iter().map(|e| (e.name.clone(), e)).collect();
    for pair in &report.pairs {
        assert!(!pair.regions.is_empty());
        assert!(
            pair.regions
                .iter()
                .all(|region| region.tokens >= report.options.k && region.tokens <= pair.longest)
        );
        for (name, side) in [(&pair.a.name, 0), (&pair.b.name, 1)] {
            let mut places: Vec<_> = pair
                .regions
                .iter()
                .map(|r| if side == 0 { &r.a } else { &r.b })
                .collect();
            places.sort_by_key(|place| (&place.file, place.start));
            assert!(
                places
                    .windows(2)
                    .all(|two| two[0].file != two[1].file || two[0].end <= two[1].start)
            );
            for place in places {
                let text = &entries[name].files[&place.file];
                let line = |at: usize| text[..at].matches('\n').count() + 1;
                assert_eq!(
                    (line(place.start), line(place.end - 1)),
                    (place.first_line, place.last_line)
                );
            }
        }
    }
}

/// Every fingerprint occurs thousands of times in both: looking at each pair of places would take hours.
#[test]
fn repetitions_without_end_are_compared() {
    let mut rng = Rng(6);
    let marks = ["+", "-", "*", "/", "%", "(", "[", "x", "1"];
    let period: String = (0..200).map(|_| format!("{} ", rng.pick(&marks))).collect();
    let text = period.repeat((256 << 10) / period.len());
    let work =
        |name: &str, text: &str| entry(name, BTreeMap::from([("losses.rs".into(), text.into())]));
    let report = look(&[work("1001", &text), work("1002", &text[10..])]);
    assert_eq!(report.pairs.len(), 1);
    assert!(report.pairs[0].longest > 100_000);
}

#[test]
fn nothing_to_compare_is_no_finding() {
    for entries in [
        vec![],
        vec![entry("1", Files::new())],
        vec![entry("1", Files::new()), entry("2", Files::new())],
    ] {
        let report = look(&entries);
        assert!(report.pairs.is_empty() && report.works.len() == entries.len());
    }
    let report = analyse(
        &class(),
        &Base::default(),
        &[],
        &Options {
            top: 1,
            ..Options::default()
        },
    )
    .unwrap();
    assert_eq!((report.pairs.len(), report.left_out), (1, 3));
}
