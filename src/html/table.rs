//! A small table in HTML, with its styles inside: it needs no sheet and no script, and takes the colours around it, so that it can be
//! read in light and in dark. Whatever stands in it is escaped.

use crate::error::printable;

const TABLE: &str = "border-collapse:collapse;margin:4px 0;font:12px/1.6 ui-monospace,Menlo,Consolas,monospace;\
                     color:inherit;background:transparent";
const CAPTION: &str =
    "caption-side:top;text-align:left;padding:2px 8px;font-weight:600;color:inherit;white-space:nowrap";
const CELL: &str = "text-align:left;vertical-align:top;padding:1px 8px;border:0;color:inherit";

/// Notebooks look for formulas everywhere but in what has these classes.
const TEXT: &str = "tex2jax_ignore mathjax_ignore";

/// What a row is about, as its colour tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tint {
    None,
    Good,
    Change,
    Bad,
}

impl Tint {
    fn background(self) -> &'static str {
        match self {
            Self::None => "transparent",
            Self::Good => "rgba(46,160,67,.16)",
            Self::Change => "rgba(191,135,0,.18)",
            Self::Bad => "rgba(248,81,73,.16)",
        }
    }
}

/// Wider than any table is here.
const WHOLE_WIDTH: &str = "9";

/// A table, row by row. The last of several columns takes what room there is; the others are never broken.
pub(super) struct Table {
    html: String,
}

impl Table {
    /// A table with these words above it.
    pub(super) fn new(caption: &str) -> Self {
        let caption = escaped(caption);
        Self {
            html: format!(
                "<table class=\"{TEXT}\" style=\"{TABLE}\"><caption style=\"{CAPTION}\">{caption}</caption><tbody>"
            ),
        }
    }

    /// One more row.
    pub(super) fn row(&mut self, tint: Tint, cells: &[&str]) {
        self.html.extend(["<tr style=\"background:", tint.background(), "\">"]);
        for (place, cell) in cells.iter().enumerate() {
            let breaks = if place > 0 && place + 1 == cells.len() {
                "white-space:pre-wrap;overflow-wrap:anywhere"
            } else {
                "white-space:nowrap"
            };
            self.html.extend(["<td style=\"", CELL, ";", breaks, "\">", &escaped(cell), "</td>"]);
        }
        self.html.push_str("</tr>");
    }

    /// A line of text, as wide as the table.
    pub(super) fn line(&mut self, text: &str) {
        let text = escaped(text);
        self.html.extend([
            "<tr style=\"background:transparent\"><td colspan=\"",
            WHOLE_WIDTH,
            "\" style=\"",
            CELL,
        ]);
        self.html.extend([";white-space:pre-wrap\">", &text, "</td></tr>"]);
    }

    /// The whole of it.
    pub(super) fn end(mut self) -> String {
        self.html.push_str("</tbody></table>");
        self.html
    }
}

/// Text, as text: no markup, and no characters that turn or hide it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for line in text.split('\n') {
        if !escaped.is_empty() {
            escaped.push('\n');
        }
        for char in printable(line).chars() {
            match char {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                char => escaped.push(char),
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_it_is_text() {
        let mut table = Table::new("<b>\u{202e}a & b</b>");
        table.row(Tint::Bad, &["<script>alert('1')</script>", "\"$x$\"\nnext"]);
        let html = table.end();
        assert!(html.contains("&lt;b&gt;\\u{202e}a &amp; b&lt;/b&gt;</caption>"), "{html}");
        assert!(html.contains(">&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</td>"), "{html}");
        assert!(html.contains(">&quot;$x$&quot;\nnext</td></tr></tbody></table>"), "{html}");
        assert_eq!(html.matches("background:rgba(248,81,73,.16)").count(), 1);
    }
}
