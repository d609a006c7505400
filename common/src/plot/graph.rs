//! Expressions as graphs: from the leaves at the left to the root at the right.

use plotters::style::RGBColor;

use super::canvas::{Align, BLUE, Canvas, FAINT_INK, INK, Picture, PlotError, VERMILION, picture};

/// One node of an expression.
#[derive(Debug, Clone)]
pub struct GraphNode {
    /// What it is: a variable's name or an operation.
    pub label: String,
    /// Lines below the label, in the colours blue and vermilion.
    pub numbers: [String; 2],
    /// The nodes that it is computed from, by their place in the list.
    pub inputs: Vec<usize>,
}

const BOX: (f64, f64) = (92.0, 56.0);
/// Between the boxes of a column, and between two columns.
const GAP: (f64, f64) = (44.0, 18.0);
/// The height that an edge takes where it passes a column.
const LANE: f64 = 14.0;
const MARGIN: f64 = 24.0;
const TITLE: f64 = 40.0;
const SMALL: f64 = 11.0;

/// The graph of an expression under a title. The nodes may be in any order.
///
/// # Errors
/// When there are no nodes, an input does not exist, or there is a cycle.
pub fn expression_graph(title: &str, nodes: &[GraphNode]) -> Result<Picture, PlotError> {
    let layout = Layout::of(nodes)?;
    let title_width = 8.0 * title.chars().count() as f64;
    let size = (
        2.0 * MARGIN + layout.width.max(title_width),
        TITLE + MARGIN + layout.height,
    );
    picture(size, |canvas| {
        canvas.rectangle((0.0, 0.0), size, RGBColor(255, 255, 255));
        canvas.text(title, (MARGIN, 25.0), Align::Left, 16.0, INK);
        for edge in &layout.edges {
            let points: Vec<_> = edge.iter().map(|(x, y)| (MARGIN + x, TITLE + y)).collect();
            canvas.line(&points, FAINT_INK, 1.0);
        }
        for (node, (x, y)) in nodes.iter().zip(&layout.corners) {
            draw_box(node, (MARGIN + x, TITLE + y), canvas);
        }
        for (x, y) in layout.edges.iter().filter_map(|edge| edge.last()) {
            canvas.disc((MARGIN + x, TITLE + y), 2.5, FAINT_INK);
        }
    })
}

fn draw_box(node: &GraphNode, (x, y): (f64, f64), canvas: &mut dyn Canvas) {
    let fill = match node.inputs.is_empty() {
        true => RGBColor(255, 248, 225),
        false => RGBColor(244, 246, 248),
    };
    canvas.rectangle((x, y), BOX, fill);
    let (right, bottom) = (x + BOX.0, y + BOX.1);
    let corners = [(x, y), (right, y), (right, bottom), (x, bottom), (x, y)];
    canvas.line(&corners, FAINT_INK, 1.0);
    let middle = x + BOX.0 / 2.0;
    canvas.text(&node.label, (middle, y + 17.0), Align::Centre, 13.0, INK);
    for (line, (text, colour)) in node.numbers.iter().zip([BLUE, VERMILION]).enumerate() {
        let at = (middle, y + 33.0 + 15.0 * line as f64);
        canvas.text(text, at, Align::Centre, SMALL, colour);
    }
}

/// Where everything is, from the top left corner of the drawing.
struct Layout {
    width: f64,
    height: f64,
    /// The top left corner of each node.
    corners: Vec<(f64, f64)>,
    /// The corners of each edge, from an input to the node that uses it.
    edges: Vec<Vec<(f64, f64)>>,
}

/// What stands in a column: a node, or a lane for an edge that passes.
struct Item {
    column: usize,
    height: f64,
    /// The items in the next columns that it is joined to.
    next: Vec<usize>,
    /// Those in the columns before.
    before: Vec<usize>,
    /// The height of its middle.
    y: f64,
}

impl Layout {
    /// Columns by the distance to the leaves, long edges in lanes of their own, and in each column the
    /// items near to what they are joined to (Sugiyama, Tagawa & Toda 1981).
    fn of(nodes: &[GraphNode]) -> Result<Self, PlotError> {
        let columns = columns(nodes)?;
        let item = |column: usize, height: f64| Item {
            column,
            height,
            next: vec![],
            before: vec![],
            y: 0.0,
        };
        let mut items: Vec<Item> = columns.iter().map(|c| item(*c, BOX.1)).collect();
        // For each edge its items and the port of the node that uses it.
        let mut ways: Vec<(Vec<usize>, f64)> = vec![];
        for (user, node) in nodes.iter().enumerate() {
            for (k, &input) in node.inputs.iter().enumerate() {
                let mut way = vec![input];
                for column in columns[input] + 1..columns[user] {
                    way.push(items.len());
                    items.push(item(column, LANE));
                }
                way.push(user);
                for (&a, &b) in way.iter().zip(&way[1..]) {
                    items[a].next.push(b);
                    items[b].before.push(a);
                }
                let port = (k as f64 + 1.0) / (node.inputs.len() as f64 + 1.0) - 0.5;
                ways.push((way, BOX.1 * port));
            }
        }

        let last = columns.iter().copied().max().unwrap_or(0);
        let mut stacks: Vec<Vec<usize>> = (0..=last)
            .map(|c| (0..items.len()).filter(|i| items[*i].column == c).collect())
            .collect();
        let height = |stack: &Vec<usize>, items: &[Item]| {
            let heights: f64 = stack.iter().map(|i| items[*i].height + GAP.1).sum();
            heights - GAP.1
        };
        let total = stacks.iter().map(|s| height(s, &items)).fold(0.0, f64::max);
        for sweep in 0..8 {
            // To the left by what follows, then to the right by what came before.
            let backwards = sweep % 2 == 0;
            for step in 0..=last {
                let stack = &mut stacks[if backwards { last - step } else { step }];
                let wanted = |i: &usize| {
                    let item = &items[*i];
                    let joined = if backwards { &item.next } else { &item.before };
                    let sum: f64 = joined.iter().map(|k| items[*k].y).sum();
                    if joined.is_empty() {
                        item.y
                    } else {
                        sum / joined.len() as f64
                    }
                };
                stack.sort_by(|a, b| wanted(a).total_cmp(&wanted(b)));
                let mut y = (total - height(stack, &items)) / 2.0;
                for &mut i in stack {
                    items[i].y = y + items[i].height / 2.0;
                    y += items[i].height + GAP.1;
                }
            }
        }

        let left = |column: usize| (BOX.0 + GAP.0) * column as f64;
        let edges = ways.into_iter().map(|(way, port)| {
            let (from, to) = (&items[way[0]], &items[way[way.len() - 1]]);
            let lanes = way[1..way.len() - 1].iter().flat_map(|i| {
                let (x, y) = (left(items[*i].column), items[*i].y);
                [(x, y), (x + BOX.0, y)]
            });
            std::iter::once((left(from.column) + BOX.0, from.y))
                .chain(lanes)
                .chain([(left(to.column), to.y + port)])
                .collect()
        });
        Ok(Self {
            width: left(last) + BOX.0,
            height: total,
            edges: edges.collect(),
            corners: items[..nodes.len()]
                .iter()
                .map(|item| (left(item.column), item.y - BOX.1 / 2.0))
                .collect(),
        })
    }
}

/// The column of each node: one more than that of its last input. A leaf stands right before the
/// first node that uses it.
fn columns(nodes: &[GraphNode]) -> Result<Vec<usize>, PlotError> {
    let invalid = |what: &str| PlotError::Invalid(format!("a graph {what}"));
    if nodes.is_empty() {
        return Err(invalid("without nodes"));
    }
    let mut inputs = nodes.iter().flat_map(|node| &node.inputs);
    if inputs.any(|input| *input >= nodes.len()) {
        return Err(invalid("with an input that does not exist"));
    }
    let mut columns = vec![0; nodes.len()];
    // Without a cycle the longest way has fewer edges than there are nodes.
    for round in 0.. {
        let mut moved = false;
        for (i, node) in nodes.iter().enumerate() {
            let after = node
                .inputs
                .iter()
                .map(|k| columns[*k] + 1)
                .max()
                .unwrap_or(0);
            moved |= after > columns[i];
            columns[i] = columns[i].max(after);
        }
        match moved {
            false => break,
            true if round >= nodes.len() => return Err(invalid("with a cycle")),
            true => {}
        }
    }
    for (i, node) in nodes.iter().enumerate() {
        let users = nodes
            .iter()
            .enumerate()
            .filter(|(_, user)| user.inputs.contains(&i));
        if let Some(first) = users.map(|(user, _)| columns[user]).min()
            && node.inputs.is_empty()
        {
            columns[i] = first - 1;
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(label: &str, inputs: &[usize]) -> GraphNode {
        GraphNode {
            label: label.into(),
            numbers: ["1".into(), "2".into()],
            inputs: inputs.to_vec(),
        }
    }

    #[test]
    fn nodes_stand_after_their_inputs_and_leaves_before_their_users() {
        // ((a a) a) + b, the root first.
        let nodes = [
            node("+", &[1, 4]),
            node("*", &[2, 3]),
            node("*", &[3, 3]),
            node("a", &[]),
            node("b", &[]),
        ];
        assert_eq!(columns(&nodes).unwrap(), [3, 2, 1, 0, 2]);
        let layout = Layout::of(&nodes).unwrap();
        assert_eq!(layout.edges.len(), 6);
        // a passes the column of a a on its way to the second product: two corners more.
        assert_eq!(layout.edges.iter().map(Vec::len).max(), Some(4));
    }

    #[test]
    fn boxes_do_not_overlap() {
        let mut nodes = vec![node("a", &[])];
        for i in 1..30 {
            nodes.push(node("+", &[i - 1, i / 3]));
        }
        let corners = Layout::of(&nodes).unwrap().corners;
        for (i, a) in corners.iter().enumerate() {
            for b in &corners[..i] {
                let apart = (a.0 - b.0).abs() >= BOX.0 || (a.1 - b.1).abs() >= BOX.1;
                assert!(apart, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for nodes in [vec![], vec![node("+", &[0, 0])], vec![node("+", &[7])]] {
            assert!(expression_graph("title", &nodes).is_err());
        }
    }
}
