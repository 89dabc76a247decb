//! `fieldpost routes`.

use clap::Args;
use fieldpost_http::operations;
use serde_json::json;

#[derive(Args)]
pub(crate) struct Routes {
    /// Prints JSON, one array of objects.
    #[arg(long)]
    json: bool,
}

impl Routes {
    pub(crate) fn run(self) -> Result<(), String> {
        let routes = fieldpost_http::routes();
        if self.json {
            let rows: Vec<_> = operations::known()
                .iter()
                .map(|o| {
                    let served = routes.serves(o);
                    json!({ "method": o.method, "path": o.path, "tier": o.tier, "served": served })
                })
                .collect();
            println!("{}", serde_json::Value::from(rows));
            return Ok(());
        }
        let mut served = 0;
        for operation in operations::known() {
            let is_served = routes.serves(operation);
            served += usize::from(is_served);
            let word = if is_served { "served " } else { "missing" };
            println!("{word}  tier {}  {:6} {}", operation.tier, operation.method, operation.path);
        }
        println!("{served} of {} operations are served", operations::known().len());
        Ok(())
    }
}
