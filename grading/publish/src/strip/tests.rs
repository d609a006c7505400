use common::rng::Rng;

use super::*;

fn stripped(source: &str) -> String {
    strip(source, "x.rs").unwrap()
}

fn problem(source: &str) -> String {
    strip(source, "x.rs").unwrap_err().to_string()
}

#[test]
fn a_named_solution_becomes_a_todo_at_its_indentation() {
    let source = "fn f() -> i32 {\n    // BEGIN SOLUTION A1.3 linear_backward\n    let a = 1;\n    a\n    // END SOLUTION\n}\n";
    let parts = strip_parts(source, "x.rs").unwrap();
    assert_eq!(
        parts.public,
        "fn f() -> i32 {\n    todo!(\"A1.3 linear_backward\")\n}\n"
    );
    assert_eq!(parts.secret, ["    let a = 1;\n    a\n"]);
}

#[test]
fn a_stub_replaces_the_solution() {
    let source = "fn f() -> Vec<i32> {\n    // BEGIN SOLUTION q1\n    // STUB: let none = Vec::new();\n    // STUB: none\n    vec![1]\n    // END SOLUTION\n}\n";
    assert_eq!(
        stripped(source),
        "fn f() -> Vec<i32> {\n    let none = Vec::new();\n    none\n}\n"
    );
}

#[test]
fn what_has_no_name_is_removed_with_the_blank_lines_around_it() {
    let between = "fn a() {}\n\n// BEGIN SOLUTION\nfn b() {}\n// END SOLUTION\n\nfn c() {}\n";
    assert_eq!(stripped(between), "fn a() {}\n\nfn c() {}\n");
    let first = "// BEGIN HIDDEN\nfn b() {}\n// END HIDDEN\n\nfn c() {}\n";
    assert_eq!(stripped(first), "fn c() {}\n");
    let last = "fn a() {}\n\n// BEGIN HIDDEN\nfn b() {}\n// END HIDDEN\n";
    assert_eq!(stripped(last), "fn a() {}\n");
    let inside = "mod m {\n    // BEGIN HIDDEN\n    fn b() {}\n    // END HIDDEN\n\n    fn c() {}\n\n    // BEGIN HIDDEN\n    // END HIDDEN\n}\n";
    assert_eq!(stripped(inside), "mod m {\n    fn c() {}\n}\n");
}

#[test]
fn what_has_no_marker_stays_byte_for_byte() {
    let source = "fn a() {}\n\n\n\nfn b() {} // begin with this\r\n/* x */";
    assert_eq!(stripped(source), source);
}

#[test]
fn markers_out_of_order_are_told_with_their_line() {
    let cases = [
        (
            "// BEGIN SOLUTION a\n// BEGIN SOLUTION b\n// END SOLUTION\n",
            "x.rs:2:",
            "inside",
        ),
        (
            "// BEGIN SOLUTION a\n// BEGIN HIDDEN\n",
            "x.rs:2:",
            "inside",
        ),
        ("\n// BEGIN SOLUTION a\n1\n", "x.rs:2:", "never closed"),
        ("// END SOLUTION\n", "x.rs:1:", "nothing was begun"),
        (
            "// BEGIN HIDDEN\n// END SOLUTION\n",
            "x.rs:2:",
            "another marker",
        ),
        (
            "// BEGIN SOLUTION\n// END HIDDEN\n",
            "x.rs:2:",
            "another marker",
        ),
        ("// STUB: 1\n", "x.rs:1:", "inside a solution"),
        (
            "let a = 1; // BEGIN SOLUTION\n",
            "x.rs:1:",
            "alone on its line",
        ),
        ("// BEGIN SOLUTION a\"b\n", "x.rs:1:", "letters"),
        ("// BEGIN SOLUTIONS\n", "x.rs:1:", "letters"),
        ("// BEGIN SOLUTON a\n", "x.rs:1:", "no marker"),
        ("// begin solution\n", "x.rs:1:", "no marker"),
        ("// END SOLUTION a\n", "x.rs:1:", "no marker"),
        (
            "fn f() {\n// BEGIN HIDDEN\n}\n// END HIDDEN\n",
            "x.rs:",
            "after stripping",
        ),
        ("fn f() { \"\n", "x.rs:1:", "no Rust"),
        // a stub that is a marker itself, or nearly one; found by fuzzing
        (
            "// BEGIN SOLUTION\n// STUB: // BEGIN HIDDEN\n// END SOLUTION\n",
            "x.rs:1:",
            "after stripping, a marker is left",
        ),
        (
            "// BEGIN SOLUTION\n// STUB: //BEGIN\n// END SOLUTION\n",
            "x.rs:1:",
            "after stripping, `// BEGIN` is no marker",
        ),
    ];
    for (source, place, why) in cases {
        let text = problem(source);
        assert!(
            text.starts_with(place) && text.contains(why),
            "{source:?} gave {text}"
        );
    }
}

#[test]
fn markers_that_are_no_comments_of_their_own_are_refused() {
    for source in [
        "let a = \"\n// BEGIN SOLUTION a\n// END SOLUTION\n\";\n",
        "let a = r#\"\n// BEGIN HIDDEN\n\"#;\n",
        "/*\n// BEGIN SOLUTION a\n*/\n",
        "/// BEGIN SOLUTION a\nfn f() {}\n",
        "#[doc = \"END HIDDEN\"]\nfn f() {}\n",
        "vec![\n// BEGIN SOLUTION a\n1\n// END SOLUTION\n];\n",
        "// see BEGIN SOLUTION\n",
    ] {
        assert!(problem(source).contains("marker"), "{source:?}");
    }
}

/// Stripping twice is stripping once, and no marker is left, on sources made at random.
#[test]
fn stripping_is_idempotent() {
    let mut rng = Rng::new(53);
    let mut regions = 0;
    for _ in 0..2000 {
        let source = random_source(&mut rng);
        let parts = strip_parts(&source, "x.rs").unwrap();
        regions += parts.secret.len();
        assert_eq!(stripped(&parts.public), parts.public, "{source}");
        assert!(
            !PHRASES.iter().any(|phrase| parts.public.contains(phrase)),
            "{source}"
        );
        assert!(!parts.public.contains("SECRET"), "{source}");
    }
    assert!(regions > 2000, "{regions}");
}

const LINES: [&str; 8] = [
    "",
    "fn a() {}",
    "/// doc // x",
    "let a = \"// BEGIN \\\" x\";",
    "/* a /* b */ // c */",
    "mod m {\n}",
    "// plain",
    "let b = '\"';",
];
const SECRET: [&str; 4] = ["let SECRET = 1;", "", "// SECRET comment", "f(\"SECRET\");"];

fn random_source(rng: &mut Rng) -> String {
    let mut source = String::new();
    for _ in 0..rng.below(12) {
        let indent = " ".repeat(rng.below(3) * 4);
        let end = if rng.below(8) == 0 { "\r\n" } else { "\n" };
        let kind = rng.below(6);
        if kind < 3 {
            let _ = write!(source, "{indent}{}{end}", LINES[rng.below(LINES.len())]);
            continue;
        }
        let (begin, close) = [
            ("BEGIN SOLUTION A1.1 f", "END SOLUTION"),
            ("BEGIN SOLUTION", "END SOLUTION"),
            ("BEGIN HIDDEN", "END HIDDEN"),
        ][kind - 3];
        let _ = write!(source, "{indent}// {begin}{end}");
        if kind == 3 && rng.below(2) == 0 {
            let _ = write!(source, "{indent}// STUB: f(0){end}");
        }
        for _ in 0..rng.below(4) {
            let _ = write!(source, "{indent}{}{end}", SECRET[rng.below(SECRET.len())]);
        }
        let _ = write!(source, "{indent}// {close}{end}");
    }
    // `/// doc` must document something.
    source + "fn last() {}\n"
}
