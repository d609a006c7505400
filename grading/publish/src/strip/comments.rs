//! Line comments of Rust source: real ones, not text in a string, a block comment or a documentation
//! comment that looks like one.

use std::cmp::Reverse;
use std::ops::Range;

use proc_macro2::{Group, TokenStream, TokenTree};

/// A comment from `//` to the end of its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LineComment<'a> {
    /// The byte at which `//` begins.
    pub start: usize,
    /// What follows the two slashes.
    pub text: &'a str,
    /// Whether it is among the arguments of a macro, where it cannot be replaced safely.
    pub in_macro: bool,
}

/// The line comments of `source`, in order.
///
/// # Errors
/// The line, from 1, and what is wrong there when the source does not consist of Rust tokens.
pub(crate) fn line_comments(source: &str) -> Result<Vec<LineComment<'_>>, (usize, String)> {
    let tokens = tokens(source)?;
    let mut comments = Vec::new();
    let mut end = 0;
    for range in tokens
        .leaves
        .iter()
        .cloned()
        .chain(std::iter::once(source.len()..source.len()))
    {
        if range.start > end {
            scan_gap(source, end..range.start, &mut comments);
        }
        end = end.max(range.end);
    }
    for comment in &mut comments {
        comment.in_macro = tokens
            .macros
            .iter()
            .any(|range| range.contains(&comment.start));
    }
    Ok(comments)
}

/// The source text of every token of `source`, in order, without comments of any kind.
///
/// # Errors
/// As [`line_comments`].
pub(crate) fn code_tokens(source: &str) -> Result<Vec<&str>, (usize, String)> {
    let tokens = tokens(source)?;
    let texts = tokens.leaves.iter().map(|range| &source[range.clone()]);
    Ok(texts
        .filter(|text| !text.starts_with("//") && !text.starts_with("/*"))
        .collect())
}

#[derive(Default)]
struct Tokens {
    /// Every token and every bracket, by its first byte.
    leaves: Vec<Range<usize>>,
    /// The arguments of macros.
    macros: Vec<Range<usize>>,
}

fn tokens(source: &str) -> Result<Tokens, (usize, String)> {
    let stream: TokenStream = source.parse().map_err(|error: proc_macro2::LexError| {
        (
            error.span().start().line,
            format!("this is no Rust source: {error}"),
        )
    })?;
    let mut tokens = Tokens::default();
    tokens.walk(stream);
    // A documentation comment is several tokens at one place; only the outermost counts.
    tokens
        .leaves
        .sort_by_key(|range| (range.start, Reverse(range.end)));
    tokens.leaves.dedup_by(|next, kept| next.end <= kept.end);
    Ok(tokens)
}

impl Tokens {
    fn walk(&mut self, stream: TokenStream) {
        let mut macro_name = MacroName::No;
        for tree in stream {
            if let TokenTree::Group(group) = &tree {
                if macro_name == MacroName::Complete {
                    self.macros.push(group.span().byte_range());
                }
                self.group(group);
            } else {
                self.leaves.push(tree.span().byte_range());
            }
            macro_name = macro_name.then(&tree);
        }
    }

    fn group(&mut self, group: &Group) {
        self.leaves.push(group.span_open().byte_range());
        self.walk(group.stream());
        self.leaves.push(group.span_close().byte_range());
    }
}

/// How much of `name!` or `macro_rules! name` the tokens before have been.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MacroName {
    No,
    Name,
    Complete,
}

impl MacroName {
    fn then(self, tree: &TokenTree) -> Self {
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == '!' && self == Self::Name => {
                Self::Complete
            }
            TokenTree::Ident(_) if self == Self::Complete => Self::Complete,
            TokenTree::Ident(ident) if !is_operand_keyword(&ident.to_string()) => Self::Name,
            _ => Self::No,
        }
    }
}

/// Keywords after which `!` is a negation.
fn is_operand_keyword(ident: &str) -> bool {
    matches!(
        ident,
        "if" | "while" | "match" | "return" | "in" | "break" | "else" | "move" | "yield"
    )
}

/// Between two tokens there are only blanks and comments.
fn scan_gap<'a>(source: &'a str, gap: Range<usize>, comments: &mut Vec<LineComment<'a>>) {
    let mut at = gap.start;
    while at < gap.end {
        let rest = &source[at..gap.end];
        at += if let Some(text) = rest.strip_prefix("//") {
            let text = text.split('\n').next().unwrap_or(text);
            comments.push(LineComment {
                start: at,
                text,
                in_macro: false,
            });
            2 + text.len()
        } else if rest.starts_with("/*") {
            block_length(rest)
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
    }
}

/// Block comments nest.
fn block_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth.saturating_sub(1)),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        line_comments(source)
            .unwrap()
            .iter()
            .map(|comment| comment.text)
            .collect()
    }

    #[test]
    fn only_line_comments_are_found() {
        let source = "// one\nlet a = \"// no\"; // two\n/* // no /* nested */ // no */ // سه\n/// no\nfn f() {}\n//! \n";
        assert_eq!(texts(source), [" one", " two", " سه"]);
        assert_eq!(texts("let a = r#\"\n// no\n\"#; // yes"), [" yes"]);
        assert_eq!(texts("let a = '/'; let b = 1 / 2; // yes"), [" yes"]);
    }

    #[test]
    fn comments_among_the_arguments_of_a_macro_are_marked() {
        let marked = |source: &str| line_comments(source).unwrap()[0].in_macro;
        assert!(marked("vec![\n// x\n1]"));
        assert!(marked("macro_rules! name {\n// x\n}"));
        assert!(!marked("if !(\n// x\na) {}"));
        assert!(!marked("fn f() {\n// x\nvec![1] }"));
        assert!(!marked("a != (\n// x\nb)"));
    }

    #[test]
    fn code_has_no_comments() {
        assert_eq!(
            code_tokens("/// doc\nlet a = 1e-8; // x").unwrap(),
            ["let", "a", "=", "1e-8", ";"]
        );
    }

    #[test]
    fn what_is_no_rust_is_told_with_its_line() {
        assert_eq!(line_comments("fn f() {\n}\n}").unwrap_err().0, 3);
    }
}
