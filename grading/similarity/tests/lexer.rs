//! Tokens of good and of hostile sources.

mod support;

use similarity::Names;
use similarity::lexer::{Kind, lex};
use similarity::tokens::normalise;

use support::rng::Rng;
use support::sources;

/// The texts of the tokens.
fn texts(source: &str) -> Vec<&str> {
    lex(source)
        .tokens
        .iter()
        .map(|token| &source[token.start..token.end])
        .collect()
}

/// The token kinds, one letter each.
fn kinds(source: &str) -> String {
    let letter = |kind| match kind {
        Kind::Word => 'w',
        Kind::Lifetime => 'l',
        Kind::Number => '1',
        Kind::Text => 't',
        Kind::Character => 'c',
        Kind::Mark => '.',
    };
    lex(source)
        .tokens
        .iter()
        .map(|token| letter(token.kind))
        .collect()
}

#[test]
fn literals_of_every_sort_are_one_token_each() {
    for text in [
        "\"a \\\" b\"",
        "b\"a\"",
        "c\"a\"",
        "r\"\\\"",
        "r#\"a \" b\"#",
        "br##\"a\"# b\"##",
        "cr#\"a\"#",
        "\"\"",
    ] {
        assert_eq!(kinds(text), "t", "{text}");
        assert_eq!(lex(text).trouble, None, "{text}");
    }
    for character in [
        "'a'",
        "'\\''",
        "'\\\\'",
        "'\\u{1F600}'",
        "'é'",
        "b'x'",
        "b'\\n'",
        "'\"'",
        "' '",
    ] {
        assert_eq!(kinds(character), "c", "{character}");
    }
    for number in [
        "0",
        "1_000u64",
        "0xFF_u8",
        "0b1010",
        "1.5",
        "1.5e-3_f64",
        "2.",
        "1e10",
        "1E+5",
        "0x1e",
    ] {
        assert_eq!(kinds(number), "1", "{number}");
    }
}

#[test]
fn what_looks_like_a_literal_and_is_none() {
    assert_eq!(texts("0..n"), ["0", "..", "n"]);
    assert_eq!(texts("1.max(2)"), ["1", ".", "max", "(", "2", ")"]);
    assert_eq!(texts("0x1e+5"), ["0x1e", "+", "5"]);
    assert_eq!(kinds("&'a str"), ".lw");
    assert_eq!(kinds("'a: loop { break 'a }"), "l.w.wl.");
    assert_eq!(texts("r#type"), ["r#type"]);
    assert_eq!(texts("r # type r#"), ["r", "#", "type", "r", "#"]);
    assert_eq!(kinds("شبکه_عصبی = é"), "w.w");
    assert_eq!(texts("a>>=b::<c>"), ["a", ">>=", "b", "::", "<", "c", ">"]);
}

#[test]
fn comments_nest_and_are_gone() {
    assert_eq!(
        texts("a // b\nc /* d /* e */ f */ g /** h */ /*/**/*/ i"),
        ["a", "c", "g", "i"]
    );
    assert_eq!(texts("\"/*\" a \"*/\""), ["\"/*\"", "a", "\"*/\""]);
}

#[test]
fn an_opening_that_is_never_closed_hides_nothing() {
    let body = "fn f(x: f64) -> f64 { x * 2.0 }";
    let expected = texts(body);
    for opening in [
        "/* ",
        "/* /* */ ",
        "\" ",
        "r#\" ",
        "br##\"# ",
        "b\" ",
        "' ",
        "/*/* ",
    ] {
        let source = format!("{opening}{body}");
        let found = texts(&source);
        assert!(found.ends_with(&expected), "{opening}: {found:?}");
        if opening != "' " {
            assert_eq!(
                lex(&source).trouble.map(|(at, _)| at < opening.len()),
                Some(true),
                "{opening}"
            );
        }
    }
}

#[test]
fn brackets_that_do_not_match_are_noted() {
    let trouble = |source| normalise(source, Names::Called).trouble;
    assert_eq!(trouble("fn f() { [1] }"), None);
    assert_eq!(trouble("fn f() { [1 }").map(|(at, _)| at), Some(12));
    assert_eq!(trouble("fn f() {").map(|(at, _)| at), Some(7));
    assert_eq!(trouble(")").map(|(at, _)| at), Some(0));
}

/// The codes of a source.
fn codes(source: &str) -> Vec<u64> {
    normalise(source, Names::Called)
        .items
        .iter()
        .map(|item| item.code)
        .collect()
}

#[test]
fn what_costs_nothing_to_change_does_not_count() {
    let plain = codes("fn f<'a>(x: &'a T) -> f64 { let y = 2.0 * x.sum(); y }");
    let changed = codes(
        "use burn::{tensor::Tensor, prelude::*};\n/// doc\n#[inline(always)]\nfn area<'long>(r: &'long Matrix)
         -> f64 { // noise\n let q = 0x7_f32 /* a */ * r.sum(); #[allow(unused)] q }",
    );
    assert_eq!(plain, changed);
    assert_ne!(
        plain,
        codes("fn f<'a>(x: &'a T) -> f64 { let y = 2.0 * x.mean(); y }")
    );
    assert_ne!(
        plain,
        codes("fn f<'a>(x: &'a T) -> f64 { let y = 2.0 + x.sum(); y }")
    );
}

#[test]
fn an_import_or_attribute_that_is_none_hides_nothing() {
    assert_eq!(codes("use a; x").len(), 1);
    assert_eq!(codes("use x + y; z").len(), 6);
    assert_eq!(
        codes("fn f() -> impl Sized + use<'a> { 1 }").len(),
        codes("fn f() -> impl Sized + u<'a> { 1 }").len()
    );
    assert_eq!(codes("#[never closed x y").len(), 6);
}

#[test]
fn every_token_lies_in_its_source_whatever_that_is() {
    let pieces = [
        "'", "\"", "r#\"", "\"#", "/*", "*/", "//", "\n", "\\", "é", "\u{202e}", "b'", "1.", "e+",
        "x", "#", "[", "use ", "\0",
    ];
    let mut rng = Rng(7);
    for _ in 0..3000 {
        let source: String = (0..rng.below(60)).map(|_| *rng.pick(&pieces)).collect();
        let mut end = 0;
        for token in lex(&source).tokens {
            assert!(end <= token.start && token.start < token.end, "{source:?}");
            assert!(source.get(token.start..token.end).is_some(), "{source:?}");
            end = token.end;
        }
        assert!(codes(&source).len() <= source.len());
    }
}

/// Each of these would take minutes if an opening were searched to the end of the source every time.
#[test]
fn a_source_made_to_be_slow_is_not() {
    for piece in [
        "/*", "\"\\", "\\\"", "r#\"", "'\\", "#[", "use a ", "b\"\\", "/*\"", "r\"", "r##", "((",
        "*/ /*/",
    ] {
        let source = piece.repeat((1 << 20) / piece.len());
        assert!(normalise(&source, Names::Called).items.len() <= source.len());
    }
}

/// The sources of this repository hold nothing strange.
#[test]
fn real_sources_have_no_trouble() {
    for (name, source) in sources::reference().into_iter().chain(sources::oracle()) {
        assert_eq!(normalise(&source, Names::Called).trouble, None, "{name}");
    }
}
