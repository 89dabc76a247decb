//! Plans of the database server. Its tables are almost empty, so reading one as a whole is made
//! dear: what is read so all the same has no index.

use fieldpost_store::postgres_parameters;
use postgres::{Client, NoTls, SimpleQueryMessage};
use serde_json::Value;

use super::Whole;

/// How the server is to think of its work.
const SETTINGS: &str = "SET plan_cache_mode = force_generic_plan; SET seq_page_cost = 50; \
    SET cpu_index_tuple_cost = 1; \
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off";

/// What each statement reads as a whole.
pub(super) fn plans(url: &str, statements: &[String]) -> Vec<Vec<Whole>> {
    let url = url.to_owned();
    let statements = statements.to_vec();
    // The client has a runtime of its own, which must not start inside another.
    let planning = std::thread::spawn(move || {
        let mut client = Client::connect(&url, NoTls).unwrap();
        client.batch_execute(SETTINGS).unwrap();
        statements.iter().map(|sql| plan(&mut client, sql)).collect()
    });
    planning.join().unwrap()
}

fn plan(client: &mut Client, sql: &str) -> Vec<Whole> {
    let sql = postgres_parameters(sql);
    let failed = |error: postgres::Error| -> String { format!("{error:?}: {sql}") };
    let statement = client.prepare(&sql).unwrap_or_else(|error| panic!("{}", failed(error)));
    let nothing = vec!["NULL"; statement.params().len()].join(", ");
    let nothing = if nothing.is_empty() { nothing } else { format!("({nothing})") };
    client.batch_execute(&format!("PREPARE planned AS {sql}")).unwrap();
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE planned{nothing}");
    let answer = client.simple_query(&explain).unwrap_or_else(|error| panic!("{}", failed(error)));
    client.batch_execute("DEALLOCATE planned").unwrap();
    let text = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let plan: Value = serde_json::from_str(text.unwrap()).unwrap();
    let mut found = Vec::new();
    visit(&plan[0]["Plan"], false, &mut found);
    found
}

/// Looks at a step of a plan and all below it. `is_cut` says that only the first rows are wanted.
fn visit(step: &Value, is_cut: bool, found: &mut Vec<Whole>) {
    let kind = step["Node Type"].as_str().unwrap_or_default();
    let is_index = ["Index Scan", "Index Only Scan", "Bitmap Index Scan"].contains(&kind);
    let is_found = is_index && step.get("Index Cond").is_some();
    // The first rows of an index in its order, without any that are passed over.
    let is_first = is_index && is_cut && step.get("Filter").is_none();
    let text = |name: &str| step[name].as_str().map(str::to_owned);
    // A step that only reads an index does not say of which table; its name does.
    let table = text("Relation Name").or_else(|| text("Index Name")).unwrap_or_default();
    let is_whole = (kind == "Seq Scan" || is_index) && !is_found && !is_first;
    // What begins so is the server's own.
    if is_whole && !table.starts_with("pg_") {
        found.push(Whole {
            table,
            index: text("Index Name"),
            said: format!("{kind} {}", step["Filter"].as_str().unwrap_or_default()),
        });
    }
    // Only what hands rows on one by one stops when enough are there.
    let is_cut =
        kind == "Limit" || (is_cut && ["Nested Loop", "LockRows", "Result"].contains(&kind));
    for below in step["Plans"].as_array().into_iter().flatten() {
        visit(below, is_cut, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wholes(plan: &Value) -> Vec<String> {
        let mut found = Vec::new();
        visit(plan, false, &mut found);
        found.into_iter().map(|whole| whole.table).collect()
    }

    #[test]
    fn what_is_read_without_a_condition_is_read_as_a_whole() {
        let all =
            json!({ "Node Type": "Seq Scan", "Relation Name": "post", "Filter": "(at = $1)" });
        let by_index = json!({
            "Node Type": "Index Scan", "Relation Name": "post", "Index Name": "post_at",
            "Index Cond": "(channel = $1)",
        });
        let whole_index = json!({
            "Node Type": "Index Only Scan", "Relation Name": "post", "Index Name": "post_at",
        });
        assert_eq!(wholes(&all), ["post"]);
        assert!(wholes(&by_index).is_empty());
        assert_eq!(wholes(&whole_index), ["post"]);
        assert_eq!(
            wholes(&json!({ "Node Type": "Nested Loop", "Plans": [by_index, all] })),
            ["post"]
        );
        let first = json!({ "Node Type": "Limit", "Plans": [whole_index] });
        assert!(wholes(&first).is_empty());
        let sorted = json!({ "Node Type": "Limit", "Plans": [
            { "Node Type": "Sort", "Plans": [whole_index] },
        ] });
        assert_eq!(wholes(&sorted), ["post"]);
    }
}
