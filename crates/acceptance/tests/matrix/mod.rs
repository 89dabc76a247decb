//! The matrix of permissions: every served operation, for every role and state of its object.
//!
//! What is expected stands in `policy/`, derived from the API's permissions and not from what the
//! server does. `docs/permissions.md` says how a line is read and added.
#![expect(clippy::panic, clippy::expect_used, reason = "a mistake in the table has to be named")]

mod blocks;
mod case;
mod events;
mod policy;
mod reach;
mod role;
mod things;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_kernel::RowsExt;
use fieldpost_store::Store;
use serde_json::Value;

use self::case::Case;
use self::policy::{Expect, Operation, Row};
use self::role::Role;
use self::world::World;

/// The operations that are served, as the table names them.
fn served() -> BTreeSet<String> {
    let routes = fieldpost_http::routes();
    let known = fieldpost_http::operations::known().iter();
    known.filter(|o| routes.serves(o)).map(|o| format!("{} {}", o.method, o.path)).collect()
}

#[test]
fn every_served_operation_is_declared_and_no_other() {
    let mut declared = BTreeSet::new();
    for operation in policy::table() {
        assert!(!operation.rows.is_empty(), "{} has no rows", operation.name());
        declared.insert(operation.name());
    }
    let undeclared = policy::undeclared();
    let both: Vec<_> = declared.intersection(&undeclared).collect();
    assert!(both.is_empty(), "declared, so take them out of undeclared.txt: {both:#?}");
    let known: BTreeSet<String> = declared.union(&undeclared).cloned().collect();
    let served = served();
    let missing: Vec<_> = served.difference(&known).collect();
    assert!(missing.is_empty(), "served without a line in policy/: {missing:#?}");
    let superfluous: Vec<_> = known.difference(&served).collect();
    assert!(superfluous.is_empty(), "declared and not served: {superfluous:#?}");
}

/// Asks as each role, and gives what was answered otherwise than declared.
async fn differences(world: &mut World, operation: &Operation, row: &Row) -> Vec<String> {
    let mut found: BTreeMap<String, Vec<Role>> = BTreeMap::new();
    let mut case = Case::new(world, operation, row);
    for role in Role::all() {
        let expected = row.expected[&role];
        if expected == Expect::Never {
            continue;
        }
        let request = case.prepare_as(operation, role).await;
        let store = case.world.site.running().store.clone();
        let before = last_change(&store).await;
        let actor = case.world.actor(role).clone();
        let reply = case.send(&actor, request).await;
        let changed = last_change(&store).await != before;
        if reply.status >= 400 && changed && !operation.noted {
            let difference = format!("answered {} and changed something", reply.status);
            found.entry(difference).or_default().push(role);
        }
        if !expected.is_met_by(reply.status) {
            let said: Value = serde_json::from_slice(&reply.bytes).unwrap_or_default();
            let error = if reply.status < 300 { &Value::Null } else { &said["id"] };
            let difference = format!("declared {expected:?}, answered {} {error}", reply.status);
            found.entry(difference).or_default().push(role);
        }
        if operation.writes() && reply.status < 300 {
            case.forget();
        }
        if operation.again && reply.status < 300 {
            case.world.come_again(role).await;
        }
    }
    let asked =
        format!("{}{} ({}) {}", operation.name(), operation.query, operation.case, row.state);
    let tell = |(difference, roles): (String, Vec<Role>)| {
        let roles: Vec<&str> = roles.into_iter().map(Role::name).collect();
        format!("{asked}: {difference}: {}", roles.join(" "))
    };
    found.into_iter().map(tell).collect()
}

/// The last change that is committed, whether followers read it already or wait for another.
async fn last_change(store: &Store) -> i64 {
    let sql = "SELECT COALESCE(MAX(position), 0) FROM change";
    store.read(move |rows| rows.count(sql, &[])).await.unwrap()
}

#[tokio::test]
async fn everybody_gets_what_is_declared_and_nothing_else() {
    let mut world = World::build().await;
    let only = std::env::var("FIELDPOST_MATRIX").unwrap_or_default();
    let mut found = Vec::new();
    let mut cells = 0;
    for operation in policy::table() {
        if !operation.name().contains(&only) {
            continue;
        }
        for row in &operation.rows {
            cells += row.expected.values().filter(|one| **one != Expect::Never).count();
            found.extend(differences(&mut world, &operation, row).await);
        }
    }
    assert!(cells > 0, "no operation is called {only}");
    assert!(
        found.is_empty(),
        "{} rows differ, of {cells} cells in all:\n{}",
        found.len(),
        found.join("\n")
    );
    assert!(world.site.running().store.verify().await.unwrap().is_empty());
}
