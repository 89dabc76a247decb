//! What a mail says, once, and how it looks as plain text and as HTML.

/// A part of what a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Something that somebody wrote.
    Quote {
        /// Who, and where.
        by: String,
        /// What.
        text: String,
        /// Where it stands.
        link: String,
    },
    /// What the reader is asked to press.
    Button {
        /// What it says.
        label: String,
        /// Where it leads.
        link: String,
    },
    /// What only some need to read.
    Small(String),
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    title: String,
    blocks: Vec<Block>,
}

impl Page {
    /// A page of a title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// The same page with one more part.
    #[must_use]
    pub fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// The page as plain text.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for block in &self.blocks {
            text.push('\n');
            match block {
                Block::Text(words) | Block::Small(words) => text.push_str(words),
                Block::Quote { by, text: words, link } => {
                    text.push_str(by);
                    for line in words.lines() {
                        text.push_str("\n> ");
                        text.push_str(line);
                    }
                    text.push('\n');
                    text.push_str(link);
                }
                Block::Button { label, link } => {
                    text.push_str(label);
                    text.push_str(":\n");
                    text.push_str(link);
                }
            }
            text.push('\n');
        }
        text
    }

    /// The page as HTML. It refers to nothing that would have to be fetched.
    pub fn html(&self) -> String {
        let mut body = format!("<h1 style=\"{HEAD}\">{}</h1>", escaped(&self.title));
        for block in &self.blocks {
            body.push_str(&html_of(block));
        }
        format!(
            "<!doctype html><html><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title></head>\
             <body style=\"margin:0\"><div style=\"{BODY}\">{body}</div></body></html>",
            escaped(&self.title)
        )
    }
}

const BODY: &str = "max-width:36em;margin:0 auto;padding:24px 16px;\
    font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";
const HEAD: &str = "font-size:20px;line-height:1.3;margin:0 0 16px";
const QUOTE: &str = "margin:0 0 16px;padding:0 0 0 12px;border-left:3px solid #8896a8";
const BUTTON: &str = "display:inline-block;padding:10px 20px;border-radius:6px;\
    background:#1f5fbf;color:#ffffff;text-decoration:none;font-weight:600";
const SMALL: &str = "margin:16px 0 0;font-size:13px;color:#6b7685";

fn html_of(block: &Block) -> String {
    match block {
        Block::Text(words) => format!("<p style=\"margin:0 0 16px\">{}</p>", lines(words)),
        Block::Small(words) => format!("<p style=\"{SMALL}\">{}</p>", lines(words)),
        Block::Quote { by, text, link } => format!(
            "<p style=\"margin:0 0 4px\"><a href=\"{}\">{}</a></p>\
             <blockquote style=\"{QUOTE}\">{}</blockquote>",
            escaped(link),
            escaped(by),
            lines(text)
        ),
        Block::Button { label, link } => format!(
            "<p style=\"margin:0 0 16px\"><a style=\"{BUTTON}\" href=\"{}\">{}</a></p>",
            escaped(link),
            escaped(label)
        ),
    }
}

fn lines(text: &str) -> String {
    escaped(text).replace('\n', "<br>")
}

/// A text as text, whatever stands in it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page::new("News <1>")
            .with(Block::Text("two\nlines".to_owned()))
            .with(Block::Quote {
                by: "@eve".to_owned(),
                text: "<img src=x onerror=alert(1)>\n& more".to_owned(),
                link: "https://x/\"><script>".to_owned(),
            })
            .with(Block::Button { label: "Go".to_owned(), link: "https://x/?a=1&b=2".to_owned() })
            .with(Block::Small("why".to_owned()))
    }

    #[test]
    fn plain_text_says_all_of_it() {
        let expected = "News <1>\n\ntwo\nlines\n\n@eve\n> <img src=x onerror=alert(1)>\n> & more\n\
                        https://x/\"><script>\n\nGo:\nhttps://x/?a=1&b=2\n\nwhy\n";
        assert_eq!(page().text(), expected);
    }

    #[test]
    fn what_people_write_is_never_html() {
        let html = page().html();
        assert!(!html.contains("<img") && !html.contains("<script"), "{html}");
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;<br>&amp; more"), "{html}");
        assert!(html.contains("href=\"https://x/?a=1&amp;b=2\""), "{html}");
    }
}
