//! What a part may not use: the rules, and the search for what breaks them.
//!
//! A part that asks for a backward pass is not solved by Burn's. What stands ready-made is named by the
//! part's [`Rule`]s, and [`scan`] looks for it in the source: the same search for the student's `check` and
//! for the grader. It reports the line, the item and the rule, and a person can look there and agree.
//!
//! It is no security boundary. It follows names as Rust does, through `use`, renamings, globs, modules and
//! type aliases, and it looks into macros; it does not infer types and does not expand macros. So:
//!
//! - A [path](Item::Path) is found wherever it resolves to the item, whatever it is called there. A function
//!   of the file's own that has the same name is another item.
//! - A [method](Item::Method) is found by its name. A file that defines a method of that name itself may
//!   call it: without types, `x.backward()` is then taken for its own.
//! - A [name](Item::Name) is found anywhere, defined by whomever. It is for names that no solution needs.
//! - Code under `#[cfg(test)]` or `#[test]` is not looked at. It is not part of what is graded, and Burn's
//!   own function is a good thing to compare with there.
//! - When the file uses another part's file, that file is searched too.

mod items;
mod names;
mod source;
#[cfg(test)]
mod tests;
mod tokens;
mod walk;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::check::Part;

pub use items::{BURNS_NETWORKS, DIFFERENTIATION, TOOLKITS_NETWORKS};

/// What may not be used in a part, and what to do instead. The texts continue a sentence, without a full
/// stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The rule: `no automatic differentiation`.
    pub rule: &'static str,
    /// What to do instead: `write the derivative as a formula`.
    pub instead: &'static str,
    /// What it forbids.
    #[serde(skip)]
    pub items: &'static [Item],
}

/// Something that may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A module, type, function or macro and all that is below it: `burn::nn`.
    Path(&'static str),
    /// A method of a type of Burn's: `backward`. Not one that the file defines itself.
    Method(&'static str),
    /// A name, wherever it stands in code: `require_grad`.
    Name(&'static str),
}

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The name of the file: `losses.rs`.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What stands there, and what it is if that is called otherwise.
    pub found: String,
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
}

impl Violation {
    /// Where it is: `losses.rs:57`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { rule, instead, .. } = self.rule;
        write!(f, "{}: {}: {rule}; {instead}", self.place(), self.found)
    }
}

/// What was found in a part's sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// The places that break a rule, by file and line.
    pub violations: Vec<Violation>,
    /// Each file that could not be searched, with the reason. That breaks no rule: what is no Rust does not
    /// compile either. A person should look at one that does.
    pub unread: Vec<String>,
}

impl Scan {
    /// Whether no rule is broken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

/// The rule of every part, without which no other could be held: the search sees the part's own file.
pub const OWN_FILE: Rule = Rule {
    rule: "a part's code is in its own file",
    instead: "copy what you need into it",
    items: &[Item::Path("std::include"), Item::Path("core::include")],
};

/// Searches the source of `part` for what its rules forbid. `files` are those of all parts: `losses.rs` and
/// its text. A file that is not there breaks no rule.
///
/// It takes time in proportion to the files, and neither panics nor overflows the stack, whatever they hold.
#[must_use]
pub fn scan(part: &Part, files: &BTreeMap<String, String>) -> Scan {
    let mut scan = Scan::default();
    let mut waiting = vec![part.module];
    let mut seen = waiting.clone();
    while let Some(module) = waiting.pop() {
        let name = format!("{module}.rs");
        let Some(text) = files.get(&name) else {
            continue;
        };
        match source::search(module, text, part.forbidden) {
            Ok(found) => {
                let others = files.keys().filter_map(|file| file.strip_suffix(".rs"));
                for other in others.filter(|other| found.uses(other, files)) {
                    if !seen.contains(&other) {
                        seen.push(other);
                        waiting.push(other);
                    }
                }
                scan.violations.extend(found.violations);
            }
            Err(why) => scan.unread.push(format!("{name}: {why}")),
        }
    }
    scan.violations
        .sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    scan
}
