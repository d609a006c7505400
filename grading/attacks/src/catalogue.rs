//! What is known to be tried against a grader.

/// One thing that is tried.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// 1 to 68.
    pub number: u32,
    /// What is tried.
    pub what: &'static str,
    /// What stands against it beside fixtures.
    pub proofs: &'static [Proof],
}

/// What stands against something that no hand-in alone can try.
#[derive(Debug, Clone, Copy)]
pub enum Proof {
    /// A test: its file from the root of the repository, its function.
    Test(&'static str, &'static str),
    /// [`Bench::judge`](crate::Bench::judge) looks at it after every run.
    Afterwards(&'static str),
}

use Proof::{Afterwards, Test};

/// All of it, by number.
pub const CATALOGUE: &[Item] = &[
    // Forging results.
    item(1, "the process exits with 0 inside a graded function", &[]),
    item(2, "... after one right answer", &[]),
    item(3, "a constructor runs before main", &[]),
    item(4, "a destructor runs at exit", &[]),
    item(5, "memcmp and malloc of its own", &[]),
    item(6, "prints what test runners print", &[]),
    item(7, "writes a file of results", &[]),
    item(8, "a thread writes results again and again", &[]),
    item(9, "writes answers to the judge's descriptors", &[]),
    item(10, "answers with its arguments", &[]),
    item(11, "answers NaN and infinities", &[]),
    item(12, "answers empty tensors and other shapes", &[]),
    item(13, "answers in another element type", &[]),
    item(14, "types that equal everything", &[]),
    item(15, "macros with the names of the checks'", &[]),
    item(16, "modules called std, burn, common", &[]),
    item(17, "a panic hook that exits with 0", &[]),
    item(18, "a panic with the text of a success", &[]),
    item(19, "finds out that it is graded", &[]),
    item(20, "remembers the answers of the public checks", &[]),
    item(21, "counts calls", &[]),
    item(22, "a forbidden shortcut", &[]),
    item(23, "a forbidden shortcut, hidden", &[]),
    item(24, "trained weights in the source", &[]),
    item(25, "a measure of its own success", &[]),
    // Reading secrets.
    item(26, "includes files at compile time", &[]),
    item(27, "a module from outside", &[]),
    item(28, "the compiler's environment", &[]),
    item(29, "the compiler's messages", &[]),
    item(
        30,
        "other processes' memory",
        &[
            Test(
                "grading/sandbox/tests/rights.rs",
                "other_processes_cannot_be_seen",
            ),
            Test(
                "grading/sandbox/tests/rights.rs",
                "dangerous_calls_are_refused_and_ordinary_ones_work",
            ),
        ],
    ),
    item(31, "other hand-ins, home, keys", &[]),
    item(32, "the network", &[]),
    item(33, "the data of hidden checks, told to the student", &[]),
    item(
        34,
        "many hand-ins that ask one bit each",
        &[Test(
            "tests/bundle.rs",
            "hidden_checks_are_shown_after_the_due_date_only",
        )],
    ),
    item(
        35,
        "one hand-in leaves something for another",
        &[Test(
            "grading/sandbox/tests/rights.rs",
            "two_programs_do_not_see_each_others_files",
        )],
    ),
    item(
        36,
        "changes what is built once for all",
        &[
            Afterwards("an honest hand-in after all attacks has all its points"),
            Test(
                "grading/sandbox/tests/rights.rs",
                "given_files_can_be_read_and_not_written",
            ),
        ],
    ),
    // The build.
    item(37, "a build script", &[]),
    item(38, "a macro crate of its own", &[]),
    item(39, "a configuration of cargo", &[]),
    item(40, "... in the folder above", &[]),
    item(41, "a manifest of its own", &[]),
    item(42, "a damaged manifest and lock file", &[]),
    item(43, "a toolchain of its own", &[]),
    item(44, "a constant that takes for ever", &[]),
    item(45, "a macro that expands without end", &[]),
    item(46, "source that is nested too deep, types without end", &[]),
    item(47, "a huge static", &[]),
    item(48, "a huge program", &[]),
    item(49, "crashes the compiler", &[]),
    item(50, "attributes of the whole crate", &[]),
    item(51, "foreign functions and assembly", &[]),
    item(52, "a hole in the language's soundness", &[]),
    // Exhausting the machine.
    item(53, "never returns", &[]),
    item(
        54,
        "processes and threads without end",
        &[
            Test(
                "grading/sandbox/tests/resources.rs",
                "a_fork_bomb_is_contained_and_dead_afterwards",
            ),
            Test(
                "grading/sandbox/tests/resources.rs",
                "a_thread_bomb_is_contained",
            ),
        ],
    ),
    item(
        55,
        "a daemon that stays",
        &[Test(
            "grading/sandbox/tests/resources.rs",
            "a_daemon_dies_with_the_program",
        )],
    ),
    item(
        56,
        "all memory",
        &[Test(
            "grading/sandbox/tests/resources.rs",
            "slow_leaks_of_every_kind_hit_the_memory_limit",
        )],
    ),
    item(
        57,
        "the whole disk",
        &[Test(
            "grading/sandbox/tests/resources.rs",
            "the_scratch_folders_have_a_size_and_a_number_of_files",
        )],
    ),
    item(
        58,
        "output without end",
        &[Test(
            "grading/sandbox/tests/resources.rs",
            "a_flood_of_output_is_capped_without_deadlock",
        )],
    ),
    item(
        59,
        "signals: ignored, to itself, to everybody",
        &[
            Test(
                "grading/sandbox/tests/resources.rs",
                "a_program_that_ignores_signals_is_ended",
            ),
            Test(
                "grading/sandbox/tests/resources.rs",
                "a_program_that_stops_itself_is_ended",
            ),
            Test(
                "grading/sandbox/tests/resources.rs",
                "killing_everything_in_reach_kills_only_the_program",
            ),
        ],
    ),
    item(60, "a message whose length is a lie", &[]),
    item(61, "honest, and near the limit", &[]),
    // Packages.
    item(
        62,
        "names and kinds of entries that escape",
        &[
            Test(
                "grading/intake/tests/hostile.rs",
                "hostile_names_are_rejected",
            ),
            Test(
                "grading/intake/tests/hostile.rs",
                "links_and_devices_are_rejected",
            ),
        ],
    ),
    item(63, "bombs, lies, encryption", &[]),
    item(64, "other containers, junk, other encodings", &[]),
    item(
        65,
        "nothing, the starter, one file that does not compile",
        &[],
    ),
    item(66, "of whom, for what, when", &[]),
    item(67, "markup and formulas for whoever reads the report", &[]),
    item(68, "somebody else's work in disguise", &[]),
];

const fn item(number: u32, what: &'static str, proofs: &'static [Proof]) -> Item {
    Item {
        number,
        what,
        proofs,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::read_fixtures;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap()
    }

    #[test]
    fn something_stands_against_every_item() {
        let fixtures =
            read_fixtures(&root().join("grading/attacks/fixtures"), Path::new("x")).unwrap();
        let tried: BTreeSet<u32> = fixtures
            .values()
            .flat_map(|f| f.catalogue.clone())
            .collect();
        let numbers: Vec<u32> = CATALOGUE.iter().map(|item| item.number).collect();
        assert_eq!(numbers, (1..=68).collect::<Vec<u32>>());
        assert!(tried.iter().all(|number| numbers.contains(number)));
        let open: Vec<u32> = CATALOGUE
            .iter()
            .filter(|item| item.proofs.is_empty() && !tried.contains(&item.number))
            .map(|item| item.number)
            .collect();
        assert!(open.is_empty(), "nothing stands against {open:?}");
    }

    #[test]
    fn the_tests_that_are_named_exist() {
        for item in CATALOGUE {
            for proof in item.proofs {
                let Test(file, function) = proof else {
                    continue;
                };
                let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
                assert!(
                    text.contains(&format!("fn {function}()")),
                    "{}: {file} has no test {function}",
                    item.number
                );
            }
        }
    }
}
