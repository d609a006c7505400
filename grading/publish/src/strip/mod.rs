//! Removes what students must not see from a source file.
//!
//! ```text
//! // BEGIN SOLUTION A1.3 linear_backward        the lines up to
//! // END SOLUTION                               become `todo!("A1.3 linear_backward")`
//! // STUB: expression                           inside a region: becomes this code instead
//! // BEGIN SOLUTION  ...  // END SOLUTION       without a name: removed
//! // BEGIN HIDDEN    ...  // END HIDDEN         removed
//! ```
//!
//! Each marker is a line comment alone on its line. Everything doubtful is an error with its file and
//! line: a marker that is silently not one would publish a solution.

mod comments;

use std::fmt::Write as _;

use thiserror::Error;

pub(crate) use comments::code_tokens;
use comments::line_comments;

/// A source file whose markers are not in order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}: {problem}")]
pub struct StripError {
    /// As it was given to [`strip()`].
    pub file: String,
    /// From 1.
    pub line: usize,
    /// One sentence.
    pub problem: String,
}

/// A source file in its two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripped {
    /// What students get.
    pub public: String,
    /// What was taken out, region by region, without the markers.
    pub secret: Vec<String>,
}

/// The words that no published file may contain.
pub(crate) const PHRASES: [&str; 4] = [
    "BEGIN SOLUTION",
    "END SOLUTION",
    "BEGIN HIDDEN",
    "END HIDDEN",
];

/// The public part of a Rust source file; `file` is its name for messages. Stripping it again changes
/// nothing.
///
/// # Errors
/// When a marker is nested, unclosed, mismatched, misspelt, or not a comment alone on its line.
pub fn strip(source: &str, file: &str) -> Result<String, StripError> {
    strip_parts(source, file).map(|parts| parts.public)
}

/// Both parts of a Rust source file.
///
/// # Errors
/// As [`strip()`].
pub fn strip_parts(source: &str, file: &str) -> Result<Stripped, StripError> {
    let fail = |line, problem: String| StripError {
        file: file.to_owned(),
        line,
        problem,
    };
    let source = source.strip_prefix('\u{FEFF}').unwrap_or(source);
    let found = markers(source).map_err(|(line, problem)| fail(line, problem))?;
    if found.iter().all(Option::is_none) {
        return Ok(Stripped {
            public: source.to_owned(),
            secret: Vec::new(),
        });
    }
    let mut stripper = Stripper::default();
    for (index, (line, marker)) in source.split_inclusive('\n').zip(found).enumerate() {
        stripper
            .line(index + 1, line, marker)
            .map_err(|problem| fail(index + 1, problem))?;
    }
    if let Some(open) = &stripper.open {
        return Err(fail(
            open.line,
            format!("{} is never closed.", open.opening()),
        ));
    }
    stripper.public.finish();
    let parts = Stripped {
        public: stripper.public.text,
        secret: stripper.secret,
    };
    // A stub may hold what is a marker without the words before it.
    let left = markers(&parts.public).map_err(|(line, problem)| {
        let problem = problem.trim_end_matches('.');
        fail(line, format!("after stripping, {problem}."))
    })?;
    match left.iter().position(Option::is_some) {
        Some(line) => Err(fail(
            line + 1,
            "after stripping, a marker is left; write code after `// STUB:`, no marker.".to_owned(),
        )),
        None => Ok(parts),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Marker {
    /// With the name of what is to be written, if it has one.
    BeginSolution(Option<String>),
    BeginHidden,
    EndSolution,
    EndHidden,
    Stub(String),
}

/// The marker on each line.
fn markers(source: &str) -> Result<Vec<Option<Marker>>, (usize, String)> {
    let mut found: Vec<Option<Marker>> = vec![None; source.split_inclusive('\n').count()];
    for comment in line_comments(source)? {
        let before = &source[..comment.start];
        let line = before.matches('\n').count();
        let fail = |problem: &str| Err((line + 1, problem.to_owned()));
        let Some(marker) = marker(comment.text).map_err(|problem| (line + 1, problem))? else {
            continue;
        };
        if !before[before.rfind('\n').map_or(0, |at| at + 1)..]
            .trim()
            .is_empty()
        {
            return fail("a marker must be alone on its line.");
        }
        if comment.in_macro {
            return fail(
                "a marker among the arguments of a macro cannot be replaced; put it around the macro.",
            );
        }
        found[line] = Some(marker);
    }
    let mut lines = source.split_inclusive('\n').zip(&found).enumerate();
    match lines.find(|(_, (line, marker))| {
        marker.is_none() && PHRASES.iter().any(|phrase| line.contains(phrase))
    }) {
        Some((line, _)) => Err((
            line + 1,
            "a marker must be a line comment of its own, not text in something else.".to_owned(),
        )),
        None => Ok(found),
    }
}

/// What a comment says after its slashes. A word that only nearly is a marker is an error.
fn marker(comment: &str) -> Result<Option<Marker>, String> {
    let text = comment.trim();
    if let Some(stub) = text.strip_prefix("STUB:") {
        return Ok(Some(Marker::Stub(
            stub.strip_prefix(' ').unwrap_or(stub).to_owned(),
        )));
    }
    if let Some(name) = text.strip_prefix("BEGIN SOLUTION") {
        return begin(name).map(Some);
    }
    match text {
        "BEGIN HIDDEN" => Ok(Some(Marker::BeginHidden)),
        "END HIDDEN" => Ok(Some(Marker::EndHidden)),
        "END SOLUTION" => Ok(Some(Marker::EndSolution)),
        _ if looks_like_a_marker(text) => {
            Err(format!("`// {text}` is no marker that this tool knows."))
        }
        _ => Ok(None),
    }
}

fn begin(name: &str) -> Result<Marker, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_.:- ".contains(c);
    match name.trim() {
        "" => Ok(Marker::BeginSolution(None)),
        trimmed if name.starts_with(' ') && trimmed.chars().all(good) => {
            Ok(Marker::BeginSolution(Some(trimmed.to_owned())))
        }
        _ => Err("the name of a solution consists of letters, digits and `_.:-`.".to_owned()),
    }
}

fn looks_like_a_marker(text: &str) -> bool {
    let shouts = text.starts_with("BEGIN ") || text.starts_with("END ");
    let upper = text.to_ascii_uppercase();
    shouts
        || matches!(text, "BEGIN" | "END" | "STUB")
        || PHRASES.iter().any(|phrase| upper.starts_with(phrase))
}

/// A region that has begun.
#[derive(Debug)]
struct Region {
    line: usize,
    indent: String,
    hidden: bool,
    name: Option<String>,
    stub: Vec<String>,
    text: String,
}

impl Region {
    fn opening(&self) -> &'static str {
        if self.hidden {
            "`// BEGIN HIDDEN`"
        } else {
            "`// BEGIN SOLUTION`"
        }
    }

    /// The lines that stand in its place.
    fn replacement(&self) -> Vec<String> {
        match &self.name {
            _ if !self.stub.is_empty() => self.stub.clone(),
            Some(name) => vec![format!("todo!(\"{name}\")")],
            None => Vec::new(),
        }
    }
}

#[derive(Default)]
struct Stripper {
    public: Public,
    secret: Vec<String>,
    open: Option<Region>,
}

impl Stripper {
    fn line(&mut self, number: usize, line: &str, marker: Option<Marker>) -> Result<(), String> {
        match (marker, &mut self.open) {
            (None, None) => self.public.push(line),
            (None, Some(region)) => region.text.push_str(line),
            (Some(Marker::Stub(stub)), Some(region)) if !region.hidden => region.stub.push(stub),
            (Some(Marker::Stub(_)), _) => {
                return Err("`// STUB:` belongs inside a solution.".to_owned());
            }
            (Some(Marker::BeginSolution(name)), None) => {
                self.open = Some(region(number, line, name, false))
            }
            (Some(Marker::BeginHidden), None) => self.open = Some(region(number, line, None, true)),
            (Some(Marker::BeginSolution(_) | Marker::BeginHidden), Some(outer)) => {
                return Err(format!(
                    "this region begins inside the {} of line {}.",
                    outer.opening(),
                    outer.line
                ));
            }
            (Some(end), _) => return self.close(&end),
        }
        Ok(())
    }

    fn close(&mut self, end: &Marker) -> Result<(), String> {
        let region = self
            .open
            .take()
            .ok_or("nothing was begun that could end here.")?;
        if region.hidden != (*end == Marker::EndHidden) {
            return Err(format!(
                "the {} of line {} ends with another marker.",
                region.opening(),
                region.line
            ));
        }
        let replacement = region.replacement();
        if replacement.is_empty() {
            self.public.gap();
        }
        for line in replacement {
            self.public.push(&format!("{}{line}\n", region.indent));
        }
        self.secret.push(region.text);
        Ok(())
    }
}

fn region(line: usize, text: &str, name: Option<String>, hidden: bool) -> Region {
    let indent = text[..text.len() - text.trim_start().len()].to_owned();
    Region {
        line,
        indent,
        hidden,
        name,
        stub: Vec::new(),
        text: String::new(),
    }
}

/// The lines that stay. Where lines were taken out, no blank lines are left over.
#[derive(Default)]
struct Public {
    text: String,
    after_gap: bool,
}

impl Public {
    fn push(&mut self, line: &str) {
        if self.after_gap {
            if line.trim().is_empty() && self.ends_open() {
                return;
            }
            self.after_gap = false;
            if line.trim_start().starts_with(['}', ')', ']']) {
                self.trim_end();
            }
        }
        self.text.push_str(line);
    }

    fn gap(&mut self) {
        self.after_gap = true;
    }

    fn finish(&mut self) {
        if self.after_gap {
            self.trim_end();
        }
    }

    /// Whether a blank line would be one too many here.
    fn ends_open(&self) -> bool {
        let last = self.text.lines().last().unwrap_or_default().trim();
        last.is_empty() || last.ends_with(['{', '(', '['])
    }

    fn trim_end(&mut self) {
        let kept = self.text.trim_end().len();
        self.text.truncate(kept);
        if kept > 0 {
            let _ = writeln!(self.text);
        }
    }
}

#[cfg(test)]
mod tests;
