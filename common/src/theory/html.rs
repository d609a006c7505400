//! The sheets' Markdown as an HTML page that needs nothing else: no network, no script, no font.

use thiserror::Error;

use super::mathml::math;

/// Why a text is not in the Markdown of the sheets.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MarkupError {
    /// A mark that is not closed in its paragraph.
    #[error("`{0}` is opened and not closed")]
    Unclosed(char),
    /// A fence of another kind than `math` and `toml`.
    #[error("a fenced block of the kind {0:?}")]
    Fence(String),
    /// Something in TeX that the sheets do not use.
    #[error("{0} is not in the part of TeX that the sheets use, or not at this place")]
    Tex(String),
    /// TeX that goes on where the text ends.
    #[error("a formula ends too early")]
    TexEnds,
}

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1.05rem/1.55 system-ui, sans-serif; }
h2 { margin-top: 2.5rem; border-top: 1px solid #8886; padding-top: 1rem; font-size: 1.25rem; }
math { font-family: \"Latin Modern Math\", \"STIX Two Math\", \"Cambria Math\", math, serif; font-size: 1.1em; }
math[display=block] { margin: 1rem 0; padding: .4rem 0; overflow-x: auto; }
mtable.matrix { border: solid currentColor; border-width: 0 1.5px; border-radius: .5em; padding: 0 .2em; margin: 0 .15em; }
mtable.aligned mtd:first-child { text-align: right; }
mtable.aligned mtd:nth-child(even), mtable.cases mtd { text-align: left; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border: 1px solid #8886; padding: .3rem .8rem; text-align: left; }
code { font-size: .95em; }
pre { border: 1px solid #8886; padding: .6rem .8rem; overflow-x: auto; }
@media print { body { margin: 0; } h2, table { break-inside: avoid; } h2 { break-after: avoid; } }
";

/// A whole page. `markdown` has headings, paragraphs, lists, tables, `code`, `$TeX$` and fenced blocks of
/// `math` and `toml`; nothing else has a meaning, and all of it is escaped.
///
/// # Errors
/// When a mark is not closed, or TeX is used that has no form in MathML here.
pub fn page(title: &str, markdown: &str) -> Result<String, MarkupError> {
    let mut body = String::new();
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        if let Some(kind) = line.strip_prefix("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            body += &fenced(kind, &inside.join("\n"))?;
        } else {
            let mut block = vec![line];
            let belongs = |next: &&str| !next.trim().is_empty() && !next.starts_with("```");
            while let Some(next) = lines.next_if(belongs) {
                block.push(next);
            }
            body += &block_of(&block)?;
        }
    }
    let title = escape(title);
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    ))
}

fn fenced(kind: &str, inside: &str) -> Result<String, MarkupError> {
    match kind {
        "math" => Ok(math(inside, true)? + "\n"),
        "toml" => Ok(format!("<pre><code>{}</code></pre>\n", escape(inside))),
        _ => Err(MarkupError::Fence(kind.into())),
    }
}

/// Lines without a blank one between them.
fn block_of(lines: &[&str]) -> Result<String, MarkupError> {
    let first = lines.first().copied().unwrap_or_default();
    if let Some(heading) = first.strip_prefix("## ") {
        return Ok(format!("<h2>{}</h2>\n", inline(heading)?));
    }
    if let Some(heading) = first.strip_prefix("# ") {
        return Ok(format!("<h1>{}</h1>\n", inline(heading)?));
    }
    if first.starts_with('|') {
        return table(lines);
    }
    let text = lines.join("\n");
    match text.strip_prefix("- ") {
        Some(items) => {
            let items: Result<String, MarkupError> = items
                .split("\n- ")
                .map(|item| Ok(format!("<li>{}</li>\n", inline(item)?)))
                .collect();
            Ok(format!("<ul>\n{}</ul>\n", items?))
        }
        None => Ok(format!("<p>{}</p>\n", inline(&text)?)),
    }
}

/// A header, a line of dashes, rows.
fn table(lines: &[&str]) -> Result<String, MarkupError> {
    let mut html = String::from("<table>\n");
    for (index, line) in lines.iter().enumerate().filter(|(index, _)| *index != 1) {
        let tag = if index == 0 { "th" } else { "td" };
        html += "<tr>";
        for cell in line.trim().trim_matches('|').split('|') {
            html += &format!("<{tag}>{}</{tag}>", inline(cell.trim())?);
        }
        html += "</tr>\n";
    }
    Ok(html + "</table>\n")
}

/// Words, `code` and `$TeX$`.
fn inline(text: &str) -> Result<String, MarkupError> {
    let mut html = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '$']) {
        let mark = if rest[at..].starts_with('`') {
            '`'
        } else {
            '$'
        };
        let (inside, after) = rest[at + 1..]
            .split_once(mark)
            .ok_or(MarkupError::Unclosed(mark))?;
        html += &escape(&rest[..at]);
        html += &match mark {
            '`' => format!("<code>{}</code>", escape(inside)),
            _ => math(inside, false)?,
        };
        rest = after;
    }
    Ok(html + &escape(rest))
}

/// `text` without a character that means something in HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(markdown: &str) -> String {
        let page = page("t", markdown).unwrap();
        let (_, body) = page.split_once("<body>\n").unwrap();
        body.split_once("</body>").unwrap().0.to_string()
    }

    #[test]
    fn blocks_become_elements() {
        assert_eq!(
            body("# A\n\none\ntwo `x`\n\n- a\n- b\n  c\n\n| h | $i$ |\n|---|---|\n| 1 | 2 |\n"),
            "<h1>A</h1>\n<p>one\ntwo <code>x</code></p>\n<ul>\n<li>a</li>\n<li>b\n  c</li>\n</ul>\n\
             <table>\n<tr><th>h</th><th><math><mi>i</mi></math></th></tr>\n<tr><td>1</td><td>2</td></tr>\n</table>\n"
        );
        assert_eq!(
            body("```math\nx\n```\n```toml\na = \"<\"\n```\n"),
            "<math display=\"block\"><mi>x</mi></math>\n<pre><code>a = &quot;&lt;&quot;</code></pre>\n"
        );
    }

    #[test]
    fn nothing_of_a_text_is_markup_in_the_page() {
        let page = page(
            "<script>",
            "<script>alert(1)</script> `<img src=x>` & \"'\n",
        )
        .unwrap();
        assert!(
            !page.contains("<script") && !page.contains("<img"),
            "{page}"
        );
        assert!(page.contains("<title>&lt;script&gt;</title>"), "{page}");
    }

    #[test]
    fn what_has_no_form_here_is_an_error() {
        assert_eq!(page("t", "a `b"), Err(MarkupError::Unclosed('`')));
        assert_eq!(page("t", "a $b\n\nc$"), Err(MarkupError::Unclosed('$')));
        assert_eq!(
            page("t", "```js\n```"),
            Err(MarkupError::Fence("js".into()))
        );
        assert!(page("t", "```math\n\\foo\n```").is_err());
    }
}
