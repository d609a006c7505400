//! As much of YAML as Gradescope writes.

use saphyr_parser::{Event, Parser};

/// A value. Aliases stay what they are: nothing is copied, so a file cannot grow in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    Alias,
}

/// Lists and maps in one another.
const DEPTH: usize = 64;

impl Node {
    /// The first document. The error is what is wrong and where.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut open: Vec<Open> = Vec::new();
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, _) = event.map_err(|error| error.to_string())?;
            let done = match event {
                Event::SequenceStart(..) | Event::MappingStart(..) if open.len() == DEPTH => {
                    return Err(format!("it is nested more than {DEPTH} levels deep"));
                }
                Event::SequenceStart(..) => {
                    open.push(Open::List(Vec::new()));
                    continue;
                }
                Event::MappingStart(..) => {
                    open.push(Open::Map(Vec::new(), None));
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                    Some(Open::List(list)) => Self::List(list),
                    Some(Open::Map(map, _)) => Self::Map(map),
                    None => return Err("it ends what it did not begin".to_owned()),
                },
                Event::Scalar(text, ..) => Self::Text(text.into_owned()),
                Event::Alias(_) => Self::Alias,
                _ => continue,
            };
            match open.last_mut() {
                Some(outer) => outer.add(done),
                None => return Ok(done),
            }
        }
        Err("it is empty".to_owned())
    }

    /// The value of a key, with or without the colon of a Ruby symbol.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(map) = self else { return None };
        let found = map
            .iter()
            .find(|(name, _)| name.strip_prefix(':').unwrap_or(name) == key);
        found.map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

enum Open {
    List(Vec<Node>),
    /// With the key whose value is awaited.
    Map(Vec<(String, Node)>, Option<String>),
}

impl Open {
    fn add(&mut self, node: Node) {
        match self {
            Self::List(list) => list.push(node),
            Self::Map(map, key) => match key.take() {
                Some(key) => map.push((key, node)),
                // What is no text is a key that nobody asks for.
                None => *key = Some(node.text().unwrap_or_default().to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_maps_and_symbols_are_read() {
        let node = Node::parse("---\na:\n  :b:\n  - x\n  - :c: 'y: z'\n").unwrap();
        let list = node.get("a").and_then(|a| a.get("b")).unwrap().list();
        assert_eq!(list[0].text(), Some("x"));
        assert_eq!(list[1].get("c").and_then(Node::text), Some("y: z"));
    }

    #[test]
    fn item_63_aliases_are_not_expanded_and_depth_is_bounded() {
        let laughs: String = (1..60)
            .map(|i| format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}]\n", i - 1))
            .collect();
        let node = Node::parse(&format!("a0: &a0 ha\n{laughs}")).unwrap();
        assert_eq!(
            node.get("a59").unwrap().list(),
            [Node::Alias, Node::Alias, Node::Alias]
        );
        let deep = |levels| Node::parse(&"[".repeat(levels)).unwrap_err();
        assert!(deep(65).contains("64 levels"));
        // The parser has a bound of its own.
        assert!(!deep(100_000).is_empty());
        for text in ["", "a: [", "{", "\t\t: -", "*x", "a: &b"] {
            let _ = Node::parse(text);
        }
    }
}
