//! The pages: nothing of a hand-in is markup, and no word accuses.

mod support;

use std::path::Path;

use similarity::{Archive, Entry, Options, analyse, pages};

use support::sources::{self, Files, base, entry};

/// Words that say more than that two texts are similar.
const ACCUSING: [&str; 8] = [
    "cheat",
    "plagiar",
    "copied",
    "guilty",
    "fraud",
    "steal",
    "dishonest",
    "suspect",
];

const HOSTILE: &str = "</pre><script>alert(1)</script><img src=http://x.example/>\u{202e}\"'";

fn hostile() -> Vec<Entry> {
    let text = &sources::alternative()["losses.rs"];
    let middle = text.find("fn ").unwrap();
    let text = format!("{}// {HOSTILE}\r\n{}", &text[..middle], &text[middle..]);
    let files = || Files::from([(HOSTILE.to_string(), text.clone())]);
    let with = |name: &str, student: &str, with: &[&str]| Entry {
        name: name.to_string(),
        student: student.to_string(),
        files: files(),
        collaborators: with.iter().map(ToString::to_string).collect(),
    };
    vec![
        with(HOSTILE, HOSTILE, &[]),
        with("../../etc/passwd", "2", &[]),
        with("three", "3", &[HOSTILE]),
        entry("four", Files::new()),
    ]
}

/// The names of all attributes of all tags.
fn attributes(page: &str) -> Vec<&str> {
    let tags = page
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next());
    tags.flat_map(|tag| {
        tag.split("=\"")
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .skip(1)
    })
    .map(|before| before.rsplit(' ').next().unwrap())
    .collect()
}

/// A page without the sources on it.
fn without_sources(page: &str) -> String {
    let outside = page
        .split("<pre>")
        .map(|piece| piece.rsplit("</pre>").next().unwrap());
    outside.collect()
}

fn all_pages() -> Vec<(String, String)> {
    let options = Options::default();
    let earlier = Archive::of(
        HOSTILE,
        &[entry("earlier", hostile()[0].files.clone())],
        &base(),
        &options,
    )
    .unwrap();
    let report = analyse(&hostile(), &base(), &[earlier], &options).unwrap();
    pages(&report, &hostile()).unwrap().into_iter().collect()
}

#[test]
fn there_is_a_page_for_each_pair() {
    let pages = all_pages();
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "declared-001.html",
            "index.html",
            "pair-001.html",
            "pair-002.html"
        ]
    );
    let index = &pages[1].1;
    for name in names.iter().filter(|name| **name != "index.html") {
        assert!(index.contains(&format!("href=\"{name}\"")), "{name}");
    }
    assert!(index.contains("nothing to compare"));
}

#[test]
fn nothing_of_a_hand_in_is_markup() {
    for (name, page) in all_pages() {
        assert!(page.contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"));
        for markup in [
            "<script",
            "<img",
            "javascript:",
            "\u{202e}",
            "<link",
            "@import",
            "url(",
        ] {
            assert!(!page.contains(markup), "{name} has {markup}");
        }
        for attribute in attributes(&page) {
            let known = [
                "lang",
                "charset",
                "http-equiv",
                "content",
                "name",
                "class",
                "id",
                "href",
            ];
            assert!(
                known.contains(&attribute),
                "{name} has the attribute {attribute}"
            );
        }
        for link in page.split("href=\"").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(
                target.starts_with('#') || target.ends_with(".html") && !target.contains('/'),
                "{target}"
            );
        }
        assert_eq!(
            page.matches("</pre>").count(),
            page.matches("<pre>").count()
        );
    }
}

#[test]
fn matches_are_marked_and_linked_both_ways() {
    let pages = all_pages();
    let page = &pages
        .iter()
        .find(|(name, _)| name == "pair-001.html")
        .unwrap()
        .1;
    assert!(page.contains("<mark class=\"c1\">"));
    for link in ["id=\"a1\" href=\"#b1\"", "id=\"b1\" href=\"#a1\""] {
        assert_eq!(page.matches(link).count(), 1, "{link}");
    }
    // the source is whole
    let source = &sources::alternative()["losses.rs"];
    assert_eq!(
        page.matches("<i>").count(),
        2 * (source.lines().count() + 1)
    );
    assert!(page.contains("\\u{202e}"));
}

#[test]
fn no_word_accuses() {
    let templates =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).unwrap();
    let templates = templates.map(|file| {
        let path = file.unwrap().path();
        (
            path.display().to_string(),
            std::fs::read_to_string(path).unwrap(),
        )
    });
    for (name, text) in templates.chain(all_pages()) {
        // `copied` is a method that students may call
        let text = without_sources(&text).to_lowercase();
        for word in ACCUSING {
            assert!(!text.contains(word), "{name} says {word}");
        }
    }
}
