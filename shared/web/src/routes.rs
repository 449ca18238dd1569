//! The route table: the properties of each endpoint, and the only way to build a function's router.
//!
//! Each function lists its endpoints in its `endpoints.rs`. The router is built from that list, the end-to-end tests
//! call every entry of it with keys that must not work, and the API reference is compared with it.

use std::pin::Pin;

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use domain::{
    api_key::KeyMode,
    scope::{Scope, Scopes},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use crate::{
    backend::Backend,
    caller::{self, Caller},
    code::ErrorCode,
    error::ApiError,
    paging::Query,
};

/// Largest JSON body, unless an endpoint says otherwise: a hundred ids and ten segments need a fraction of it.
const MAX_JSON_BYTES: usize = 256 * 1024;
/// Media type of JSON.
pub const JSON: &str = "application/json";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Anyone, without a key.
    Open,
    /// A provider, which the handler verifies by a signature or by a secret in the path.
    Provider,
    /// The holder of a working key.
    Key {
        /// The scope that the key needs; `None` if any key will do.
        scope: Option<Scope>,
        /// The modes that the key may have.
        modes: &'static [KeyMode],
    },
}

impl Access {
    /// Any working key.
    pub const ANY_KEY: Self = Self::Key { scope: None, modes: &[KeyMode::Live, KeyMode::Test] };

    /// A key with a scope, live or test.
    pub const fn scope(scope: Scope) -> Self {
        Self::Key { scope: Some(scope), modes: &[KeyMode::Live, KeyMode::Test] }
    }

    /// A live key with a scope: the endpoint changes items that live campaigns use.
    pub const fn live(scope: Scope) -> Self {
        Self::Key { scope: Some(scope), modes: &[KeyMode::Live] }
    }

    fn check(self, mode: KeyMode, scopes: &Scopes) -> Result<(), ApiError> {
        let Self::Key { scope, modes } = self else { return Ok(()) };
        if let Some(scope) = scope.filter(|scope| !scopes.allow(*scope)) {
            let detail = format!("This API key does not have the scope {}.", scope.as_str());
            return Err(ApiError::new(ErrorCode::MissingScope, detail));
        }
        if !modes.contains(&mode) {
            return Err(ApiError::new(ErrorCode::KeyModeNotAllowed, wrong_mode(mode)));
        }
        Ok(())
    }
}

/// Why a key of this mode is refused.
const fn wrong_mode(mode: KeyMode) -> &'static str {
    match mode {
        KeyMode::Test => {
            "A test API key cannot change address books, contacts and opt-outs, since live campaigns depend on them. \
             Use a live key."
        }
        KeyMode::Live => "This endpoint accepts only test API keys.",
    }
}

/// The most bytes of a request body, and the kinds that it may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BodyLimits {
    /// The media types that an error lists; empty if any is accepted.
    pub media_types: &'static [&'static str],
    /// Further media types that are read.
    pub also: &'static [&'static str],
    pub max_bytes: usize,
}

/// One entry of the route table.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    /// The path pattern, without its final slash.
    pub path: &'static str,
    pub access: Access,
    /// `None` if the endpoint reads no body.
    pub body: Option<BodyLimits>,
    /// Whether the endpoint creates something, and so uses an `Idempotency-Key`.
    pub creates: bool,
    /// The names of query parameters; other parameters are refused, except at callback addresses.
    pub query: &'static [&'static str],
    /// Whether its answer depends on `Accept`.
    pub negotiates: bool,
}

impl Route {
    const fn new(method: Method, path: &'static str, access: Access) -> Self {
        Self { method, path, access, body: None, creates: false, query: &[], negotiates: false }
    }

    pub const fn get(path: &'static str, access: Access) -> Self {
        Self::new(Method::GET, path, access)
    }

    /// `POST`
    pub const fn post(path: &'static str, access: Access) -> Self {
        Self::new(Method::POST, path, access)
    }

    /// `PATCH`
    pub const fn patch(path: &'static str, access: Access) -> Self {
        Self::new(Method::PATCH, path, access)
    }

    /// `DELETE`
    pub const fn delete(path: &'static str, access: Access) -> Self {
        Self::new(Method::DELETE, path, access)
    }

    /// Takes a JSON body of ordinary size.
    pub const fn json(self) -> Self {
        self.takes(&[JSON], MAX_JSON_BYTES)
    }

    /// Takes a body of one of these media types (of any if empty).
    pub const fn takes(mut self, media_types: &'static [&'static str], max_bytes: usize) -> Self {
        self.body = Some(BodyLimits { media_types, also: &[], max_bytes });
        self
    }

    /// Accepts further media types, which clients use and an error does not list.
    pub const fn also_takes(mut self, media_types: &'static [&'static str]) -> Self {
        if let Some(limits) = &mut self.body {
            limits.also = media_types;
        }
        self
    }

    /// Marks it as creating something: see [`crate::idempotency`].
    pub const fn creates(mut self) -> Self {
        self.creates = true;
        self
    }

    /// Takes these parameters in its query.
    pub const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    /// Takes a page in its query.
    pub const fn paged(self) -> Self {
        self.query(&["cursor", "page", "page_size"])
    }

    /// Marks that its answer depends on `Accept`.
    pub const fn negotiates(mut self) -> Self {
        self.negotiates = true;
        self
    }

    pub const fn needs_key(&self) -> bool {
        matches!(self.access, Access::Key { .. })
    }

    /// The endpoint: this entry and the handler that answers it.
    pub fn to<H, T, S>(self, handler: H) -> Endpoint<S>
    where
        H: Handler<T, S>,
        T: 'static,
        S: Clone + Send + Sync + 'static,
    {
        let filter = MethodFilter::try_from(self.method.clone()).unwrap_or(MethodFilter::GET);
        let handler = on(filter, CheckingAccess { route: self.clone(), handler });
        Endpoint { route: self, handler }
    }

    /// Checks a request against the entry, which handlers then read the body's limits and the query's parameters from.
    /// An endpoint without a key has no [`Input`](crate::Input), so that its query is checked here.
    fn check(self, mut request: Request) -> Result<Request, ApiError> {
        if self.needs_key() {
            let caller = request.extensions().get::<Caller>().ok_or_else(ApiError::not_authenticated)?;
            self.access.check(caller.mode(), caller.scopes())?;
        }
        if self.access == Access::Open {
            Query::of(request.uri(), self.query).finish()?;
        }
        request.extensions_mut().insert(self);
        Ok(request)
    }
}

/// A handler behind the check of its entry. It is not a middleware, because a layer costs each route several
/// allocations when the router is built, at every cold start.
#[derive(Clone)]
struct CheckingAccess<H> {
    route: Route,
    handler: H,
}

impl<H, T, S> Handler<T, S> for CheckingAccess<H>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        Box::pin(async move {
            let Self { route, handler } = self;
            let negotiates = route.negotiates;
            let request = match route.check(request) {
                Ok(request) => request,
                Err(error) => return error.into_response(),
            };
            let mut response = handler.call(request, state).await;
            if negotiates {
                response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
            }
            response
        })
    }
}

/// An entry of the route table with its handler.
#[derive(Clone, Debug)]
pub struct Endpoint<S> {
    route: Route,
    handler: MethodRouter<S>,
}

impl<S> Endpoint<S> {
    pub const fn route(&self) -> &Route {
        &self.route
    }
}

/// A function's routes: every one of them has an entry in the table.
#[derive(Clone, Debug)]
pub struct Routes(Router);

impl Routes {
    /// Endpoints with authentication for those that need a key and for unknown paths.
    pub fn behind_keys<S>(endpoints: Vec<Endpoint<S>>, backend: &Backend, state: S) -> Self
    where
        S: Clone + Send + Sync + 'static,
    {
        let (keyed, open): (Vec<_>, Vec<_>) =
            endpoints.into_iter().partition(|endpoint| endpoint.route.needs_key());
        let authenticate = middleware::from_fn_with_state(backend.clone(), caller::authenticate);
        let backend = backend.clone();
        let keyed = router(keyed).route_layer(authenticate).fallback(move |headers: HeaderMap, uri: Uri| {
            caller::unknown_path(backend.clone(), headers, uri)
        });
        Self(keyed.merge(router(open)).with_state(state))
    }

    /// Endpoints that need no key. One that needed a key would refuse every request. `unrouted` is called for each
    /// request whose path or method no endpoint has.
    pub fn without_keys<S>(endpoints: Vec<Endpoint<S>>, state: S, unrouted: fn(&S)) -> Self
    where
        S: Clone + Send + Sync + 'static,
    {
        let unknown_path = move |State(state): State<S>, uri: Uri| async move {
            unrouted(&state);
            ApiError::unknown_path_of(uri.path())
        };
        let wrong_method = move |State(state): State<S>| async move {
            unrouted(&state);
            StatusCode::METHOD_NOT_ALLOWED
        };
        let routed = router(endpoints).fallback(unknown_path).method_not_allowed_fallback(wrong_method);
        Self(routed.with_state(state))
    }

    pub(crate) fn into_router(self) -> Router {
        self.0
    }
}

fn router<S: Clone + Send + Sync + 'static>(endpoints: Vec<Endpoint<S>>) -> Router<S> {
    endpoints
        .into_iter()
        .fold(Router::new(), |router, Endpoint { route, handler }| router.route(route.path, handler))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_needs_the_scope_and_one_of_the_modes() {
        let code = |access: Access, mode, scopes: &[Scope]| {
            access.check(mode, &scopes.iter().copied().collect()).err().map(|error| error.code())
        };
        let send = Access::scope(Scope::Send);
        assert_eq!(code(send, KeyMode::Test, &[Scope::Read, Scope::Send]), None);
        assert_eq!(code(send, KeyMode::Live, &[Scope::Read]), Some(ErrorCode::MissingScope));
        assert_eq!(code(Access::ANY_KEY, KeyMode::Live, &[]), None);
        let live = Access::live(Scope::WriteBooks);
        assert_eq!(code(live, KeyMode::Live, &[Scope::WriteBooks]), None);
        assert_eq!(code(live, KeyMode::Live, &[]), Some(ErrorCode::MissingScope));
        assert_eq!(code(live, KeyMode::Test, &[Scope::WriteBooks]), Some(ErrorCode::KeyModeNotAllowed));
        assert_eq!(code(Access::Open, KeyMode::Test, &[]), None);
    }
}
