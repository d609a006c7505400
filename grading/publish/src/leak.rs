//! Looks in what is published for what must not be.
//!
//! What a solution gives away is what it says and the rest of the code does not: its own names, its own
//! numbers and texts, and any six tokens in a row. These must not be in a handout, a comment, a lock file
//! or a forgotten copy. What is published on purpose (a constant of an equation, a method to look up) is
//! named in the assignment's `Cargo.toml`:
//!
//! ```toml
//! [package.metadata.publish]
//! allow = ["0.044715", "max_dim"]
//! ```

use std::collections::BTreeSet;
use std::fmt;

use crate::strip::{PHRASES, code_tokens};
use common::archive::Files;

/// Tokens in a row that count as copied.
const SHINGLE: usize = 6;
/// Numbers and texts shorter than this are nobody's secret.
const LITERAL: usize = 4;
/// Whatever begins so is planted in a solution to be found here.
const CANARY: &str = "CANARY-";

/// Something that must not be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// Its path in the starter.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What was found there.
    pub what: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// What is in solutions and nowhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    names: BTreeSet<String>,
    literals: BTreeSet<String>,
    shingles: BTreeSet<String>,
}

impl Secrets {
    /// What the `hidden` pieces of code contain and neither `public` code nor `allowed` text does.
    #[must_use]
    pub fn collect(hidden: &[String], public: &[&str], allowed: &[String]) -> Self {
        let mut secrets = Self::default();
        for code in hidden {
            secrets.add(&tokens_of_code(code));
        }
        let mut open = Self::default();
        for code in public
            .iter()
            .copied()
            .chain(allowed.iter().map(String::as_str))
        {
            open.add(&tokens_of_code(code));
        }
        secrets
            .names
            .retain(|name| is_telling(name) && !open.names.contains(name));
        secrets
            .literals
            .retain(|literal| literal.len() >= LITERAL && !open.literals.contains(literal));
        secrets
            .shingles
            .retain(|shingle| is_telling_row(shingle) && !open.shingles.contains(shingle));
        secrets
    }

    fn add(&mut self, tokens: &[String]) {
        for token in tokens {
            match token.chars().next() {
                Some('"') => drop(self.literals.insert(token.trim_matches('"').to_owned())),
                Some(c) if c.is_ascii_digit() => drop(self.literals.insert(token.clone())),
                Some(c) if c.is_alphabetic() || c == '_' => drop(self.names.insert(token.clone())),
                _ => {}
            }
        }
        let joined = tokens.join(" ");
        let words: Vec<&str> = words(&joined).collect();
        self.shingles
            .extend(words.windows(SHINGLE).map(|row| row.join(" ")));
    }
}

/// The tokens of code; of text that is no Rust, its words.
fn tokens_of_code(code: &str) -> Vec<String> {
    match code_tokens(code) {
        Ok(tokens) => tokens.into_iter().map(str::to_owned).collect(),
        Err(_) => words(code).map(str::to_owned).collect(),
    }
}

/// A name of more than one word; `sum` and `weights` are everybody's.
fn is_telling(name: &str) -> bool {
    let inner = name.trim_matches('_');
    let camel =
        inner.chars().skip(1).any(char::is_uppercase) && inner.chars().any(char::is_lowercase);
    inner.len() >= 4
        && (inner.contains('_') || camel || inner.contains(|c: char| c.is_ascii_digit()))
}

/// A row with at least two words in it, and not only brackets and numbers.
fn is_telling_row(shingle: &str) -> bool {
    let is_word = |token: &&str| token.len() >= 2 && token.starts_with(char::is_alphabetic);
    shingle.split(' ').filter(is_word).count() >= 2
}

/// Names, numbers and single marks of any text: of Rust, of a comment, of Markdown.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let length = if is_word_char(first) {
            word_length(rest)
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        rest = after;
        Some(word)
    })
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The point belongs to a number: `0.5` is one word, `x.sum` are three.
fn word_length(text: &str) -> usize {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let point =
            is_number && c == '.' && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if !is_word_char(c) && !point {
            return at;
        }
    }
    text.len()
}

/// Everything in `files` that must not be published, in the order of the files.
#[must_use]
pub fn scan_for_leaks(files: &Files, secrets: &Secrets) -> Vec<Leak> {
    let mut leaks = Vec::new();
    for (path, bytes) in files {
        let mut scan = Scan {
            path,
            leaks: &mut leaks,
        };
        if path.starts_with("grading/") || path.contains("/grading/") {
            scan.found(1, "it is a file of the grading side".to_owned());
        }
        // Marks are looked for in every file, whatever its bytes mean; the rest only in text.
        scan.marks(&String::from_utf8_lossy(bytes));
        if let Ok(text) = std::str::from_utf8(bytes) {
            scan.names_and_literals(text, secrets);
            scan.shingles(text, secrets);
        }
    }
    leaks
}

struct Scan<'a> {
    path: &'a str,
    leaks: &'a mut Vec<Leak>,
}

impl Scan<'_> {
    fn found(&mut self, line: usize, what: String) {
        self.leaks.push(Leak {
            file: self.path.to_owned(),
            line,
            what,
        });
    }

    fn marks(&mut self, text: &str) {
        for (index, line) in text.lines().enumerate() {
            for mark in PHRASES.into_iter().chain([CANARY]) {
                if line.contains(mark) {
                    self.found(index + 1, format!("the mark `{mark}`"));
                }
            }
            if let Some(path) = home_path(line) {
                self.found(index + 1, format!("the path of somebody's home, `{path}`"));
            }
        }
    }

    fn names_and_literals(&mut self, text: &str, secrets: &Secrets) {
        for (index, line) in text.lines().enumerate() {
            let mut names: Vec<&str> = words(line)
                .filter(|word| secrets.names.contains(*word))
                .collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                self.found(index + 1, format!("the name `{name}` of a solution"));
            }
            for literal in secrets
                .literals
                .iter()
                .filter(|literal| contains_whole(line, literal))
            {
                self.found(index + 1, format!("the value `{literal}` of a solution"));
            }
        }
    }

    /// The first row of tokens of each copied passage.
    fn shingles(&mut self, text: &str, secrets: &Secrets) {
        let numbered: Vec<(usize, &str)> = text
            .lines()
            .enumerate()
            .flat_map(|(index, line)| {
                words(without_slashes(line)).map(move |word| (index + 1, word))
            })
            .collect();
        let mut inside = false;
        for row in numbered.windows(SHINGLE) {
            let shingle = row
                .iter()
                .map(|(_, word)| *word)
                .collect::<Vec<_>>()
                .join(" ");
            let copied = secrets.shingles.contains(&shingle);
            if copied && !inside {
                self.found(row[0].0, format!("the code `{shingle}` of a solution"));
            }
            inside = copied;
        }
    }
}

/// The text of a comment, so that code that is commented out over many lines is still a row.
fn without_slashes(line: &str) -> &str {
    let line = line.trim_start();
    if line.starts_with("//") {
        line.trim_start_matches(['/', '!'])
    } else {
        line
    }
}

fn contains_whole(line: &str, literal: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !is_word_char(c));
    line.match_indices(literal).any(|(at, _)| {
        is_edge(line[..at].chars().next_back())
            && is_edge(line[at + literal.len()..].chars().next())
    })
}

/// `/home/name`, `/Users/name`, `/root/` or `C:\Users\name`, not in the middle of a web address.
fn home_path(line: &str) -> Option<&str> {
    ["/home/", "/Users/", "/root/", ":\\Users\\"]
        .into_iter()
        .find_map(|prefix| {
            let at = line.match_indices(prefix).map(|(at, _)| at).find(|at| {
                let before = line[..*at].chars().next_back();
                prefix.starts_with(':')
                    || before.is_none_or(|c| !is_word_char(c) && !".-~".contains(c))
            })?;
            line[at..]
                .split(|c: char| c.is_whitespace() || "\"'`)>,;".contains(c))
                .next()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIDDEN: &str = "let grad_scaled = x.matmul(weights_t) * 0.044715; // about backprop_secret\nprintln!(\"a long answer\");";
    const PUBLIC: &str = "pub fn linear(weights_t: T) { let n = 0.5; a.b(c) }";

    fn leaks(path: &str, text: &str) -> Vec<String> {
        let secrets = Secrets::collect(&[HIDDEN.to_owned()], &[PUBLIC], &["max_dim".to_owned()]);
        let files = Files::from([(path.to_owned(), text.as_bytes().to_vec())]);
        scan_for_leaks(&files, &secrets)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn what_only_the_solution_says_is_found_with_its_line() {
        assert_eq!(
            leaks("a.md", "x\nthen grad_scaled is"),
            ["a.md:2: the name `grad_scaled` of a solution"]
        );
        assert_eq!(
            leaks("a.md", "the constant 0.044715."),
            ["a.md:1: the value `0.044715` of a solution"]
        );
        assert_eq!(
            leaks("a.rs", "// prints a long answer"),
            ["a.rs:1: the value `a long answer` of a solution"]
        );
        assert_eq!(
            leaks("Cargo.lock", "x = x.matmul(weights_t) * 2"),
            ["Cargo.lock:1: the code `= x . matmul ( weights_t` of a solution"]
        );
        assert_eq!(leaks("a.rs", "// x.matmul(\n/// weights_t) *").len(), 1);
    }

    #[test]
    fn what_is_said_elsewhere_or_by_everybody_is_no_leak() {
        for text in [
            "weights_t and matmul",
            "grad_scaled_more",
            "10.0447155",
            "x = a.b(c)",
            "backprop_secret",
            "max_dim",
        ] {
            assert_eq!(leaks("a.md", text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn allowed_text_is_no_leak() {
        let allowed = ["grad_scaled = x.matmul(weights_t) * 0.044715".to_owned()];
        let secrets = Secrets::collect(&[HIDDEN.to_owned()], &[PUBLIC], &allowed);
        let files = Files::from([("a.md".to_owned(), allowed[0].clone().into_bytes())]);
        assert_eq!(scan_for_leaks(&files, &secrets), []);
    }

    #[test]
    fn marks_and_homes_are_found_in_any_bytes() {
        for text in [
            "// BEGIN SOLUTION",
            "END HIDDEN",
            "CANARY-4711",
            "see /home/ada/course",
            "\"/Users/ada\"",
            "C:\\Users\\ada",
            "cd /root/x",
        ] {
            assert_eq!(leaks("a.bin", &format!("\0\n{text}")).len(), 1, "{text}");
        }
        let raw = Files::from([("a".to_owned(), b"\xFF\xFECANARY-1".to_vec())]);
        assert_eq!(scan_for_leaks(&raw, &Secrets::default()).len(), 1);
        assert_eq!(
            leaks("a.md", "https://example.org/home/x ~/home/ a/root/b"),
            Vec::<String>::new()
        );
        assert_eq!(leaks("grading/a.rs", "").len(), 1);
    }
}
