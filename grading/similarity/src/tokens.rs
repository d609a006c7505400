//! What of a source is compared: its tokens without what costs nothing to change.
//!
//! Comments, attributes and imports are dropped. Literals count as "a number", "a text", lifetimes as "a
//! lifetime", and names as "a name", but for those that a program cannot choose: see [`Names`].

use serde::{Deserialize, Serialize};

use crate::lexer::{Kind, Lexed, Token, lex};

/// Which names are compared as they are; all others count as "a name".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// None but keywords, primitive types and the standard macros.
    None,
    /// Also what is called of a library: the names of methods, and the last names of paths.
    #[default]
    Called,
    /// Every name. Renaming then hides everything.
    All,
}

/// One compared token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Equal for tokens that count as the same.
    pub code: u64,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

/// A source, ready for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normal {
    /// The tokens that are compared.
    pub items: Vec<Item>,
    /// What no Rust program has, with the byte where it begins.
    pub trouble: Option<(usize, &'static str)>,
}

/// Words of the language: keywords, primitive types, and what everybody writes the same.
const WORDS: [&str; 60] = [
    "Self", "abstract", "as", "async", "await", "become", "bool", "box", "break", "char", "const",
    "continue", "crate", "do", "dyn", "else", "enum", "extern", "f32", "f64", "false", "final",
    "fn", "for", "i128", "i16", "i32", "i64", "i8", "if", "impl", "in", "isize", "let", "loop",
    "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static", "str", "struct",
    "super", "trait", "true", "type", "u128", "u16", "u32", "u64", "u8", "unsafe", "use", "usize",
    "where", "while",
];

/// Macros of the standard library.
const MACROS: [&str; 20] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "eprintln",
    "format",
    "macro_rules",
    "matches",
    "panic",
    "print",
    "println",
    "thread_local",
    "todo",
    "try",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// The longest attribute or import that is dropped, in tokens; so an unclosed one hides little.
const LONGEST: usize = 256;

/// Turns `source` into what is compared of it.
#[must_use]
pub fn normalise(source: &str, names: Names) -> Normal {
    let Lexed { tokens, trouble } = lex(source);
    let view = View {
        source,
        tokens: &tokens,
    };
    let mut items = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(end) = view.attribute(at).or_else(|| view.import(at)) {
            at = end;
            continue;
        }
        let (start, end) = (token.start, token.end);
        let code = view.code(at, token, names);
        items.push(Item { code, start, end });
        at += 1;
    }
    let trouble = trouble.or_else(|| view.unbalanced());
    Normal { items, trouble }
}

struct View<'a> {
    source: &'a str,
    tokens: &'a [Token],
}

impl<'a> View<'a> {
    fn text(&self, at: usize) -> &'a str {
        let token = self.tokens.get(at);
        token.map_or("", |token| &self.source[token.start..token.end])
    }

    /// The end of the attribute that begins at `at`.
    fn attribute(&self, at: usize) -> Option<usize> {
        if self.text(at) != "#" {
            return None;
        }
        let open = if self.text(at + 1) == "!" {
            at + 2
        } else {
            at + 1
        };
        if self.text(open) != "[" {
            return None;
        }
        let mut depth = 0_usize;
        for end in open..(open + LONGEST).min(self.tokens.len()) {
            match self.text(end) {
                "[" => depth += 1,
                "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(end + 1);
            }
        }
        None
    }

    /// The end of the import that begins at `at`.
    fn import(&self, at: usize) -> Option<usize> {
        if self.text(at) != "use" {
            return None;
        }
        for end in at + 1..(at + LONGEST).min(self.tokens.len()) {
            match (self.tokens[end].kind, self.text(end)) {
                (Kind::Mark, ";") => return Some(end + 1),
                (Kind::Mark, "::" | "{" | "}" | "," | "*") | (Kind::Word, _) => {}
                _ => return None,
            }
        }
        None
    }

    fn code(&self, at: usize, token: &Token, names: Names) -> u64 {
        match token.kind {
            Kind::Word if self.is_kept(at, names) => hash(b'w', self.text(at)),
            Kind::Word => hash(b'n', ""),
            Kind::Lifetime => hash(b'l', ""),
            Kind::Number => hash(b'1', ""),
            Kind::Text => hash(b't', ""),
            Kind::Character => hash(b'c', ""),
            Kind::Mark => hash(b'm', self.text(at)),
        }
    }

    fn is_kept(&self, at: usize, names: Names) -> bool {
        let word = self.text(at);
        if WORDS.binary_search(&word).is_ok() {
            return true;
        }
        if self.text(at + 1) == "!" && MACROS.binary_search(&word).is_ok() {
            return true;
        }
        let before = at.checked_sub(1).map_or("", |before| self.text(before));
        match names {
            Names::None => false,
            Names::Called if before == "." => matches!(self.text(at + 1), "(" | "::"),
            Names::Called => before == "::" && self.text(at + 1) != "::",
            Names::All => true,
        }
    }

    /// The first bracket that is not closed or not opened.
    fn unbalanced(&self) -> Option<(usize, &'static str)> {
        let mut open = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let close = match self.text(at) {
                "(" => ")",
                "[" => "]",
                "{" => "}",
                text @ (")" | "]" | "}") => {
                    if open.pop().is_none_or(|(_, close)| close != text) {
                        return Some((token.start, "a bracket is closed that was not opened"));
                    }
                    continue;
                }
                _ => continue,
            };
            open.push((token.start, close));
        }
        open.first()
            .map(|(start, _)| (*start, "a bracket is never closed"))
    }
}

/// FNV-1a. Fixed: archives of earlier terms hold what is made of it.
fn hash(class: u8, text: &str) -> u64 {
    let bytes = std::iter::once(class).chain(text.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
