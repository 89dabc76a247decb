//! Durable posts a second in one hot channel of servers that share one PostgreSQL.

use std::time::Instant;

use crate::Outcome;
use crate::bench::Bench;
use crate::crowd;
use crate::postgres::Postgres;
use crate::report::{Report, number};
use crate::server::Place;

use super::posts::{CLIENTS, several, typical};

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    for nodes in [1, 2] {
        let database = Postgres::start(bench.scratch()?)?;
        let scratch = bench.scratch()?;
        let mut place = Place { data: scratch.path().join("0"), database: Some(database.url()) };
        let (first, crowd) = crowd::gather(bench, &place, CLIENTS).await?;
        let mut servers = vec![first];
        for node in 1..nodes {
            place.data = scratch.path().join(node.to_string());
            std::fs::create_dir_all(&place.data)?;
            servers.push(place.start(bench)?);
        }
        let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();

        let before = syncs(&database)?;
        let loads = several(bench, &addresses, &crowd).await?;
        let posts: usize = loads.iter().map(|load| load.posts).sum();
        let group = posts as f64 / (syncs(&database)? - before).max(1) as f64;
        drop(servers);
        let bare = bare(&database, group.round().max(1.0) as i64)?;
        report.add(
            format!("{CLIENTS} clients in one channel, servers: {nodes}, PostgreSQL"),
            typical(&loads),
            (
                format!("rows of post, change in bare PostgreSQL, {group:.1} posts a sync"),
                number(bare, "posts/s"),
            ),
        );
    }
    Ok(())
}

/// How often the database server has synced its log.
fn syncs(database: &Postgres) -> Outcome<i64> {
    database.ask(|client| {
        let row = client.query_one(
            "SELECT pg_stat_force_next_flush(), (SELECT wal_sync FROM pg_stat_wal)",
            &[],
        )?;
        Ok(row.get(1))
    })
}

/// Posts a second when the database copies the rows it got into equal tables, so many in one
/// transaction, each synced.
fn bare(database: &Postgres, group: i64) -> Outcome<f64> {
    database.ask(|client| {
        client.batch_execute(
            "CREATE SCHEMA bare; CREATE TABLE bare.post (LIKE public.post INCLUDING ALL); \
             CREATE TABLE bare.change (LIKE public.change INCLUDING ALL)",
        )?;
        let posts = client.prepare(
            "INSERT INTO bare.post SELECT * FROM public.post WHERE key >= $1 AND key < $2",
        )?;
        let changes = client.prepare(
            "INSERT INTO bare.change SELECT * FROM public.change WHERE position IN \
             (SELECT position FROM public.post WHERE key >= $1 AND key < $2)",
        )?;
        let ends = client.query_one("SELECT min(key), max(key) FROM public.post", &[])?;
        let (mut from, last): (i64, i64) = (ends.get(0), ends.get(1));
        let begun = Instant::now();
        let mut written = 0;
        while from <= last && begun.elapsed().as_secs() < 5 {
            let mut transaction = client.transaction()?;
            written += transaction.execute(&posts, &[&from, &(from + group)])?;
            transaction.execute(&changes, &[&from, &(from + group)])?;
            transaction.commit()?;
            from += group;
        }
        Ok(written as f64 / begun.elapsed().as_secs_f64())
    })
}
