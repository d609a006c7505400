//! What people do to a text so that it looks different. The meaning stays; whether the result compiles does
//! not matter here.

use std::collections::HashMap;

use similarity::lexer::{Kind, Token, lex};

use super::rng::Rng;

/// A change of a text.
pub type Transform = fn(&str, &mut Rng) -> String;

/// All changes, from the least to the most.
pub const ALL: &[(&str, Transform)] = &[
    ("nothing", |text, _| text.to_string()),
    ("comments and attributes", comments),
    ("literals", literals),
    ("functions in another order", reorder),
    ("other names", rename),
    ("all in a macro", wrap),
    ("does not parse", unparsable),
    ("split functions", split),
    ("dead code, 1 in 8 statements", |text, rng| {
        dead(text, rng, 8)
    }),
    ("dead code, 1 in 4 statements", |text, rng| {
        dead(text, rng, 4)
    }),
    ("dead code, 1 in 2 statements", |text, rng| {
        dead(text, rng, 2)
    }),
    ("dead code, every statement", |text, rng| dead(text, rng, 1)),
    ("a line in three rewritten", |text, rng| {
        rewrite(text, rng, 3)
    }),
    ("every line rewritten", |text, rng| rewrite(text, rng, 1)),
    ("names, order, literals, comments", |text, rng| {
        comments(&literals(&rename(&reorder(text, rng), rng), rng), rng)
    }),
    ("these and split, dead 1 in 8", |text, rng| {
        let text = dead(&split(text, rng), rng, 8);
        comments(&literals(&rename(&reorder(&text, rng), rng), rng), rng)
    }),
];

/// Replaces tokens: `by` gives the new text of token `i`, or nothing.
fn replace(text: &str, mut by: impl FnMut(&[Token], usize) -> Option<String>) -> String {
    let tokens = lex(text).tokens;
    let mut out = String::new();
    let mut at = 0;
    for i in 0..tokens.len() {
        let Some(new) = by(&tokens, i) else { continue };
        out.push_str(&text[at..tokens[i].start]);
        out.push_str(&new);
        at = tokens[i].end;
    }
    out + &text[at..]
}

fn word<'a>(text: &'a str, tokens: &[Token], i: Option<usize>) -> &'a str {
    let token = i.and_then(|i| tokens.get(i));
    token.map_or("", |token| &text[token.start..token.end])
}

/// Every name that the author chose: of functions, arguments, variables.
pub fn rename(text: &str, rng: &mut Rng) -> String {
    const KEPT: &[&str] = &[
        "as", "bool", "break", "const", "continue", "crate", "else", "f32", "f64", "false", "fn",
        "for", "i64", "if", "impl", "in", "let", "loop", "match", "mod", "mut", "pub", "ref",
        "return", "self", "str", "struct", "super", "true", "type", "u8", "u32", "u64", "use",
        "usize", "where", "while", "i32", "i128", "u128", "static", "trait", "enum", "dyn", "move",
    ];
    let mut names: HashMap<String, String> = HashMap::new();
    replace(text, |tokens, i| {
        let name = word(text, tokens, Some(i));
        let (before, after) = (
            word(text, tokens, i.checked_sub(1)),
            word(text, tokens, Some(i + 1)),
        );
        let chosen = tokens[i].kind == Kind::Word
            && name.starts_with(|c: char| c.is_lowercase() || c == '_')
            && !KEPT.contains(&name)
            && !matches!(before, "." | "::")
            && !matches!(after, "::" | "!");
        let fresh = || format!("name_{}", rng.next() % 100_000);
        chosen.then(|| names.entry(name.to_string()).or_insert_with(fresh).clone())
    })
}

/// Other numbers, in other forms, and other strings.
pub fn literals(text: &str, rng: &mut Rng) -> String {
    replace(text, |tokens, i| match tokens[i].kind {
        Kind::Number if word(text, tokens, i.checked_sub(1)) != "." => {
            let number = word(text, tokens, Some(i));
            let forms = [
                format!("{number}_f64"),
                "1e-3".into(),
                "0x2f".into(),
                "17.25".into(),
            ];
            rng.chance(2).then(|| rng.pick(&forms).clone())
        }
        Kind::Text => Some("\"another // text\"".to_string()),
        _ => None,
    })
}

/// Comments of all sorts, and attributes, between lines and within them.
pub fn comments(text: &str, rng: &mut Rng) -> String {
    let noise = [
        "// fn main() { let x = 1; }",
        "/* a /* nested */ one */",
        "/** for { */",
        "#[allow(unused)]",
    ];
    let text = replace(text, |tokens, i| {
        let mark = word(text, tokens, Some(i));
        (matches!(mark, "," | "{" | ";") && rng.chance(3))
            .then(|| format!("{mark} {}\n", rng.pick(&noise)))
    });
    text.replace('\n', " // so it is\n\n")
}

/// All in a macro that gives back what it is given.
pub fn wrap(text: &str, _: &mut Rng) -> String {
    format!("macro_rules! all {{ ($($t:tt)*) => {{ $($t)* }}; }}\nall! {{\n{text}\n}}\n")
}

/// An unclosed comment, string, raw string and bracket, and a bracket too many.
pub fn unparsable(text: &str, rng: &mut Rng) -> String {
    let items = items(text);
    let wrong = ["/* ", "r##\"", "fn (((\n", "}}\n", "\u{0}\u{feff} '"];
    let mut out: String = items
        .iter()
        .map(|item| format!("{}{item}", rng.pick(&wrong)))
        .collect();
    out.push('"');
    out
}

/// The functions and other items in another order.
pub fn reorder(text: &str, rng: &mut Rng) -> String {
    let mut items = items(text);
    rng.shuffle(&mut items);
    items.concat()
}

/// The items of a file, each with what stands before it.
pub fn items(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for token in lex(text).tokens {
        match &text[token.start..token.end] {
            "{" | "(" | "[" => depth += 1,
            mark @ ("}" | ")" | "]" | ";") => {
                if mark != ";" {
                    depth -= 1;
                }
                if depth == 0 && matches!(mark, "}" | ";") {
                    items.push(text[start..token.end].to_string());
                    start = token.end;
                }
            }
            _ => {}
        }
    }
    items.push(text[start..].to_string());
    items
}

/// Statements without effect after one in `one_in` statements.
pub fn dead(text: &str, rng: &mut Rng, one_in: usize) -> String {
    let dead = [
        "let _unused = 0.0;",
        "if false { println!(\"never\"); }",
        "debug_assert!(1 + 1 == 2);",
        "let _ = Vec::<f64>::new().len();",
    ];
    let mut depth = 0_usize;
    replace(text, |tokens, i| {
        let mark = word(text, tokens, Some(i));
        match mark {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let here = mark == ";" && depth > 0 && rng.chance(one_in);
        here.then(|| format!("; {}", rng.pick(&dead)))
    })
}

/// In one line in `one_in` that has some: brackets around the name after an operator, `.clone()` after a
/// name in brackets, a sum of nothing at a number. What somebody does who goes through it by hand.
pub fn rewrite(text: &str, rng: &mut Rng, one_in: usize) -> String {
    let (mut line_end, mut lucky) = (0, false);
    replace(text, |tokens, i| {
        let token = word(text, tokens, Some(i));
        if tokens[i].start >= line_end {
            let rest = &text[tokens[i].start..];
            line_end = tokens[i].start + rest.find('\n').unwrap_or(rest.len());
            lucky = rng.chance(one_in);
        }
        let (before, after) = (
            word(text, tokens, i.checked_sub(1)),
            word(text, tokens, Some(i + 1)),
        );
        let new = match (tokens[i].kind, before, after) {
            (Kind::Number, "(" | "," | "=" | "*" | "+" | "-" | "/", _) => {
                format!("(0.0 + {token})")
            }
            (Kind::Word, "(" | ",", ")" | ",") => format!("{token}.clone()"),
            (Kind::Word, "*" | "+" | "-" | "/" | "=", ";" | ")" | "*" | "+" | "-" | "/") => {
                format!("({token})")
            }
            _ => return None,
        };
        std::mem::take(&mut lucky).then_some(new)
    })
}

/// The second half of every function of three statements or more becomes a function of its own.
pub fn split(text: &str, rng: &mut Rng) -> String {
    let split = |item: String| {
        let tokens = lex(&item).tokens;
        let (mut depth, mut ends) = (0_usize, vec![]);
        for token in &tokens {
            match &item[token.start..token.end] {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                ";" if depth == 1 => ends.push(token.end),
                _ => {}
            }
        }
        let is_function = tokens
            .iter()
            .take(8)
            .any(|token| &item[token.start..token.end] == "fn");
        if ends.len() < 2 || !is_function {
            return item;
        }
        let middle = ends[(ends.len() - 1) / 2];
        let name = format!("step_{}", rng.next() % 1000);
        let (first, second) = item.split_at(middle);
        format!(
            "{first}\n    {name}(x, state)\n}}\n\nfn {name}(x: &Given, state: State) -> Result {{{second}"
        )
    };
    items(text).into_iter().map(split).collect()
}
