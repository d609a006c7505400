//! What macros are given, and their bodies: tokens that are no syntax tree yet.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::Item;

use super::names::text;
use super::walk::Walk;

/// The longest import or alias that is looked for in a macro, in tokens.
const LONGEST: usize = 64;

/// Adds the imports and aliases among `tokens` to `items`.
pub(super) fn declarations(tokens: &TokenStream, items: &mut Vec<Item>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (begin, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => declarations(&group.stream(), items),
            TokenTree::Ident(ident)
                if *ident == "use" || *ident == "extern" || *ident == "type" =>
            {
                let rest = &tokens[begin..tokens.len().min(begin + LONGEST)];
                if let Some(end) = rest.iter().position(|token| is_mark(token, ';')) {
                    let item: TokenStream = rest[..=end].iter().cloned().collect();
                    items.extend(syn::parse2::<Item>(item));
                }
            }
            _ => {}
        }
    }
}

/// Tells `walk` every path, method and name among `tokens`.
pub(super) fn walk(tokens: &TokenStream, walk: &mut Walk) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        match token {
            TokenTree::Group(group) => {
                self::walk(&group.stream(), walk);
                at += 1;
            }
            TokenTree::Ident(name) if before.is_some_and(|mark| is_mark(mark, '.')) => {
                if is_called(&tokens[at + 1..]) {
                    walk.method(name);
                }
                walk.name(name);
                at += 1;
            }
            // A name that begins here: of a function, of a macro's argument.
            TokenTree::Ident(name) if before.is_some_and(names_the_next) => {
                if before.is_some_and(|word| is_word(word, "mod"))
                    && tokens.get(at + 1).is_some_and(|next| is_mark(next, ';'))
                {
                    walk.module_elsewhere(name);
                }
                walk.name(name);
                at += 1;
            }
            TokenTree::Ident(name) => at = path(&tokens, at, vec![], name.span(), walk),
            TokenTree::Punct(_) if is_colons(&tokens[at..]) => {
                at += 2;
                match tokens.get(at) {
                    // `<Tensor<1>>::backward`, `Tensor::<1>::backward`
                    Some(TokenTree::Ident(name)) if before.is_some_and(|m| is_mark(m, '>')) => {
                        walk.method(name);
                        walk.name(name);
                        at += 1;
                    }
                    Some(TokenTree::Ident(name)) => {
                        at = path(&tokens, at, vec![String::new()], name.span(), walk);
                    }
                    _ => {}
                }
            }
            _ => at += 1,
        }
    }
}

/// Tells `walk` the path that begins at `at`, after the segments `before`, and gives the place after it. As in
/// a `use`, braces in it stand for several paths. `span` is its place if there is no name at `at`.
fn path(
    tokens: &[TokenTree],
    mut at: usize,
    before: Vec<String>,
    mut span: Span,
    walk: &mut Walk,
) -> usize {
    let mut path = before;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        walk.name(name);
        span = name.span();
        if text(name) != "self" || path.is_empty() {
            path.push(text(name));
        }
        at += 1;
        if !is_colons(&tokens[at..]) {
            break;
        }
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(_)) => at += 2,
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                group_of_paths(group, &path, walk);
                return at + 3;
            }
            _ => break,
        }
    }
    let rest = &tokens[at..];
    let is_label = rest
        .first()
        .is_some_and(|next| is_mark(next, ':') || is_mark(next, '='))
        && !is_colons(rest)
        && !rest.get(1).is_some_and(|next| is_mark(next, '='));
    if rest.first().is_some_and(|next| is_mark(next, '!')) {
        walk.macro_path(&path, span);
    } else if path.len() > 1 || !is_label {
        walk.path(&path, span);
    }
    at
}

/// `{a, b::c as d, e::{f}}` after the segments `before`.
fn group_of_paths(group: &Group, before: &[String], walk: &mut Walk) {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    for part in tokens.split(|token| is_mark(token, ',')) {
        let end = path(part, 0, before.to_vec(), group.span_open(), walk);
        for token in &part[end..] {
            if let TokenTree::Ident(name) = token {
                walk.name(name);
            }
        }
    }
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if *ident == word)
}

/// `::`
fn is_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second, ..] if is_mark(first, ':') && is_mark(second, ':'))
}

/// Whether what follows a method's name calls it: `(...)`, `::<T>(...)`.
fn is_called(after: &[TokenTree]) -> bool {
    let arguments = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
    after.first().is_some_and(arguments) || is_colons(after)
}

/// Whether the token after this one is a new name, or a macro's own.
fn names_the_next(token: &TokenTree) -> bool {
    const WORDS: [&str; 11] = [
        "fn",
        "let",
        "mut",
        "mod",
        "struct",
        "enum",
        "trait",
        "type",
        "const",
        "static",
        "macro_rules",
    ];
    is_mark(token, '$')
        || matches!(token, TokenTree::Ident(ident) if WORDS.iter().any(|word| *ident == *word))
}
