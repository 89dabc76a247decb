//! The crate graph: what each crate says of its layer, and who uses whom.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// Where the drawing stands in `ARCHITECTURE.md`.
const BEGIN: &str = "<!-- crate graph: begin -->";
const END: &str = "<!-- crate graph: end -->";

/// One crate of the workspace.
pub(crate) struct Member {
    /// What it is for, in its own words.
    description: String,
    /// From 0 at the bottom; none for what only development uses.
    layer: Option<i64>,
    /// The members it uses.
    uses: Vec<String>,
    /// Whether it takes the workspace's lints.
    linted: bool,
}

/// Every crate of the workspace, by its name without the prefix.
pub(crate) struct Graph(BTreeMap<String, Member>);

impl Graph {
    pub(crate) fn read(root: &Path) -> Result<Self, Vec<String>> {
        let mut members = BTreeMap::new();
        let mut complaints = Vec::new();
        let folders = fs::read_dir(root.join("crates")).map_err(|e| vec![e.to_string()])?;
        for folder in folders.flatten() {
            let manifest = folder.path().join("Cargo.toml");
            match member(&manifest) {
                Ok((name, member)) => drop(members.insert(name, member)),
                Err(complaint) => complaints.push(format!("{}: {complaint}", manifest.display())),
            }
        }
        if complaints.is_empty() { Ok(Self(members)) } else { Err(complaints) }
    }

    /// Arrows point down only, and nobody builds on what only development uses.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (name, member) in &self.0 {
            if !member.linted {
                complaints.push(format!("{name} does not take the workspace's lints"));
            }
            let Some(own) = member.layer else { continue };
            for used in &member.uses {
                match self.0.get(used).map(|found| found.layer) {
                    Some(Some(layer)) if layer < own => {}
                    Some(Some(layer)) => complaints.push(format!(
                        "{name} (layer {own}) uses {used} (layer {layer}): arrows point down only"
                    )),
                    Some(None) => complaints
                        .push(format!("{name} uses {used}, which is for development only")),
                    None => complaints.push(format!("{name} uses {used}, which is unknown")),
                }
            }
        }
        complaints
    }

    /// The layers from the top, each crate with what it uses directly.
    pub(crate) fn drawing(&self) -> String {
        let mut lines = vec![BEGIN.to_owned(), "```".to_owned()];
        let mut layers: Vec<i64> = self.0.values().filter_map(|member| member.layer).collect();
        layers.sort_unstable();
        layers.dedup();
        for layer in layers.iter().rev() {
            let mut label = layer.to_string();
            for (name, member) in self.0.iter().filter(|(_, member)| member.layer == Some(*layer)) {
                lines.push(format!("{label:>2}  {name:<10} {}", member.description));
                if !member.uses.is_empty() {
                    lines.push(format!("    {:<10} └─ {}", "", member.uses.join(" · ")));
                }
                label.clear();
            }
        }
        for (name, member) in self.0.iter().filter(|(_, member)| member.layer.is_none()) {
            lines.push(format!(" -  {name:<10} {}", member.description));
        }
        lines.extend(["```".to_owned(), END.to_owned()]);
        lines.join("\n")
    }

    /// Whether `ARCHITECTURE.md` shows the graph as it is.
    pub(crate) fn is_drawn_in(&self, root: &Path) -> bool {
        fs::read_to_string(root.join("ARCHITECTURE.md"))
            .is_ok_and(|text| text.contains(&self.drawing()))
    }

    /// Redraws the graph in `ARCHITECTURE.md`.
    pub(crate) fn draw_into(&self, root: &Path) -> Result<(), Vec<String>> {
        let path = root.join("ARCHITECTURE.md");
        let text = fs::read_to_string(&path).map_err(|e| vec![e.to_string()])?;
        let parts = text.split_once(BEGIN).and_then(|(before, rest)| {
            rest.split_once(END).map(|(_, after)| format!("{before}{}{after}", self.drawing()))
        });
        let drawn = parts.ok_or_else(|| vec!["ARCHITECTURE.md has lost its markers".to_owned()])?;
        fs::write(path, drawn).map_err(|e| vec![e.to_string()])
    }
}

fn member(manifest: &Path) -> Result<(String, Member), String> {
    let text = fs::read_to_string(manifest).map_err(|e| e.to_string())?;
    let table: Table = text.parse().map_err(|e| format!("{e}"))?;
    let package = table.get("package").ok_or("no package")?;
    let name = text_of(package.get("name")).ok_or("no name")?;
    let layer = package
        .get("metadata")
        .and_then(|metadata| metadata.get("fieldpost")?.get("layer"))
        .ok_or("no layer: say [package.metadata.fieldpost] layer = N")?;
    let mut uses: Vec<String> = table
        .get("dependencies")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(|dependencies| dependencies.keys())
        .filter_map(|key| key.strip_prefix("fieldpost-").map(str::to_owned))
        .collect();
    uses.sort();
    let member = Member {
        description: text_of(package.get("description")).ok_or("no description")?,
        layer: layer.as_integer(),
        uses,
        linted: table.get("lints").and_then(|lints| lints.get("workspace"))
            == Some(&Value::Boolean(true)),
    };
    let short = name.strip_prefix("fieldpost-").ok_or("the name has no prefix")?;
    Ok((short.to_owned(), member))
}

fn text_of(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::to_owned)
}
