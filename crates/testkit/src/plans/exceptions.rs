//! What may be read as a whole, and why.

use super::Whole;

/// What is declared: a kind (`table`, `index`, `statement`), its name or text, a reason.
const DECLARED: &str = include_str!("whole.tsv");

/// What may be read as a whole.
#[derive(Debug, Default)]
pub(super) struct Exceptions<'d> {
    /// Tables that stay small.
    tables: Vec<&'d str>,
    /// Indices in which few rows of a large table are.
    indices: Vec<&'d str>,
    /// Statements that are meant to read everything, or how they begin, with `…` at the end.
    statements: Vec<&'d str>,
}

impl Exceptions<'static> {
    /// Those of this project.
    pub(super) fn declared() -> Self {
        Self::read(DECLARED)
    }
}

impl<'d> Exceptions<'d> {
    fn read(text: &'d str) -> Self {
        let mut read = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let [kind, name, reason] = line
                .split('\t')
                .collect::<Vec<_>>()
                .try_into()
                .unwrap_or_else(|_| panic!("whole.tsv: not three columns: {line}"));
            assert!(!reason.is_empty(), "whole.tsv: no reason: {line}");
            match kind {
                "table" => read.tables.push(name),
                "index" => read.indices.push(name),
                "statement" => read.statements.push(name),
                other => panic!("whole.tsv: {other}"),
            }
        }
        read
    }

    /// What a statement reads as a whole and may not.
    pub(super) fn faults(&self, sql: &str, wholes: &[Whole]) -> Vec<String> {
        let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let is = |text: &&str| match text.strip_suffix('…') {
            Some(beginning) => words.starts_with(beginning),
            None => words == **text,
        };
        if self.statements.iter().any(is) {
            return Vec::new();
        }
        let may = |whole: &&Whole| {
            let index = whole.index.as_deref();
            self.tables.contains(&whole.table.as_str())
                || index.is_some_and(|index| self.indices.contains(&index))
        };
        let faults = wholes.iter().filter(|whole| !may(whole));
        faults
            .map(|whole| format!("reads all of {}: {}\n    {words}", whole.table, whole.said))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(table: &str, index: Option<&str>) -> Whole {
        let (table, index) = (table.to_owned(), index.map(str::to_owned));
        Whole { table, index, said: "SCAN".to_owned() }
    }

    #[test]
    fn what_is_not_declared_is_a_fault() {
        let declared = "# kind\n\ntable\tteam\tfew\nindex\tdue\tfew wait\nstatement\tSELECT all…\tit is for all\nstatement\tSELECT 2\ta test\n";
        let exceptions = Exceptions::read(declared);
        let faults = |sql, table, index| exceptions.faults(sql, &[whole(table, index)]).len();
        assert_eq!(faults("SELECT 1", "post", None), 1);
        assert_eq!(faults("SELECT 1", "post", Some("post_channel")), 1);
        assert_eq!(faults("SELECT 1", "post", Some("due")), 0);
        assert_eq!(faults("SELECT 1", "team", None), 0);
        assert_eq!(faults("SELECT  all\n of it", "post", None), 0);
        assert_eq!(faults("SELECT 2", "post", None), 0);
        assert_eq!(faults("SELECT 2 FROM post", "post", None), 1);
    }

    #[test]
    fn the_project_gives_a_reason_for_each() {
        drop(Exceptions::declared());
    }
}
