//! The route table: what is served, and an honest answer for what is not.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use fieldpost_kernel::{Failure, FailureKind};

use crate::Pages;
use crate::answer::Refusal;
use crate::app::App;
use crate::operations;

/// The routes of the API, as they are added.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    served: BTreeSet<(String, String)>,
}

impl Routes {
    /// Serves an operation. `method` is in upper case.
    pub fn on<H, T>(&mut self, method: &str, path: &str, handler: H)
    where
        H: Handler<T, App, Future = Answering>,
    {
        self.add(
            method,
            path,
            Erased(Arc::new(move |request, app| handler.clone().call(request, app))),
        );
    }

    fn add(&mut self, method: &str, path: &str, handler: Erased) {
        let filter = match method {
            "GET" => MethodFilter::GET,
            "POST" => MethodFilter::POST,
            "PUT" => MethodFilter::PUT,
            "PATCH" => MethodFilter::PATCH,
            "HEAD" => MethodFilter::HEAD,
            _ => MethodFilter::DELETE,
        };
        self.router =
            std::mem::take(&mut self.router).route(&positional(path), on(filter, handler));
        self.served.insert((method.to_owned(), path.to_owned()));
    }

    /// Notes that an operation is served by a router beside this one.
    pub(crate) fn beside(&mut self, method: &str, path: &str) {
        self.served.insert((method.to_owned(), path.to_owned()));
    }

    /// Whether an operation is served, by its path as the API writes it.
    pub fn serves(&self, operation: &operations::Operation) -> bool {
        let key = (operation.method.to_owned(), operation.path.to_owned());
        self.served.contains(&key)
            // HEAD is answered wherever GET is.
            || operation.method == "HEAD"
                && self.served.contains(&("GET".to_owned(), operation.path.to_owned()))
    }

    /// Served operations that the table of known ones lacks: each is a mistake in one of them.
    pub fn unknown(&self) -> Vec<(String, String)> {
        let known = |(method, path): &&(String, String)| {
            operations::known().iter().any(|o| o.method == method && o.path == path)
        };
        self.served.iter().filter(|served| !known(served)).cloned().collect()
    }

    pub(crate) fn into_router(self, pages: Pages) -> Router<App> {
        self.router
            .fallback(async move |request: Request| elsewhere(request, pages).await)
            .method_not_allowed_fallback(async |request: Request| not_served(&request))
    }
}

/// An answer that is being made.
type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler of any type. The router is made by code that is the same for all handlers, so that a
/// start does not touch the code of each: an idle server's memory is mostly such code.
#[derive(Clone)]
struct Erased(Arc<dyn Fn(Request, App) -> Answering + Send + Sync>);

impl Handler<(), App> for Erased {
    type Future = Answering;

    fn call(self, request: Request, app: App) -> Answering {
        (self.0)(request, app)
    }
}

/// A path whose parameters have names by position: the API names the same position differently
/// from route to route.
fn positional(path: &str) -> String {
    let parts = path
        .split('/')
        .enumerate()
        .map(|(n, part)| if part.starts_with('{') { format!("{{p{n}}}") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("/")
}

/// Outside the API, a question is for the web client.
async fn elsewhere(request: Request, pages: Pages) -> Response {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_api = request.uri().path().starts_with("/api/")
        || operations::find(request.method().as_str(), request.uri().path()).is_some();
    if !asks || is_api {
        return not_served(&request);
    }
    let answer = move || pages(request.uri(), request.headers());
    tokio::task::spawn_blocking(answer)
        .await
        .unwrap_or_else(|error| Refusal(Failure::internal(error)).into_response())
}

/// An operation that is known and not built says so; anything else does not exist.
fn not_served(request: &Request) -> Response {
    let failure = match operations::find(request.method().as_str(), request.uri().path()) {
        Some(_) => Failure::new(
            FailureKind::NotBuilt,
            "api.fieldpost.not_built",
            "This part of the API is not built yet.",
        ),
        None => {
            Failure::not_found("api.context.404.app_error", "Sorry, we could not find the page.")
        }
    };
    Refusal(failure).into_response()
}
