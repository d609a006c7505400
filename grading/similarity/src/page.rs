//! The report as pages that need no network and no script.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use crate::entry::Entry;
use crate::error::SimilarityError;
use crate::regions::{Place, Region};
use crate::report::{Pair, Report};

/// How many colours there are for matches; after that they repeat.
const COLOURS: usize = 8;

/// The pages of a report, by file name: `index.html`, and one for each pair. `entries` are those that the
/// report was made of.
///
/// # Errors
/// None that is known: the templates are compiled in.
pub fn pages(
    report: &Report,
    entries: &[Entry],
) -> Result<BTreeMap<String, String>, SimilarityError> {
    let sources: BTreeMap<&str, &Entry> = entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry))
        .collect();
    let mut pages = BTreeMap::from([("index.html".to_string(), Index { report }.render()?)]);
    let pairs = report
        .pairs
        .iter()
        .zip(1..)
        .map(|(pair, n)| (pair, pair_page("pair", n)));
    let declared = report
        .declared
        .iter()
        .zip(1..)
        .map(|(pair, n)| (pair, pair_page("declared", n)));
    for (pair, file) in pairs.chain(declared) {
        let side = |name: &str, place: fn(&Region) -> &Place| {
            let entry = sources.get(name);
            entry
                .map(|entry| files(entry, &pair.regions, place))
                .unwrap_or_default()
        };
        let page = PairPage {
            pair,
            columns: [
                Column {
                    letter: 'a',
                    other: 'b',
                    name: &pair.a.name,
                    files: side(&pair.a.name, |region| &region.a),
                },
                Column {
                    letter: 'b',
                    other: 'a',
                    name: &pair.b.name,
                    files: side(&pair.b.name, |region| &region.b),
                },
            ],
        };
        pages.insert(file, page.render()?);
    }
    Ok(pages)
}

/// The name of the page of the `n`th pair of a table.
fn pair_page(table: &str, n: usize) -> String {
    format!("{table}-{n:03}.html")
}

#[derive(Template)]
#[template(path = "index.html")]
struct Index<'a> {
    report: &'a Report,
}

#[derive(Template)]
#[template(path = "pair.html")]
struct PairPage<'a> {
    pair: &'a Pair,
    columns: [Column<'a>; 2],
}

/// One hand-in of a pair.
struct Column<'a> {
    letter: char,
    other: char,
    name: &'a str,
    files: Vec<File>,
}

/// A file in which something matches.
struct File {
    name: String,
    lines: Vec<Line>,
}

struct Line {
    number: usize,
    parts: Vec<Part>,
}

/// A piece of a line that lies in one match or in none.
struct Part {
    text: String,
    /// The number of the match, from 1; 0 is none.
    region: usize,
    colour: usize,
    /// Whether the match begins here.
    first: bool,
}

/// The files of `entry` that have a match.
fn files(entry: &Entry, regions: &[Region], place: fn(&Region) -> &Place) -> Vec<File> {
    let named: BTreeSet<&str> = regions
        .iter()
        .map(|region| place(region).file.as_str())
        .collect();
    let with_source = entry
        .files
        .iter()
        .filter(|(name, _)| named.contains(name.as_str()));
    let marked = with_source.map(|(name, source)| {
        let mut marks: Vec<(usize, &Place)> = (1..)
            .zip(regions.iter().map(place))
            .filter(|(_, place)| place.file == **name)
            .collect();
        marks.sort_by_key(|(_, place)| place.start);
        File {
            name: visible(name),
            lines: lines(source, &marks),
        }
    });
    marked.collect()
}

/// `source` in lines, cut where a mark begins or ends. Marks are sorted and do not overlap.
fn lines(source: &str, marks: &[(usize, &Place)]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (line, number) in source.split_inclusive('\n').zip(1..) {
        let end = start + line.len();
        let mut parts = Vec::new();
        let mut at = start;
        let mut push = |from: usize, to: usize, region: usize, first: bool| {
            let text = source
                .get(from..to)
                .unwrap_or_default()
                .trim_end_matches(['\r', '\n']);
            if !text.is_empty() || first {
                let (text, colour) = (visible(text), region % COLOURS);
                parts.push(Part {
                    text,
                    region,
                    colour,
                    first,
                });
            }
        };
        let first = marks.partition_point(|(_, place)| place.end <= start);
        for (region, place) in marks[first..]
            .iter()
            .take_while(|(_, place)| place.start < end)
        {
            let (from, to) = (place.start.max(start), place.end.min(end));
            push(at, from, 0, false);
            push(from, to, *region, place.start >= start);
            at = to;
        }
        push(at, end, 0, false);
        lines.push(Line { number, parts });
        start = end;
    }
    lines
}

/// `text` with what would be invisible, or would turn the order of what follows, written out.
fn visible(text: &str) -> String {
    let hides = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || c == '\u{feff}' || (c.is_control() && c != '\t')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hides(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

mod filters {
    //! What the templates call.

    /// A share as a percentage.
    #[askama::filter_fn]
    pub fn percent(share: &f64, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(format!("{:.0} %", 100.0 * share))
    }

    /// A text of a hand-in with nothing hidden in it.
    #[askama::filter_fn]
    pub fn shown(text: &str, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(super::visible(text))
    }

    /// The page of a pair.
    #[askama::filter_fn]
    pub fn page(n: &usize, _: &dyn askama::Values, table: &str) -> askama::Result<String> {
        Ok(super::pair_page(table, *n))
    }
}
