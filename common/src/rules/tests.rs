use std::collections::BTreeMap;

use super::Item::{Method, Name, Path};
use super::*;

const RULE: Rule = Rule {
    rule: "nothing ready-made",
    instead: "write it yourself",
    items: &[
        Path("burn::nn"),
        Path("burn::tensor::activation::gelu"),
        Path("burn::prelude::Module"),
        Method("backward"),
        Name("require_grad"),
    ],
};

const PART: Part = Part {
    id: "A1.3",
    title: "Layers",
    module: "layers",
    points: 20,
    start: "Begin.",
    hints: &[],
    hidden_checks: 0,
    forbidden: &[RULE],
};

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    let named = files
        .iter()
        .map(|(name, text)| ((*name).into(), (*text).into()));
    named.collect()
}

fn scan_text(text: &str) -> Scan {
    scan(&PART, &files(&[("layers.rs", text)]))
}

/// `line: what was found`, without the words for it.
fn found(text: &str) -> Vec<String> {
    let scan = scan_text(text);
    assert_eq!(scan.unread, [""; 0], "{text}");
    let found = scan.violations.iter();
    found
        .map(|v| format!("{}: {}", v.line, v.found.replace('`', "")))
        .collect()
}

#[test]
fn every_hiding_place_is_found() {
    let gelu = "burn::tensor::activation::gelu";
    let named = |line: u32, name: &str| format!("{line}: {name}, which is {gelu}");
    for (text, line) in [
        // Imports.
        ("use burn::nn::Linear;", "1: burn::nn::Linear".to_owned()),
        (
            "\n\nuse ::burn::nn as n;",
            "3: ::burn::nn, which is burn::nn".replace("::burn::nn, which is ", ""),
        ),
        (
            "use burn::{tensor::{Int, activation::{self, gelu as g}}, nn};",
            "1: burn::nn".into(),
        ),
        (
            "use burn::{tensor::{Int, activation::{self, gelu as g}}};",
            format!("1: {gelu}"),
        ),
        ("use burn::nn::*;", "1: burn::nn".into()),
        ("pub(crate) use r#burn::r#nn;", "1: burn::nn".into()),
        ("fn f() { { use burn::nn; } }", "1: burn::nn".into()),
        // Paths: calls, types, bounds, patterns, function pointers.
        (
            "fn f(x: T) -> T { burn::tensor::activation::gelu(x) }",
            format!("1: {gelu}"),
        ),
        (
            "fn f() -> Option<burn::nn::Linear> { None }",
            "1: burn::nn::Linear".into(),
        ),
        ("fn f<M: burn::nn::M>(m: M) {}", "1: burn::nn::M".into()),
        ("fn f(m: impl Fn(burn::nn::M)) {}", "1: burn::nn::M".into()),
        ("struct S { a: [burn::nn::M; 2] }", "1: burn::nn::M".into()),
        (
            "const F: fn(T) -> T = burn::tensor::activation::gelu;",
            format!("1: {gelu}"),
        ),
        (
            "fn f(x: V) -> V { x.map(\nburn::tensor::activation::gelu) }",
            format!("2: {gelu}"),
        ),
        (
            "fn f(m: M) { let burn::nn::M { .. } = m; }",
            "1: burn::nn::M".into(),
        ),
        // Aliases.
        (
            "use burn as b;\nfn f() { b::nn::init() }",
            "2: b::nn::init, which is burn::nn::init".into(),
        ),
        (
            "extern crate burn as b;\nfn f() { b::nn::init() }",
            "2: b::nn::init, which is burn::nn::init".into(),
        ),
        (
            "use burn::tensor::activation as act;\nfn f(x: T) -> T { act::gelu(x) }",
            named(2, "act::gelu"),
        ),
        (
            "use burn::tensor::{activation};\nfn f(x: T) -> T { activation::gelu(x) }",
            named(2, "activation::gelu"),
        ),
        (
            "use burn::{self, tensor};\nuse tensor::activation::{self as act};\nfn f(x: T) -> T { act::gelu(x) }",
            named(3, "act::gelu"),
        ),
        (
            "mod a { pub use burn::tensor as t; }\nfn f(x: T) -> T { a::t::activation::gelu(x) }",
            named(2, "a::t::activation::gelu"),
        ),
        (
            "use burn::tensor as t;\nmod a { fn f(x: T) -> T { super::t::activation::gelu(x) } }",
            named(2, "super::t::activation::gelu"),
        ),
        (
            "use burn::tensor as t;\nmod a { use super::*; fn f(x: T) -> T { t::activation::gelu(x) } }",
            named(2, "t::activation::gelu"),
        ),
        (
            "use burn::tensor as t;\nfn f(x: T) -> T { crate::parts::layers::t::activation::gelu(x) }",
            named(2, "crate::parts::layers::t::activation::gelu"),
        ),
        (
            "fn f(x: T) -> T { use burn::tensor::activation as a;\nmod a {}\na::gelu(x) }",
            named(3, "a::gelu"),
        ),
        // Globs.
        (
            "use burn::*;\nfn f() { nn::init() }",
            "2: nn::init, which is burn::nn::init".into(),
        ),
        (
            "use burn::tensor::activation::*;\nfn f(x: T) -> T { gelu(x) }",
            named(2, "gelu"),
        ),
        (
            "use burn::*; use tensor::*; use activation::*;\nfn f(x: T) -> T { gelu(x) }",
            named(2, "gelu"),
        ),
        (
            "use burn::prelude::*;\n#[derive(Module)] struct S;",
            "2: Module, which is burn::prelude::Module".into(),
        ),
        (
            "mod a { pub use burn::tensor::activation::*; }\nuse a::*; fn f(x: T) -> T { gelu(x) }",
            named(2, "gelu"),
        ),
        // A function of that name in another scope explains nothing.
        (
            "mod a { fn gelu() {} }\nuse burn::tensor::activation::*; fn f(x: T) -> T { gelu(x) }",
            named(2, "gelu"),
        ),
        (
            "use burn::tensor::activation::*;\nfn f(x: T) -> T { let gelu = gelu(x); gelu }",
            named(2, "gelu"),
        ),
        // Methods and associated functions.
        ("fn f(x: T) { x.backward(); }", "1: .backward()".into()),
        (
            "fn f(x: T) { x.y(|z| z.r#backward()); }",
            "1: .backward()".into(),
        ),
        (
            "use burn::tensor::Tensor;\nfn f(x: T) { Tensor::backward(&x); }",
            "2: Tensor::backward, which is burn::tensor::Tensor::backward".into(),
        ),
        (
            "use burn::tensor::Tensor;\nfn f(x: T) { Tensor::<1>::backward(&x); }",
            "2: Tensor::backward, which is burn::tensor::Tensor::backward".into(),
        ),
        (
            "use burn::tensor::Tensor;\nfn f(x: T) { <Tensor<1>>::backward(&x); }",
            "2: Tensor::backward, which is burn::tensor::Tensor::backward".into(),
        ),
        (
            "use burn::tensor::Tensor;\ntype X = Tensor<1>;\nfn f() { let g = X::backward; }",
            "3: X::backward, which is burn::tensor::Tensor::backward".into(),
        ),
        (
            "use burn::Tensor; struct O; impl O { fn backward(&self) {} }\nfn f(x: Tensor<1>) { Tensor::backward(&x); }",
            "2: Tensor::backward, which is burn::Tensor::backward".into(),
        ),
        (
            "fn f(x: T) { <&_>::backward(&x); }",
            "1: .backward()".into(),
        ),
        // Names.
        ("fn f(x: T) { x.require_grad(); }", "1: require_grad".into()),
        (
            "trait A { fn require_grad(self); }",
            "1: require_grad".into(),
        ),
        (
            "fn f(x: T) { call!(x, require_grad); }",
            "1: require_grad".into(),
        ),
        // Macros: what they are given, and their bodies.
        (
            "fn f(x: T) { vec![x.backward()]; }",
            "1: .backward()".into(),
        ),
        (
            "fn f(x: T) { assert!(x == y,\n\"{}\", burn::tensor::activation::gelu(x)); }",
            format!("2: {gelu}"),
        ),
        (
            "macro_rules! m { ($x:expr) => { $x\n.backward() } }",
            "2: .backward()".into(),
        ),
        (
            "macro_rules! m { () => { use burn::{tensor::Int, nn as n}; } }",
            "1: burn::nn".into(),
        ),
        (
            "macro_rules! m { () => { use burn::{nn::{*}}; } }",
            "1: burn::nn".into(),
        ),
        (
            "macro_rules! m { () => { use burn::tensor as t; } }\nm!(); fn f(x: T) -> T { t::activation::gelu(x) }",
            named(2, "t::activation::gelu"),
        ),
        (
            "use burn::tensor::activation as act;\nfn f(x: T) -> T { vec![act::gelu(x)] }",
            named(2, "act::gelu"),
        ),
        (
            "use burn::tensor::activation::*;\nfn f(x: T) -> T { vec![gelu(x)] }",
            named(2, "gelu"),
        ),
        (
            "fn f(x: T) { m!(Tensor::<1>::backward(x)) }",
            "1: .backward()".into(),
        ),
        // Code from elsewhere.
        (
            "include!(\"mlp.rs\");",
            "1: include, which is std::include".into(),
        ),
        ("core::include!(\"mlp.rs\");", "1: core::include".into()),
        (
            "use std::include as i; fn f() { i!(\"mlp.rs\") }",
            "1: i, which is std::include".into(),
        ),
        (
            "macro_rules! m { () => { include!(\"mlp.rs\") } }",
            "1: include, which is std::include".into(),
        ),
        ("#[path = \"mlp.rs\"]\nmod m;", "2: mod m;".into()),
        ("macro_rules! m { () => { mod m; } }", "1: mod m;".into()),
    ] {
        let found = found(text);
        assert!(found.contains(&line), "{text}\n{line}\n{found:?}");
    }
}

#[test]
fn what_is_the_students_own_or_no_code_is_not_found() {
    for text in [
        "",
        "// burn::nn, x.backward(), require_grad",
        "/* use burn::nn; */ /// x.backward()\nfn f() { let s = \"burn::nn require_grad\"; }",
        "fn f() { println!(\"x.backward() {}\", r#\"burn::nn\"#); }",
        // Functions of the same name.
        "fn gelu(x: T) -> T { x } fn f(x: T) -> T { gelu(x) }",
        "use burn::tensor::activation::*; fn gelu(x: T) -> T { x } fn f(x: T) -> T { gelu(sigmoid(x)) }",
        "use burn::tensor::activation::*; fn gelu(x: T) -> T { x } mod a { use super::*; fn f(x: T) -> T { vec![gelu(x)] } }",
        "use burn::tensor::activation::*; fn f(x: T) -> T { let gelu = |x| x; gelu(x) }",
        "use burn::tensor::activation::*; fn f(x: T, gelu: fn(T) -> T) -> T { gelu(x) }",
        "use burn::tensor::activation::*; struct S { gelu: f64 } fn f(s: S) -> S { S { gelu: s.gelu } }",
        "mod nn { pub fn init() {} } fn f() { nn::init(); self::nn::init(); crate::parts::layers::nn::init() }",
        "use burn::tensor; mod activation { pub fn gelu() {} } fn f() { activation::gelu() }",
        "fn backward(x: T) -> T { x } fn f(x: T) -> T { backward(x) }",
        // Methods of its own types.
        "struct O; impl O { fn backward(&self) {} } fn f(o: O) { o.backward(); O::backward(&o); <O>::backward(&o) }",
        "trait B { fn backward(self); } fn f(b: impl B) { b.backward() } fn g<T: B>(t: T) { T::backward(t) }",
        // Not Burn's.
        "fn f() { nn::init(); burner::nn::init(); common::nn::init() }",
        "fn f(s: S) { s.backward = 1; let S { backward, .. } = s; }",
        // What is allowed beside it.
        "use burn::tensor::{Int, Tensor, activation}; fn f(x: Tensor<2>) -> Tensor<2> { activation::sigmoid(x).exp() }",
        "use burn::prelude::*; fn f(x: Tensor<2>) -> Tensor<2> { x }",
        "mod a { use super::*; pub fn f() {} } use a::*; fn g() { f(); Vec::<f64>::new(); }",
        "const SECRET: &str = include_str!(\"text.txt\"); fn f(include: bool) { if include { g!(include) } }",
        // Its own tests.
        "#[cfg(test)] mod tests { use burn::nn; mod more; fn f(x: T) { x.require_grad().backward() } }",
        "#[test] fn t() { burn::tensor::activation::gelu(x()); }",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}

#[test]
fn code_for_other_configurations_than_tests_counts() {
    for attribute in ["cfg(not(test))", "cfg(any(test, unix))", "allow(test)"] {
        let text = format!("#[{attribute}] use burn::nn;");
        assert_eq!(found(&text), ["1: burn::nn"], "{text}");
    }
}

#[test]
fn a_violation_says_what_where_and_what_instead() {
    let scan =
        scan_text("use burn::tensor::activation as act;\n\nfn f(x: T) -> T { act::gelu(x) }");
    let said: Vec<String> = scan.violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "layers.rs:3: `act::gelu`, which is `burn::tensor::activation::gelu`: nothing ready-made; write it yourself"
        ]
    );
    assert!(!scan.is_clean());
}

#[test]
fn each_place_is_said_once_and_in_order() {
    let text = "fn g() { y.backward() }\nuse burn::nn; fn f() { x.backward(); x.backward() }";
    assert_eq!(
        found(text),
        ["1: .backward()", "2: .backward()", "2: burn::nn"]
    );
}

#[test]
fn a_file_that_the_part_uses_is_searched_too() {
    let other = "pub fn help(x: T) -> T { burn::tensor::activation::gelu(x) }";
    let places = |text: &str| {
        let files = files(&[
            ("layers.rs", text),
            ("losses.rs", other),
            ("mlp.rs", "use super::losses;"),
        ]);
        let found = scan(&PART, &files).violations;
        found.iter().map(Violation::place).collect::<Vec<_>>()
    };
    for text in [
        "use super::losses;",
        "fn f(x: T) -> T { super::losses::help(x) }",
        "fn f(x: T) -> T { crate::parts::losses::help(x) }",
        "mod a { fn f(x: T) -> T { super::super::losses::help(x) } }",
        "extern crate self as me; use me::parts::losses as l;",
        "use super::*;",
        "fn f(x: T) -> T { (super::table().losses.help)(x) }",
        "use super::mlp;",
    ] {
        assert_eq!(places(text), ["losses.rs:1"], "{text}");
    }
    for text in [
        "",
        "mod a { use super::*; }",
        "use self::a::*; mod a {}",
        "#[cfg(test)] mod t { use super::super::*; }",
    ] {
        assert_eq!(places(text), [""; 0], "{text}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_said_and_breaks_no_rule() {
    for text in [
        "fn f( {",
        "fn f() { burn::nn }}",
        "let x = 'ab",
        "fn 1() {}",
    ] {
        let scan = scan_text(text);
        assert!(scan.is_clean(), "{text}");
        assert!(
            scan.unread[0].starts_with("layers.rs: line 1 is no Rust"),
            "{:?}",
            scan.unread
        );
    }
    assert_eq!(scan(&PART, &BTreeMap::new()), Scan::default());
}

#[test]
fn a_first_line_for_the_shell_and_a_byte_order_mark_are_no_code() {
    assert_eq!(found("#!/usr/bin/env run\nuse burn::nn;"), ["2: burn::nn"]);
    assert_eq!(found("#![allow(unused)] use burn::nn;"), ["1: burn::nn"]);
    assert_eq!(found("\u{feff}use burn::nn;"), ["1: burn::nn"]);
}

/// Whatever a file holds, the search ends, and well within the time of a compiler.
#[test]
fn hostile_files_neither_panic_nor_overflow() {
    let nested = |open: &str, close: &str, n| {
        format!(
            "fn f() {{ {}1{} }} use burn::nn;",
            open.repeat(n),
            close.repeat(n)
        )
    };
    for text in [
        nested("(", ")", 100_000),
        nested("{", "}", 100_000),
        nested("vec![", "]", 30_000),
        nested("-", "", 200_000),
        nested("&", "", 200_000),
        nested("", " + 1", 60_000),
        nested("if a {} else ", "", 20_000),
        nested("|| ", "", 80_000),
        nested("a = ", "", 60_000),
        nested("", ".a", 100_000),
        format!("type T = {}u8{};", "A<".repeat(80_000), ">".repeat(80_000)),
        format!("use {}a;", "a::".repeat(80_000)),
        format!("use {}a{};", "{".repeat(100_000), "}".repeat(100_000)),
    ] {
        assert_eq!(
            scan_text(&text).unread,
            ["layers.rs: it is nested too deeply"]
        );
    }
    for text in [
        nested("(", ")", 1_900),
        nested("-", "", 1_900),
        nested("{", "}", 1_900),
        nested("match a { _ => ", "}", 300),
        nested("vec![", "]", 400),
        nested("", " + 1", 900),
        format!(
            "use burn::nn; type T = {}u8{};",
            "A<".repeat(600),
            ">".repeat(600)
        ),
    ] {
        assert_eq!(found(&text), ["1: burn::nn"]);
    }
    // Many and long things, which are slow if anything is quadratic.
    let name = "a".repeat(200_000);
    let long = scan_text(&format!("use burn::nn::{name};"));
    assert!(long.violations[0].found.len() < 200);
    assert_eq!(scan_text(&"x.backward();".repeat(9_000)).unread.len(), 1);
    let many = format!("fn f() {{ {} }}", "x.backward();\n".repeat(15_000));
    assert_eq!(scan_text(&many).violations.len(), 100);
    let globs: String = (0..3000)
        .map(|i| format!("mod m{i} {{ pub use super::*; }} use m{i}::*;\n"))
        .collect();
    assert_eq!(
        scan_text(&format!("{globs} fn f() {{ g() }}")).unread,
        ["layers.rs: its names cannot be followed"]
    );
    assert_eq!(
        scan_text("use a as b; use b as a; fn f() { a::b() }").unread,
        ["layers.rs: its names cannot be followed"]
    );
    for text in [
        "use a::*; use b::*; use c::*; use d::*; use e::*; fn f() { x() }",
        "use burn; use self::*; use crate::parts::layers::*; fn f() { x() }",
        "fn f() { m!(use use use use) }",
        "use crate::{self}; use self as s; use super::super::super::x;",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}
