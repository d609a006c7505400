//! From the text of a file to what was found in it. The text may be made to break whoever reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::thread;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::walk::walk;
use super::{Rule, Violation};

/// The deepest that the parser goes, in tokens that have to be read before the first can be understood.
/// Code that people write stays below a few hundred.
const DEEPEST: usize = 2000;

/// The stack for parsing: a level of brackets takes up to 30 kB where the parser is not optimised.
const STACK_BYTES: usize = 256 << 20;

/// The most violations that are reported for a file.
const MOST: usize = 100;

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By line, each once.
    pub violations: Vec<Violation>,
    /// What the file names of the crate outside itself, below `crate::parts`; empty for all of it.
    pub outside: BTreeSet<String>,
}

impl Found {
    /// Whether the file uses that of `module`. What is named but is none of `files` may lead to all of them.
    pub fn uses(&self, module: &str, files: &BTreeMap<String, String>) -> bool {
        self.outside
            .iter()
            .any(|name| name == module || !files.contains_key(&format!("{name}.rs")))
    }
}

/// Searches the text of `module` for what `rules` forbid.
///
/// # Errors
/// One clause that says why it cannot be searched.
pub(super) fn search(module: &str, text: &str, rules: &[Rule]) -> Result<Found, String> {
    // A thread of its own: for its stack, and because the places of tokens are remembered by thread.
    let work = || {
        let tokens = lex(text)?;
        if is_deeper_than(DEEPEST, tokens.clone()) {
            return Err("it is nested too deeply".to_owned());
        }
        let file = syn::parse2(tokens).map_err(|error| {
            let line = error.span().start().line;
            format!("line {line} is no Rust that this tool knows: {error}")
        })?;
        let mut found = walk(module, &file, rules)?;
        let violations = &mut found.violations;
        violations.sort_by(|a, b| (a.line, &a.found).cmp(&(b.line, &b.found)));
        violations.dedup();
        violations.truncate(MOST);
        Ok(found)
    };
    thread::scope(|scope| {
        thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|error| format!("there is no thread for the search: {error}"))?
            .join()
            .unwrap_or_else(|_| Err("the search broke off".to_owned()))
    })
}

fn lex(text: &str) -> Result<TokenStream, String> {
    // The compiler takes a first line `#!/...` for a comment.
    let comment = if text.starts_with("#!") && !text.starts_with("#![") {
        "//"
    } else {
        ""
    };
    format!("{comment}{text}")
        .parse()
        .map_err(|error: proc_macro2::LexError| {
            format!("line {} is no Rust", error.span().start().line)
        })
}

/// Whether the parser would go deeper than `limit`. Each token of an expression may be a level (`- - x`,
/// `a + b + c`, `if a {} else if b {}`), and so is each bracket; a new statement, item or argument begins
/// anew. Does not recurse.
fn is_deeper_than(limit: usize, tokens: TokenStream) -> bool {
    struct Level {
        tokens: Peekable<IntoIter>,
        /// The depth at which the level begins, and after each `;` or `,` begins anew.
        base: usize,
        /// The depth at which the level above goes on.
        after: usize,
    }
    let level = |tokens: TokenStream, base, after| Level {
        tokens: tokens.into_iter().peekable(),
        base,
        after,
    };
    let mut levels = vec![level(tokens, 0, 0)];
    let mut depth = 0;
    while let Some(Level {
        tokens,
        base,
        after,
    }) = levels.last_mut()
    {
        let Some(token) = tokens.next() else {
            depth = *after;
            levels.pop();
            continue;
        };
        depth += 1;
        if depth > limit {
            return true;
        }
        match token {
            TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';') => depth = *base,
            TokenTree::Group(group) => {
                // A block ends the statement or item it belongs to, unless the next token goes on with it.
                let ends = group.delimiter() == Delimiter::Brace
                    && match tokens.peek() {
                        Some(TokenTree::Ident(next)) => *next != "else" && *next != "as",
                        Some(TokenTree::Punct(next)) => next.as_char() == '#',
                        _ => false,
                    };
                let after = if ends { *base } else { depth };
                levels.push(level(group.stream(), depth, after));
            }
            _ => {}
        }
    }
    false
}
