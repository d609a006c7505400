//! The sources that are compared for similarity.
//!
//! No source makes the tokenizer, the comparison or its pages panic. Between two tokens there is nothing but white
//! space and comments, so nothing is silently passed over; and no text becomes markup.

use std::collections::BTreeMap;

use similarity::lexer::lex;
use similarity::{Base, Entry, Options, analyse, pages};

fn property(input: &[u8]) -> String {
    let source = String::from_utf8_lossy(input);
    let lexed = lex(&source);
    let mut end = 0;
    for token in &lexed.tokens {
        assert!(token.start < token.end);
        passed_over(
            source
                .get(end..token.start)
                .expect("tokens are in order and whole characters"),
        );
        end = token.end;
    }
    passed_over(&source[end..]);
    let reported = compared(&source);
    let trouble = lexed.trouble.map_or("", |(_, what)| what);
    format!("{trouble} {reported}, {}", lexed.tokens.len().min(64) / 8)
}

/// What lies between tokens is white space and comments.
fn passed_over(text: &str) {
    let text = text.trim_start();
    assert!(
        text.is_empty() || text.starts_with("//") || text.starts_with("/*"),
        "{text:?} is no token"
    );
}

/// Whether two students with the same source are reported, after their pages were made.
fn compared(source: &str) -> bool {
    let entry = |student: &str| Entry {
        name: source.chars().take(20).chain(student.chars()).collect(),
        student: student.to_string(),
        files: BTreeMap::from([("losses.rs".to_string(), source.to_string())]),
        collaborators: vec![],
    };
    let entries = [entry("1"), entry("2")];
    let report = analyse(&entries, &Base::default(), &[], &Options::default())
        .expect("the options are right");
    let pages = pages(&report, &entries).expect("the templates are right");
    for page in pages.values() {
        assert!(!page.contains("<script") && !page.contains('\u{202e}'));
    }
    for region in report.pairs.iter().flat_map(|pair| &pair.regions) {
        assert_eq!(
            source.get(region.a.start..region.a.end),
            source.get(region.b.start..region.b.end)
        );
    }
    !report.pairs.is_empty()
}

fn seeds() -> Vec<Vec<u8>> {
    let plain = "use burn::tensor::{Tensor, Int};\n/// Doc.\n#[inline]\npub fn f<'a>(x: &'a [f64]) -> f64 {\n    \
                 let mut sum = 0.0; // of squares\n    for v in x { sum += v * v; /* /* nested */ */ }\n    \
                 assert!(sum >= 1e-3_f64, \"{sum} \\\" {}\", r#\"raw \" text\"#);\n    b'\\n'; 'x'; '\\u{1F600}'; sum.sqrt()\n}\n";
    vec![
        plain.as_bytes().to_vec(),
        plain.repeat(4).into_bytes(),
        format!("/* unclosed {plain}").into_bytes(),
        format!("</pre><script>alert(1)</script>\u{202e}{plain}").into_bytes(),
    ]
}

#[test]
fn tokens() {
    fuzz::run(&fuzz::Target {
        name: "tokens",
        seeds: seeds(),
        words: &[
            b"/*",
            b"*/",
            b"//",
            b"\"",
            b"r#\"",
            b"\"#",
            b"br##\"",
            b"'",
            b"b'",
            b"'\\",
            b"r#",
            b"#[",
            b"]",
            b"use ",
            b";",
            b"1.",
            b"1e+",
            b"0x",
            b"..=",
            b"<script>",
            b"\xe2\x80\xae",
            b"\n",
            b"\xd8\xb4",
        ],
        largest: 4096,
        memory: |bytes| (1 << 20) + 1024 * bytes,
        property,
    });
}
