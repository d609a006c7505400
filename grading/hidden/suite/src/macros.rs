//! What every hidden crate declares in the same way.

/// `mutant!(table; module.function / "bug_in_a_word", "the bug in a sentence", |arguments| ...)`: a [`Mutant`](crate::Mutant)
/// of the part `PART`, the `table()` with one function replaced by one that captures nothing.
#[macro_export]
macro_rules! mutant {
    ($table:path; $module:ident.$function:ident / $name:literal, $bug:literal, $code:expr $(,)?) => {
        $crate::Mutant {
            id: concat!(stringify!($function), "/", $name),
            part: PART,
            bug: $bug,
            table: || {
                let mut table = $table();
                table.$module.$function = $code;
                Box::new(table)
            },
        }
    };
}

/// `shortcuts!("A1.4" module: name, ...;)`: the file `<name>.rs` uses what A1.4 forbids. Compiles each and makes `all()`, their
/// [`Shortcut`](crate::Shortcut)s in the order of the list.
#[macro_export]
macro_rules! shortcuts {
    ($($part:literal $module:ident: $($file:ident),+;)+) => {
        $($(
            #[allow(dead_code, unused_variables)] // they are read, not called
            mod $file;
        )+)+

        /// All shortcuts, in the order of the parts.
        pub fn all() -> Vec<$crate::Shortcut> {
            vec![$($(
                $crate::Shortcut {
                    id: concat!(stringify!($module), "/", stringify!($file)),
                    part: $part,
                    source: include_str!(concat!(stringify!($file), ".rs")),
                },
            )+)+]
        }
    };
}

/// The tests of a hidden crate: one for each part, of its module's name, one for the
/// rules, and one for the theory sheet of so many answers.
///
/// ```ignore
/// hidden_suite::conformance_tests! {
///     suite: crate::suite,
///     nonsense: crate::nonsense::tables,
///     functions: A1::FUNCTIONS,
///     reference: "../../../assignments/a1_backprop/src/parts",
///     answers: 40,
///     parts: perceptron losses mlp
/// }
/// ```
#[macro_export]
macro_rules! conformance_tests {
    (suite: $suite:path, nonsense: $nonsense:path, functions: $functions:expr, reference: $reference:literal, answers: $answers:literal, parts: $($module:ident)+) => {
        $(
            #[test]
            fn $module() {
                let (suite, nonsense) = ($suite(), $nonsense());
                let proof = $crate::conformance::part(suite, $functions, nonsense, stringify!($module));
                proof.unwrap_or_else(|problems| panic!("{problems}"));
            }
        )+

        #[test]
        fn every_part_has_its_test() {
            let parts = $suite().assignment.parts.iter();
            assert!(parts.map(|part| part.module).eq([$(stringify!($module)),+]));
        }

        #[test]
        fn no_two_parts_have_a_function_of_the_same_name() {
            // A call names its function alone.
            let functions = $functions.iter().flat_map(|(_, functions)| *functions);
            let names: Vec<&str> = functions.copied().collect();
            let unique: std::collections::BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(unique.len(), names.len());
        }

        #[test]
        fn right_implementations_break_no_rule_and_every_shortcut_does() {
            let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            let (reference, alternative) = (here.join($reference), here.join("src/alternative"));
            let rules = $crate::conformance::rules(&$suite(), &reference, &alternative);
            rules.unwrap_or_else(|problems| panic!("{problems}"));
        }

        #[test]
        fn the_theory_sheet_is_sound() {
            let sheet = $crate::conformance::theory(&$suite(), $answers);
            sheet.unwrap_or_else(|problems| panic!("{problems}"));
        }
    };
}
