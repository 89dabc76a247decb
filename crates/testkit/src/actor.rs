//! Somebody who uses the API.

use std::path::Path;

use fieldpost_model::Id;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::described::{self, Answered};
use crate::socket::TestSocket;

/// Somebody who uses the API, signed in or not.
#[derive(Debug, Clone)]
pub struct Actor {
    client: reqwest::Client,
    url: String,
    headers: HeaderMap,
    /// What comes before every path.
    prefix: &'static str,
    /// The account, once signed in.
    pub id: Id,
    /// The session's secret, once signed in.
    pub token: String,
}

/// What the server answered. It must be looked at: a test that ignores it tests nothing.
#[derive(Debug)]
#[must_use = "say which status is expected: `expect` or `refused`"]
pub struct Reply {
    called: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes of the body.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// The body, where the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{} answered {}",
            self.called,
            String::from_utf8_lossy(&self.bytes)
        );
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// The error's id, where the request was refused with this status.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(body["status_code"], status, "the envelope says another status");
        body["id"].as_str().expect("an error has an id").to_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| {
            panic!("{}: {error}: {}", self.called, String::from_utf8_lossy(&self.bytes))
        })
    }

    /// A header's text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What a request is answered with, if that is what the server says of itself.
async fn answered(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    let (client, request) = request.build_split();
    let request = request?;
    let (method, url) = (request.method().clone(), request.url().clone());
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let response = client.execute(request).await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await?.to_vec();
    let called = format!("{method} {}{query}", url.path());
    let reply = Reply { called, status, headers, bytes };
    described::check(&Answered {
        method: method.as_str(),
        path: url.path(),
        status,
        media: reply.header("content-type"),
        body: &reply.bytes,
    });
    Ok(reply)
}

impl Actor {
    /// The same person at a server that has another address now.
    #[must_use]
    pub fn at(&self, url: String) -> Self {
        Self { url, ..self.clone() }
    }

    /// Somebody who is not signed in, at a server's address.
    pub fn stranger(url: String) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            client,
            url,
            headers: HeaderMap::new(),
            prefix: "/api/v4",
            id: Id::NONE,
            token: String::new(),
        }
    }

    /// Whoever may open a socket of this machine.
    pub fn local(socket: &Path) -> Self {
        let mut actor = Self::stranger("http://localhost".to_owned());
        actor.client =
            reqwest::Client::builder().no_proxy().unix_socket(socket.to_owned()).build().unwrap();
        actor
    }

    /// The same person with another header on every request.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        let name: HeaderName = name.parse().unwrap();
        other.headers.insert(name, HeaderValue::from_str(value).unwrap());
        other
    }

    /// The same person without any header, and so without the session.
    #[must_use]
    pub fn without_headers(&self) -> Self {
        Self { headers: HeaderMap::new(), ..self.clone() }
    }

    /// Signs in with a password; requests then carry the session's secret.
    pub async fn sign_in(&mut self, login: &str, password: &str) {
        let credentials = json!({ "login_id": login, "password": password });
        let reply = self.post("/users/login", credentials).await;
        self.token = reply.header("token").to_owned();
        let user = reply.expect(200);
        self.id = user["id"].as_str().unwrap().parse().unwrap();
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token)).unwrap();
        self.headers.insert("authorization", bearer);
    }

    /// Sends a request; the path is below `/api/v4`.
    pub async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Reply {
        let called = format!("{method} {path}");
        self.try_send(method, path, body).await.unwrap_or_else(|error| panic!("{called}: {error}"))
    }

    /// Sends a request to a server that may not be there.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> reqwest::Result<Reply> {
        let url = format!("{}{}{path}", self.url, self.prefix);
        let request = self.client.request(method, url).headers(self.headers.clone()).body(body);
        answered(request).await
    }

    /// Sends a `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Vec::new()).await
    }

    /// Opens an address outside the API.
    pub async fn get_page(&self, path: &str) -> Reply {
        let mut outside = self.clone();
        outside.prefix = "";
        outside.get(path).await
    }

    /// Sends a request to an address outside the API.
    pub async fn send_outside(&self, method: Method, path: &str, body: Vec<u8>) -> Reply {
        let mut outside = self.clone();
        outside.prefix = "";
        outside.send(method, path, body).await
    }

    /// Sends a `POST` with JSON.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, body.to_string().into_bytes()).await
    }

    /// Sends a `PUT` with JSON.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, body.to_string().into_bytes()).await
    }

    /// Sends a `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, Vec::new()).await
    }

    /// Sends a `POST` with a form of parts.
    pub async fn post_form(&self, path: &str, form: reqwest::multipart::Form) -> Reply {
        let called = format!("POST {path}");
        let request = self
            .client
            .post(format!("{}/api/v4{path}", self.url))
            .headers(self.headers.clone())
            .multipart(form);
        answered(request).await.unwrap_or_else(|error| panic!("{called}: {error}"))
    }

    /// Says something in a channel.
    pub async fn say(&self, channel: &str, message: &str) -> Value {
        let post = json!({ "channel_id": channel, "message": message });
        self.post("/posts", post).await.expect(201)
    }

    /// The id of a channel of a team, by its name.
    pub async fn channel(&self, team: &Value, name: &str) -> String {
        let path = format!("/teams/{}/channels/name/{name}", team["id"].as_str().unwrap());
        self.get(&path).await.expect(200)["id"].as_str().unwrap().to_owned()
    }

    /// Opens a socket, signed in by its handshake.
    pub async fn socket(&self) -> TestSocket {
        TestSocket::open(&self.url, &self.headers, "").await
    }

    /// Opens a socket with a query, such as the one that takes a connection up again.
    pub async fn socket_with(&self, query: &str) -> TestSocket {
        TestSocket::open(&self.url, &self.headers, query).await
    }
}
