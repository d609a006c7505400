//! Throws mutated inputs at the readers of what students send, with a stable toolchain.
//!
//! A [`Target`] is a property: a function that panics when an input breaks it, and else names the outcome. An
//! input with a new outcome is kept and mutated further, which leads deeper than chance alone without
//! instrumenting the code. [`run`] is what a test calls; `docs/fuzzing.md` says how to run longer and how to
//! replay a failure.

mod mutate;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use common::rng::Rng;
use peak_alloc::PeakAlloc;

pub use mutate::mutate;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How long a target is fuzzed where `FUZZ_SECONDS` does not say.
const SECONDS: f64 = 1.0;
/// How many inputs are kept for mutation.
const MOST_KEPT: usize = 4096;
/// One input that takes longer has found something.
const SLOW: Duration = Duration::from_secs(10);

/// A property, and inputs to begin with.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Inputs that are read well, or nearly.
    pub seeds: Vec<Vec<u8>>,
    /// Pieces of the format that chance would not find.
    pub words: &'static [&'static [u8]],
    /// The largest input, in bytes.
    pub largest: usize,
    /// The most memory that an input of so many bytes may take, in bytes.
    pub memory: fn(usize) -> usize,
    /// Panics when the input breaks the property; else names the outcome, in few different words.
    pub property: fn(&[u8]) -> String,
}

/// Fuzzes `target` for `FUZZ_SECONDS`, or tries the one input in the file `FUZZ_REPLAY`.
///
/// # Panics
/// When an input breaks the property, takes too much memory or too long. It is then made smaller, written to a
/// file, and the message names the file.
pub fn run(target: &Target) {
    if let Some(path) = std::env::var_os("FUZZ_REPLAY") {
        let input = std::fs::read(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        println!("{}: {}", target.name, target.outcome(&input));
        return;
    }
    let seconds = setting("FUZZ_SECONDS").unwrap_or(SECONDS);
    // a whole number of seconds or a part of one
    let seed = setting("FUZZ_SEED").unwrap_or(0.0) as u64;
    let mut fuzzer = Fuzzer {
        target,
        rng: Rng::named(seed, target.name),
        kept: Vec::new(),
        outcomes: BTreeMap::new(),
    };
    let start = Instant::now();
    for input in &target.seeds {
        fuzzer.try_input(input.clone());
    }
    let mut tried = target.seeds.len();
    while start.elapsed().as_secs_f64() < seconds {
        let input = mutate(&fuzzer.kept, target.words, target.largest, &mut fuzzer.rng);
        fuzzer.try_input(input);
        tried += 1;
    }
    let outcomes = fuzzer.outcomes.len();
    println!(
        "{}: {tried} inputs, {outcomes} outcomes, {} kept",
        target.name,
        fuzzer.kept.len()
    );
}

fn setting(name: &str) -> Option<f64> {
    let value = std::env::var(name).ok()?;
    let number = value.parse().ok().filter(|number: &f64| *number >= 0.0);
    Some(number.unwrap_or_else(|| panic!("{name} is {value:?}, but a number is needed")))
}

struct Fuzzer<'a> {
    target: &'a Target,
    rng: Rng,
    kept: Vec<Vec<u8>>,
    outcomes: BTreeMap<String, usize>,
}

impl Fuzzer<'_> {
    fn try_input(&mut self, input: Vec<u8>) {
        let Some(outcome) = self.target.passes(&input) else {
            panic!("{}", self.target.failure(&input));
        };
        let seen = self.outcomes.entry(outcome).or_default();
        *seen += 1;
        // the first few of an outcome differ; thousands of the most common would drown the others
        if *seen <= 8 && self.kept.len() < MOST_KEPT {
            self.kept.push(input);
        }
    }
}

impl Target {
    /// The outcome of `input`, or nothing when it breaks the property.
    fn passes(&self, input: &[u8]) -> Option<String> {
        catch_unwind(AssertUnwindSafe(|| self.outcome(input))).ok()
    }

    /// The outcome of `input`, within its bounds of memory and time.
    fn outcome(&self, input: &[u8]) -> String {
        MEMORY.reset_peak_usage();
        let (before, start) = (MEMORY.current_usage(), Instant::now());
        let outcome = (self.property)(input);
        let (taken, most) = (
            MEMORY.peak_usage().saturating_sub(before),
            (self.memory)(input.len()),
        );
        assert!(
            taken <= most,
            "{} bytes took {taken} bytes of memory; {most} is the most",
            input.len()
        );
        let elapsed = start.elapsed();
        assert!(elapsed <= SLOW, "{} bytes took {elapsed:?}", input.len());
        outcome
    }

    /// Makes a failing input smaller while it still fails, writes it to a file, and says how to replay it.
    fn failure(&self, input: &[u8]) -> String {
        let input = smaller(input, |input| self.passes(input).is_none());
        let folder =
            std::env::var_os("FUZZ_FAILURES").map_or_else(std::env::temp_dir, PathBuf::from);
        let hash = common::files::sha256_hex(&input);
        let path = folder.join(format!("fuzz-{}-{}", self.name, &hash[..12]));
        let written = common::files::write_atomically(&path, &input);
        let (name, size, path) = (self.name, input.len(), path.display());
        match written {
            Err(error) => format!(
                "{name}: {input:?} breaks the property, and cannot be written to {path}: {error}"
            ),
            Ok(()) if self.passes(&input).is_some() => format!(
                "{name}: an input of {size} bytes breaks the property, but only after those before it: run again with \
                 the same FUZZ_SEED. The input is in {path}"
            ),
            Ok(()) => format!(
                "{name}: an input of {size} bytes breaks the property. To see how: \
                 FUZZ_REPLAY={path} cargo test -p fuzz --test {name}"
            ),
        }
    }
}

/// `input` without every piece that it does not need to fail: halves, quarters, down to bytes.
fn smaller(input: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut input = input.to_vec();
    let mut piece = input.len() / 2;
    let start = Instant::now();
    while piece > 0 && start.elapsed() < SLOW {
        let mut at = 0;
        while at < input.len() && start.elapsed() < SLOW {
            let mut shorter = input.clone();
            shorter.drain(at..(at + piece).min(input.len()));
            if fails(&shorter) {
                input = shorter;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    input
}

/// The distinct words of `text` without digits and quoted parts: what makes an error's message an outcome.
#[must_use]
pub fn shape(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if matches!(c, '"' | '`') {
            while let Some(quoted) = chars.next().filter(|quoted| *quoted != c) {
                if quoted == '\\' {
                    chars.next();
                }
            }
        } else {
            plain.push(if c.is_ascii_alphabetic() { c } else { ' ' });
        }
    }
    let words: BTreeSet<&str> = plain.split_whitespace().collect();
    words.into_iter().take(24).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn target(property: fn(&[u8]) -> String) -> Target {
        Target {
            name: "test",
            seeds: vec![b"0123456789".to_vec()],
            words: &[b"magic"],
            largest: 64,
            memory: |_| 1 << 20,
            property,
        }
    }

    #[test]
    fn a_broken_property_is_found_made_small_and_written() {
        let target = target(|input| {
            assert!(!input.windows(5).any(|five| five == b"magic"), "found");
            String::new()
        });
        let failure = catch_unwind(|| run(&target)).unwrap_err();
        let message = failure.downcast_ref::<String>().unwrap();
        let path = message
            .split("FUZZ_REPLAY=")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        assert_eq!(std::fs::read(path).unwrap(), b"magic");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_failure_that_needs_what_came_before_says_so() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        let target = target(|_| {
            assert_ne!(CALLS.fetch_add(1, Ordering::Relaxed), 5, "the sixth");
            String::new()
        });
        let failure = catch_unwind(|| run(&target)).unwrap_err();
        let message = failure.downcast_ref::<String>().unwrap();
        assert!(message.contains("only after those before it"), "{message}");
        let path = message.split(" is in ").nth(1).unwrap();
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn memory_is_measured() {
        let most = target(|input| format!("{}", vec![1_u8; input.len() << 17].len()));
        assert_eq!(most.passes(&[0; 4]), Some("524288".to_string()));
        assert_eq!(most.passes(&[0; 16]), None);
    }

    #[test]
    fn numbers_and_quoted_texts_do_not_make_an_outcome() {
        assert_eq!(
            shape("line 3: \"x\" is no TOML"),
            shape("line 12: \"yyy zz\" is no TOML")
        );
        assert_ne!(shape("it ends"), shape("it begins"));
    }
}
