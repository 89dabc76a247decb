//! Talks to the site that runs on a data directory, over the site's own socket.

use std::path::{Path, PathBuf};

use clap::Args;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// What is asked of a running site, below its API's address.
const API: &str = "/api/v4";

/// Where the running site is.
#[derive(Args)]
pub(crate) struct Site {
    /// Where the files of the running site are.
    #[arg(long, default_value = "./data", env = "FIELDPOST_DATA")]
    pub(crate) data: PathBuf,
}

/// The site that runs on a data directory, as its administrator.
pub(crate) struct Local {
    data: PathBuf,
    runtime: Runtime,
}

/// An answer whose body is still to come, and the task that brings it.
pub(crate) struct Answer {
    pub(crate) response: Response<Incoming>,
    bringing: JoinHandle<()>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.bringing.abort();
    }
}

impl Local {
    /// The site that runs on a data directory, if there is one.
    pub(crate) fn find(data: &Path) -> Result<Option<Self>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let connected = runtime.block_on(fieldpost_server::local::connect(data));
        match connected.map_err(|error| unreachable(data, &error))? {
            Some(_) => Ok(Some(Self { data: data.to_owned(), runtime })),
            None => Ok(None),
        }
    }

    /// The site that runs on a data directory, for what only a running one can do.
    pub(crate) fn running(data: &Path) -> Result<Self, String> {
        Self::find(data)?.ok_or_else(|| not_running(data))
    }

    /// Asks for something; the path is below `/api/v4`.
    pub(crate) fn get(&self, path: &str) -> Result<Value, String> {
        self.ask(Method::GET, path, None)
    }

    /// Has something done.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.ask(Method::POST, path, Some(body))
    }

    /// Has something put in the place of what was there.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.ask(Method::PUT, path, Some(body))
    }

    /// Has something taken away.
    pub(crate) fn delete(&self, path: &str) -> Result<Value, String> {
        self.ask(Method::DELETE, path, None)
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.block_on(async {
            let mut answer = self.send(method, path, Full::new(Bytes::from(body))).await?;
            let status = answer.response.status();
            let read = answer.response.body_mut().collect().await;
            let bytes = read.map_err(|error| broken(&error))?.to_bytes();
            understood(status, &bytes)
        })
    }

    /// Sends a request, and gives the answer as soon as it begins.
    pub(crate) async fn send<B>(
        &self,
        method: Method,
        path: &str,
        body: B,
    ) -> Result<Answer, String>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = fieldpost_server::local::connect(&self.data)
            .await
            .map_err(|error| unreachable(&self.data, &error))?
            .ok_or_else(|| not_running(&self.data))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
        // How the connection ends is seen by whoever reads from it.
        let bringing = tokio::spawn(async move { drop(connection.await) });
        let request = Request::builder()
            .method(method)
            .uri(format!("{API}{path}"))
            .header("host", "localhost")
            .body(body)
            .map_err(|error| error.to_string())?;
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        Ok(Answer { response, bringing })
    }

    /// Runs something that talks to the site, to its end.
    pub(crate) fn block_on<T>(&self, job: impl Future<Output = T>) -> T {
        self.runtime.block_on(job)
    }
}

/// The body of an answer; the message of a refusal.
pub(crate) fn understood(status: StatusCode, bytes: &[u8]) -> Result<Value, String> {
    let body: Option<Value> = serde_json::from_slice(bytes).ok();
    if status.is_success() {
        return if bytes.is_empty() {
            Ok(Value::Null)
        } else {
            body.ok_or_else(|| "the server's answer makes no sense".to_owned())
        };
    }
    let message = body.as_ref().and_then(|body| body.get("message")?.as_str());
    Err(message.map_or_else(|| format!("the server answered {status}"), str::to_owned))
}

/// A name as one part of an address.
pub(crate) fn encoded(name: &str) -> String {
    let mut part = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
    }
    part
}

/// A text of an answer.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str, String> {
    value
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("the server's answer has no {name}"))
}

fn not_running(data: &Path) -> String {
    let data = data.display();
    format!("no fieldpost is running on {data}; start it with `fieldpost serve --data {data}`")
}

fn unreachable(data: &Path, error: &std::io::Error) -> String {
    format!("the fieldpost that runs on {}: {error}", data.display())
}

fn broken(error: &hyper::Error) -> String {
    format!("the connection to the server broke off: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_part_of_an_address() {
        assert_eq!(encoded("hq"), "hq");
        assert_eq!(encoded("a b/../ü?"), "a%20b%2F%2E%2E%2F%C3%BC%3F");
    }
}
