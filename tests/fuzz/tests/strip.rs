//! The sources from which starters are made.
//!
//! No source makes the stripper panic. What it publishes has no marker in it and is unchanged by
//! stripping it again; an error names a line of the source.

use publish::{strip, strip_parts};

/// What no published file may contain.
const MARKERS: [&str; 4] = [
    "BEGIN SOLUTION",
    "END SOLUTION",
    "BEGIN HIDDEN",
    "END HIDDEN",
];

fn property(input: &[u8]) -> String {
    // the tokenizer keeps every source that it has read, for its lines
    proc_macro2::extra::invalidate_current_thread_spans();
    let source = String::from_utf8_lossy(input);
    match strip_parts(&source, "x.rs") {
        Ok(parts) => {
            for marker in MARKERS {
                assert!(!parts.public.contains(marker), "{marker} is published");
            }
            assert_eq!(
                strip(&parts.public, "x.rs").as_ref(),
                Ok(&parts.public),
                "stripped again"
            );
            let lines = |text: &str| text.lines().count();
            let secret: usize = parts.secret.iter().map(|text| lines(text)).sum();
            assert!(secret <= lines(&source));
            let untouched = parts.secret.is_empty();
            assert!(
                !untouched || source.strip_prefix('\u{feff}').unwrap_or(&source) == parts.public
            );
            format!("{} regions", parts.secret.len().min(9))
        }
        Err(error) => {
            assert!(
                error.line >= 1 && error.line <= source.split_inclusive('\n').count().max(1),
                "{error}"
            );
            // what is quoted may hold quotes itself
            fuzz::shape(error.problem.rsplit('`').next().unwrap_or_default())
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "/// Doc.\npub fn f(x: f64) -> f64 {\n    // BEGIN SOLUTION A1.1 f\n    2.0 * x\n    // END SOLUTION\n}\n",
        "use a::b;\n// BEGIN SOLUTION\nfn helper() {}\n// END SOLUTION\n\nfn g() {}\n",
        "fn f() {\n    // BEGIN SOLUTION A1.2 f\n    // STUB: Ok(())\n    go()\n    // END SOLUTION\n}\n",
        "// BEGIN HIDDEN\nmod secret;\n// END HIDDEN\nmod open;\n",
        "const S: &str = \"// BEGIN SOLUTION\";\n/* END SOLUTION */\n",
        "fn f() {\r\n    // BEGIN SOLUTION A1.1 f\r\n    'a: loop { break 'a; }\r\n    // END SOLUTION\r\n}\r\n",
        "\u{feff}let s = r#\"\n// BEGIN SOLUTION x\n\"#;\n",
        "vec![\n    // BEGIN SOLUTION A1.1 x\n    1\n    // END SOLUTION\n];\n",
        "// begin solution\nfn f() {}\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

#[test]
fn stripper() {
    fuzz::run(&fuzz::Target {
        name: "strip",
        seeds: seeds(),
        words: &[
            b"// BEGIN SOLUTION A1.1 f\n",
            b"// BEGIN SOLUTION\n",
            b"// END SOLUTION\n",
            b"// BEGIN HIDDEN\n",
            b"// END HIDDEN\n",
            b"// STUB: 0\n",
            b"/*",
            b"*/",
            b"\"",
            b"r#\"",
            b"\"#",
            b"//",
            b"'",
            b"{",
            b"}",
            b"\n",
            b"todo!(",
            b"//!",
            b"///",
            b"\r\n",
            b"\xe2\x80\xa8",
        ],
        largest: 4096,
        memory: |bytes| (1 << 20) + 1024 * bytes,
        property,
    });
}
