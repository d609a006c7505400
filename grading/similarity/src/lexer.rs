//! Cuts Rust source into tokens without ever failing.
//!
//! Hand-ins need not compile, and one unclosed comment or string must not hide the rest of a file: an
//! opening that is never closed counts as a mark, what follows is read on, and the trouble is noted.
//! Every byte is read a bounded number of times, whatever the source is.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or a name, raw or not.
    Word,
    /// A lifetime or a label.
    Lifetime,
    /// A number with its suffix.
    Number,
    /// A string of any sort.
    Text,
    /// A character or a byte.
    Character,
    /// An operator or a bracket.
    Mark,
}

/// One token of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

/// The tokens of a source, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexed {
    /// All tokens but comments, in order.
    pub tokens: Vec<Token>,
    /// The first thing that no Rust program has: where it begins, and what it is.
    pub trouble: Option<(usize, &'static str)>,
}

/// Operators of more than one character, the longest first.
const OPERATORS: [&str; 25] = [
    "<<=", ">>=", "...", "..=", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=",
    "*=", "/=", "%=", "^=", "&=", "|=", "<<", ">>", "..", "<-",
];

/// The longest character literal, in bytes: `'\u{10_FFFF}'` and then some.
const LONGEST_CHARACTER: usize = 24;

/// Cuts `source` into tokens.
#[must_use]
pub fn lex(source: &str) -> Lexed {
    let mut lexer = Lexer {
        source,
        at: 0,
        lexed: Lexed {
            tokens: Vec::new(),
            trouble: None,
        },
        comments_nest: true,
        texts_end: false,
        raw_texts_end: usize::MAX,
        last_comment_end: source.rfind("*/"),
    };
    while let Some(next) = lexer.peek(0) {
        lexer.step(next);
    }
    lexer.lexed
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    lexed: Lexed,
    /// All comments so far come out even.
    comments_nest: bool,
    /// A string was not closed, so no later one is.
    texts_end: bool,
    /// The fewest `#` with which a raw string was not closed: with as many or more, no later one is.
    raw_texts_end: usize,
    last_comment_end: Option<usize>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    /// The byte `ahead` of here.
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at + ahead).copied()
    }

    fn step(&mut self, next: u8) {
        match next {
            b'/' if self.peek(1) == Some(b'/') => {
                let rest = self.rest();
                self.at += rest.find('\n').unwrap_or(rest.len());
            }
            b'/' if self.peek(1) == Some(b'*') => self.comment(),
            b'"' => self.text(self.at),
            b'\'' => self.quote(),
            b'0'..=b'9' => self.number(),
            _ => match self.rest().chars().next() {
                Some(c) if is_start(c) => self.word(),
                Some(c) if c.is_whitespace() => self.at += c.len_utf8(),
                Some(c) => self.mark(c),
                None => self.at = self.source.len(),
            },
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        self.lexed.tokens.push(Token { kind, start, end });
        self.at = end;
    }

    fn trouble(&mut self, what: &'static str) {
        self.lexed.trouble.get_or_insert((self.at, what));
    }

    /// A block comment; comments nest. Where the nesting does not come out even, the first end counts, and
    /// so it does from there on: what never closes is searched through once.
    fn comment(&mut self) {
        let body = self.at + 2;
        let nested = if self.comments_nest {
            self.nested_end(body)
        } else {
            None
        };
        if let Some(end) = nested {
            self.at = end;
            return;
        }
        if self.comments_nest {
            self.comments_nest = false;
            self.trouble("a comment is never closed");
        }
        if self.last_comment_end.is_none_or(|last| body > last) {
            return self.push(Kind::Mark, self.at, body);
        }
        let length = self.source[body..].find("*/").unwrap_or_default();
        self.at = body + length + 2;
    }

    /// The end of the comment whose body begins at `at`, with all comments in it.
    fn nested_end(&self, mut at: usize) -> Option<usize> {
        let bytes = self.source.as_bytes();
        let mut depth = 1_usize;
        while depth > 0 {
            match bytes.get(at..at + 2)? {
                b"*/" => depth -= 1,
                b"/*" => depth += 1,
                _ => {
                    at += 1;
                    continue;
                }
            }
            at += 2;
        }
        Some(at)
    }

    /// A string that begins (with its prefix) at `start`, whose quote is here.
    fn text(&mut self, start: usize) {
        if !self.texts_end {
            let bytes = self.source.as_bytes();
            let mut at = self.at + 1;
            while let Some(byte) = bytes.get(at) {
                match byte {
                    b'\\' => at += 2,
                    b'"' => return self.push(Kind::Text, start, at + 1),
                    _ => at += 1,
                }
            }
            self.texts_end = true;
        }
        self.trouble("a string is never closed");
        self.push(Kind::Mark, start, self.at + 1);
    }

    /// A raw string that begins (with its prefix) at `start`, with `hashes` from here. False if none does.
    fn raw_text(&mut self, start: usize) -> bool {
        let hashes = self.rest().bytes().take_while(|b| *b == b'#').count();
        if self.peek(hashes) != Some(b'"') {
            return false;
        }
        let body = self.at + hashes + 1;
        if hashes < self.raw_texts_end {
            let end = format!("\"{}", "#".repeat(hashes));
            if let Some(length) = self.source[body..].find(&end) {
                self.push(Kind::Text, start, body + length + end.len());
                return true;
            }
            self.raw_texts_end = hashes;
        }
        self.trouble("a raw string is never closed");
        self.push(Kind::Mark, start, body);
        true
    }

    /// A character, a lifetime, or a quote that is neither.
    fn quote(&mut self) {
        let start = self.at;
        if let Some(end) = self.character() {
            return self.push(Kind::Character, start, end);
        }
        let name = self.name_at(self.at + 1);
        if name > self.at + 1 {
            self.push(Kind::Lifetime, start, name);
        } else {
            self.push(Kind::Mark, start, start + 1);
        }
    }

    /// The end of the character literal whose quote is here.
    fn character(&self) -> Option<usize> {
        let mut chars = self.source[self.at + 1..].char_indices();
        let (_, first) = chars.next()?;
        if first != '\\' {
            let (offset, second) = chars.next()?;
            return (first != '\'' && second == '\'').then_some(self.at + 1 + offset + 1);
        }
        chars.next()?;
        let near = chars.take_while(|(offset, c)| *offset < LONGEST_CHARACTER && *c != '\n');
        let (offset, _) = near.into_iter().find(|(_, c)| *c == '\'')?;
        Some(self.at + 1 + offset + 1)
    }

    /// Digits of any base, a fraction, an exponent, a suffix.
    fn number(&mut self) {
        let start = self.at;
        let bytes = self.source.as_bytes();
        let mut end = self.name_from(start);
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        if bytes.get(end) == Some(&b'.') {
            let after = self.source[end + 1..].chars().next();
            if digit(end + 1) {
                end = self.name_from(end + 1);
            } else if !after.is_some_and(|c| c == '.' || is_start(c)) {
                end += 1;
            }
        }
        let hexadecimal = self.source[start..end].starts_with("0x");
        let exponent = matches!(bytes[end - 1], b'e' | b'E') && !hexadecimal;
        if exponent && matches!(bytes.get(end), Some(b'+' | b'-')) && digit(end + 1) {
            end = self.name_from(end + 1);
        }
        self.push(Kind::Number, start, end);
    }

    /// A name, or a literal that begins like one: `b'x'`, `br#"..."#`, `r#name`.
    fn word(&mut self) {
        let start = self.at;
        self.at = self.name_at(start);
        let word = &self.source[start..self.at];
        let raw = matches!(word, "r" | "br" | "cr");
        match self.peek(0) {
            Some(b'"') if matches!(word, "b" | "c") => return self.text(start),
            Some(b'"' | b'#') if raw && self.raw_text(start) => return,
            Some(b'\'') if word == "b" => {
                if let Some(end) = self.character() {
                    return self.push(Kind::Character, start, end);
                }
            }
            Some(b'#') if word == "r" => {
                let name = self.name_at(self.at + 1);
                if name > self.at + 1 {
                    self.at = name;
                }
            }
            _ => {}
        }
        self.push(Kind::Word, start, self.at);
    }

    fn mark(&mut self, first: char) {
        let rest = self.rest();
        let operator = OPERATORS
            .iter()
            .find(|operator| rest.starts_with(**operator));
        let length = operator.map_or(first.len_utf8(), |operator| operator.len());
        self.push(Kind::Mark, self.at, self.at + length);
    }

    /// The end of the name that begins at `at`; `at` if none does.
    fn name_at(&self, at: usize) -> usize {
        match self.source[at..].chars().next() {
            Some(c) if is_start(c) => self.name_from(at),
            _ => at,
        }
    }

    /// The end of the letters and digits from `at` on.
    fn name_from(&self, at: usize) -> usize {
        let rest = &self.source[at..];
        let length = rest.find(|c: char| !is_start(c) && !c.is_numeric());
        at + length.unwrap_or(rest.len())
    }
}

/// Whether a name may begin with `c`. Wider than Rust in rare scripts, which does not matter here.
fn is_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}
