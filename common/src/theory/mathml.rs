//! The part of TeX that the sheets use, as MathML, which browsers draw without a script.

use super::html::{MarkupError, escape};

/// `tex` as a `<math>` element, on a line of its own with `display`.
pub(super) fn math(tex: &str, display: bool) -> Result<String, MarkupError> {
    let mut reader = Reader { rest: tex };
    let row = reader.row()?;
    if let Some(token) = reader.peek()? {
        return Err(MarkupError::Tex(token.text()));
    }
    let display = if display { " display=\"block\"" } else { "" };
    Ok(format!("<math{display}>{row}</math>"))
}

/// Letters and signs that are names.
const NAMES: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("varepsilon", "ε"),
    ("eta", "η"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("pi", "π"),
    ("sigma", "σ"),
    ("partial", "∂"),
    ("infty", "∞"),
    ("top", "⊤"),
];

/// Functions, upright and with a little space before their argument.
const FUNCTIONS: &[&str] = &["cos", "exp", "ln", "log", "tanh"];

/// Signs between or around names.
const SIGNS: &[(&str, &str)] = &[
    ("cdot", "⋅"),
    ("times", "×"),
    ("le", "≤"),
    ("ge", "≥"),
    ("lt", "<"),
    ("gt", ">"),
    ("ne", "≠"),
    ("approx", "≈"),
    ("in", "∈"),
    ("to", "→"),
    ("leftarrow", "←"),
    ("ldots", "…"),
    ("mid", "|"),
    ("lVert", "‖"),
    ("rVert", "‖"),
    ("{", "{"),
    ("}", "}"),
];

/// Signs that carry what they range over below and above them.
const RANGED: &[(&str, &str)] = &[("sum", "∑"), ("prod", "∏"), ("max", "max"), ("min", "min")];

/// Widths of spaces.
const SPACES: &[(&str, &str)] = &[
    (",", "0.17em"),
    (";", "0.28em"),
    ("quad", "1em"),
    ("qquad", "2em"),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token<'a> {
    /// `frac` of `\frac`, `,` of `\,`.
    Command(&'a str),
    Number(&'a str),
    Sign(char),
}

impl Token<'_> {
    fn text(&self) -> String {
        match self {
            Self::Command(name) => format!("\\{name}"),
            Self::Number(digits) => (*digits).into(),
            Self::Sign(sign) => sign.to_string(),
        }
    }

    /// Whether what came before it is complete.
    fn ends_a_row(&self) -> bool {
        matches!(
            self,
            Self::Sign('}' | '&') | Self::Command("\\" | "end" | "right")
        )
    }
}

/// An element, and whether its scripts go below and above it.
struct Atom {
    element: String,
    ranged: bool,
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// The next token and what follows it.
    fn split(&self) -> Result<Option<(Token<'a>, &'a str)>, MarkupError> {
        let rest = self.rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return Ok(None);
        };
        let run = |text: &'a str, belongs: fn(char) -> bool| {
            text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
        };
        Ok(Some(match first {
            '\\' => {
                let after = &rest[1..];
                let (name, tail) = run(after, |c| c.is_ascii_alphabetic());
                match (name, after.chars().next()) {
                    ("", None) => return Err(MarkupError::Tex("\\".into())),
                    ("", Some(c)) => {
                        let (name, tail) = after.split_at(c.len_utf8());
                        (Token::Command(name), tail)
                    }
                    _ => (Token::Command(name), tail),
                }
            }
            '0'..='9' => {
                let (digits, _) = run(rest, |c| c.is_ascii_digit() || c == '.');
                // A point at the end belongs to the sentence.
                let number = digits.trim_end_matches('.');
                (Token::Number(number), &rest[number.len()..])
            }
            sign => (Token::Sign(sign), &rest[sign.len_utf8()..]),
        }))
    }

    fn peek(&self) -> Result<Option<Token<'a>>, MarkupError> {
        Ok(self.split()?.map(|(token, _)| token))
    }

    fn next(&mut self) -> Result<Token<'a>, MarkupError> {
        let (token, rest) = self.split()?.ok_or(MarkupError::TexEnds)?;
        self.rest = rest;
        Ok(token)
    }

    fn expect(&mut self, wanted: Token) -> Result<(), MarkupError> {
        let token = self.next()?;
        if token == wanted {
            Ok(())
        } else {
            Err(MarkupError::Tex(token.text()))
        }
    }

    /// Elements up to what ends a row, which stays.
    fn row(&mut self) -> Result<String, MarkupError> {
        let mut row = String::new();
        while let Some(token) = self.peek()?.filter(|token| !token.ends_a_row()) {
            // A minus after a sign or at the beginning is the number's own.
            let after_sign = row.is_empty()
                || (row.ends_with("</mo>")
                    && ![")", "]", "‖"]
                        .iter()
                        .any(|s| row.ends_with(&format!(">{s}</mo>"))));
            if token == Token::Sign('-') && after_sign {
                self.next()?;
                row += "<mo form=\"prefix\">−</mo>";
            } else {
                row += &self.scripted()?;
            }
        }
        Ok(row)
    }

    /// An element with what stands below and above it.
    fn scripted(&mut self) -> Result<String, MarkupError> {
        let function =
            matches!(self.peek()?, Some(Token::Command(name)) if FUNCTIONS.contains(&name));
        let Atom { element, ranged } = self.atom()?;
        let (mut low, mut high) = (None, None);
        loop {
            match self.peek()? {
                Some(Token::Sign('_')) if low.is_none() => {
                    self.next()?;
                    low = Some(self.argument()?);
                }
                Some(Token::Sign('^')) if high.is_none() => {
                    self.next()?;
                    high = Some(self.argument()?);
                }
                Some(Token::Sign('\'')) if high.is_none() => {
                    self.next()?;
                    high = Some("<mo>′</mo>".into());
                }
                _ => break,
            }
        }
        let [both, below, above] = if ranged {
            ["munderover", "munder", "mover"]
        } else {
            ["msubsup", "msub", "msup"]
        };
        let mut element = match (low, high) {
            (None, None) => element,
            (Some(low), None) => format!("<{below}>{element}{low}</{below}>"),
            (None, Some(high)) => format!("<{above}>{element}{high}</{above}>"),
            (Some(low), Some(high)) => format!("<{both}>{element}{low}{high}</{both}>"),
        };
        if function && self.peek()? != Some(Token::Sign('(')) {
            element += "<mspace width=\"0.17em\"/>";
        }
        Ok(element)
    }

    /// What a script or a command takes: a group, or one element. TeX takes one digit only, so a longer
    /// number needs braces.
    fn argument(&mut self) -> Result<String, MarkupError> {
        match self.peek()? {
            Some(Token::Number(digits)) if digits.len() > 1 => {
                Err(MarkupError::Tex(format!("{digits} without braces")))
            }
            _ => Ok(self.atom()?.element),
        }
    }

    fn atom(&mut self) -> Result<Atom, MarkupError> {
        let element = match self.next()? {
            Token::Number(digits) => format!("<mn>{digits}</mn>"),
            Token::Sign('{') => self.group()?,
            Token::Sign(c) if c.is_ascii_alphabetic() => format!("<mi>{c}</mi>"),
            Token::Sign('-') => sign("−"),
            Token::Sign(c @ ('+' | '=' | ',' | '.' | ':' | ';' | '/' | '!' | '*' | '|')) => {
                sign(&c.to_string())
            }
            Token::Sign(c @ ('(' | ')' | '[' | ']')) => format!("<mo stretchy=\"false\">{c}</mo>"),
            Token::Command(name) => return self.command(name),
            token => return Err(MarkupError::Tex(token.text())),
        };
        Ok(Atom {
            element,
            ranged: false,
        })
    }

    /// After `{`: the row up to `}`.
    fn group(&mut self) -> Result<String, MarkupError> {
        let row = self.row()?;
        self.expect(Token::Sign('}'))?;
        Ok(format!("<mrow>{row}</mrow>"))
    }

    fn command(&mut self, name: &str) -> Result<Atom, MarkupError> {
        let find = |table: &'static [(&str, &'static str)]| {
            table
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| *value)
        };
        if let Some(value) = find(RANGED) {
            return Ok(Atom {
                element: format!("<mo movablelimits=\"true\">{value}</mo>"),
                ranged: true,
            });
        }
        let element = if let Some(value) = find(NAMES) {
            format!("<mi>{value}</mi>")
        } else if let Some(value) = find(SIGNS) {
            sign(value)
        } else if let Some(width) = find(SPACES) {
            format!("<mspace width=\"{width}\"/>")
        } else if FUNCTIONS.contains(&name) {
            format!("<mi>{name}</mi>")
        } else {
            match name {
                "frac" => format!("<mfrac>{}{}</mfrac>", self.argument()?, self.argument()?),
                "sqrt" => format!("<msqrt>{}</msqrt>", self.argument()?),
                "hat" => format!(
                    "<mover accent=\"true\">{}<mo stretchy=\"false\">^</mo></mover>",
                    self.argument()?
                ),
                "text" => format!("<mtext>{}</mtext>", escape(&self.words()?)),
                "left" => self.fenced()?,
                "begin" => self.environment()?,
                _ => return Err(MarkupError::Tex(format!("\\{name}"))),
            }
        };
        Ok(Atom {
            element,
            ranged: false,
        })
    }

    /// The text in braces, spaces and all; those at its ends show too.
    fn words(&mut self) -> Result<String, MarkupError> {
        self.expect(Token::Sign('{'))?;
        let (words, rest) = self.rest.split_once('}').ok_or(MarkupError::TexEnds)?;
        self.rest = rest;
        // MathML drops a space at the end of a text, but not one that does not break.
        Ok(words.replace(' ', "\u{a0}"))
    }

    /// After `\left`: a fence, a row, `\right` and a fence.
    fn fenced(&mut self) -> Result<String, MarkupError> {
        let open = self.fence()?;
        let row = self.row()?;
        self.expect(Token::Command("right"))?;
        Ok(format!("<mrow>{open}{row}{}</mrow>", self.fence()?))
    }

    fn fence(&mut self) -> Result<String, MarkupError> {
        match self.next()? {
            Token::Sign(c @ ('(' | ')' | '[' | ']' | '|')) => Ok(format!("<mo>{c}</mo>")),
            token => Err(MarkupError::Tex(token.text())),
        }
    }

    /// After `\begin`: the name in braces, rows and columns, `\end` and the name.
    fn environment(&mut self) -> Result<String, MarkupError> {
        let name = self.words()?;
        let mut table = String::from("<mtr><mtd>");
        loop {
            table += &self.row()?;
            match self.next()? {
                Token::Sign('&') => table += "</mtd><mtd>",
                Token::Command("\\") => table += "</mtd></mtr><mtr><mtd>",
                Token::Command("end") if self.words()? == name => break,
                token => return Err(MarkupError::Tex(token.text())),
            }
        }
        table += "</mtd></mtr>";
        match name.as_str() {
            // Fences grow only in a font for mathematics; the page draws these as borders.
            "pmatrix" => Ok(format!("<mtable class=\"matrix\">{table}</mtable>")),
            "cases" => Ok(format!(
                "<mrow><mo>{{</mo><mtable class=\"cases\">{table}</mtable></mrow>"
            )),
            "aligned" => Ok(format!("<mtable class=\"aligned\">{table}</mtable>")),
            _ => Err(MarkupError::Tex(format!("\\begin{{{name}}}"))),
        }
    }
}

fn sign(text: &str) -> String {
    format!("<mo>{}</mo>", escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(tex: &str) -> String {
        let math = math(tex, false).unwrap();
        let inside = math
            .strip_prefix("<math>")
            .and_then(|m| m.strip_suffix("</math>"));
        inside.unwrap().to_string()
    }

    #[test]
    fn names_numbers_and_scripts() {
        assert_eq!(
            inside("x_1^2 = 0.25"),
            "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup><mo>=</mo><mn>0.25</mn>"
        );
        assert_eq!(
            inside(r"\sum_{i} \ln p."),
            "<munder><mo movablelimits=\"true\">∑</mo><mrow><mi>i</mi></mrow></munder><mi>ln</mi><mspace width=\"0.17em\"/><mi>p</mi><mo>.</mo>"
        );
        assert_eq!(inside("3."), "<mn>3</mn><mo>.</mo>");
        assert_eq!(
            inside("f'(x)"),
            "<msup><mi>f</mi><mo>′</mo></msup><mo stretchy=\"false\">(</mo><mi>x</mi><mo stretchy=\"false\">)</mo>"
        );
    }

    #[test]
    fn a_minus_is_of_the_number_where_it_begins_one() {
        let prefix = "<mo form=\"prefix\">−</mo>";
        for tex in ["-1", "(-1, -2)", "x = -1", "x^{-1}"] {
            let count = tex.matches('-').count();
            assert_eq!(inside(tex).matches(prefix).count(), count, "{tex}");
        }
        for tex in ["x - 1", "(x) - 1", "2 - 1"] {
            assert!(!inside(tex).contains(prefix), "{tex}");
        }
    }

    #[test]
    fn fractions_roots_fences_and_tables() {
        assert_eq!(
            inside(r"\frac{a}{2} \sqrt{b}"),
            "<mfrac><mrow><mi>a</mi></mrow><mrow><mn>2</mn></mrow></mfrac><msqrt><mrow><mi>b</mi></mrow></msqrt>"
        );
        assert_eq!(
            inside(r"\left( a \right)"),
            "<mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow>"
        );
        assert_eq!(
            inside(r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}")
                .matches("<mtd>")
                .count(),
            4
        );
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            inside(r"\text{a <b> }"),
            "<mtext>a\u{a0}&lt;b&gt;\u{a0}</mtext>"
        );
        assert_eq!(inside(r"a \lt b"), "<mi>a</mi><mo>&lt;</mo><mi>b</mi>");
    }

    #[test]
    fn what_is_not_known_is_said_and_never_left_out() {
        for (tex, word) in [
            (r"\foo", r"\foo"),
            ("a < b", "<"),
            ("@a", "@"),
            ("a }", "}"),
            (r"\begin{x} a \end{x}", "begin"),
            (r"\begin{aligned} a \end{cases}", "end"),
            ("x^10", "10 without braces"),
        ] {
            let error = math(tex, true).unwrap_err().to_string();
            assert!(error.contains(word), "{tex}: {error}");
        }
        for tex in ["{a", r"\frac{a}", "x_", r"\left( a", "\\"] {
            assert!(math(tex, true).is_err(), "{tex}");
        }
    }
}
