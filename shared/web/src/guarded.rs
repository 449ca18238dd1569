//! The extractors of every endpoint that needs a key.
//!
//! A handler that takes a [`Guarded`] or a [`Creating`] runs only after the key, its scope, the rate window, the body's
//! media type and size, and the whole [`Input`] have been checked, in this order.

use axum::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
};
use bytes::Bytes;
use domain::timestamp::Timestamp;
use http::{HeaderMap, Method, Uri, request::Parts};

use crate::{
    backend::Backend, body, caller::Caller, cursor::ListPaging, error::ApiError, fields::Fields,
    idempotency::Once, paging::Query, routes::Route,
};

/// A request that passed every check.
pub struct Guarded<T> {
    pub caller: Caller,
    /// The parsed query and body.
    pub input: T,
}

/// A request that passed every check, to an endpoint whose entry in the route table says that it creates something.
pub struct Creating<T> {
    pub caller: Caller,
    /// The parsed query and body.
    pub input: T,
    /// Carries it out at most once.
    pub once: Once,
}

/// A handler's input, read from a request's query and body.
pub trait Input: Sized {
    /// Reads it; one error names all bad fields.
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError>;
}

/// A request whose body is in memory.
pub struct Incoming<'a> {
    pub caller: &'a Caller,
    pub headers: &'a HeaderMap,
    /// The absolute address.
    pub uri: &'a Uri,
    /// Empty if the endpoint reads no body.
    pub body: &'a Bytes,
    pub now: Timestamp,
    /// The parameters that the route table names.
    pub(crate) query: &'static [&'static str],
}

impl Incoming<'_> {
    /// The query. Every [`Input`] has to finish it, so that unknown parameters are refused.
    pub fn query(&self) -> Query {
        Query::of(self.uri, self.query)
    }

    /// The fields of the body, if the query has no parameters of its own.
    pub fn fields(&self) -> Result<Fields, ApiError> {
        Fields::parse_beside(self.query(), self.body)
    }
}

impl Input for () {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        request.query().finish()
    }
}

impl Input for ListPaging {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let paging = query.list_paging();
        query.finish()?;
        Ok(paging)
    }
}

impl<S, T> FromRequest<S> for Guarded<T>
where
    S: Send + Sync,
    T: Input,
    Backend: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let checked = Checked::read(request, &Backend::from_ref(state)).await?;
        let input = checked.input()?;
        Ok(Self { caller: checked.caller, input })
    }
}

impl<S, T> FromRequest<S> for Creating<T>
where
    S: Send + Sync,
    T: Input,
    Backend: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let backend = Backend::from_ref(state);
        let checked = Checked::read(request, &backend).await?;
        let path = checked.route.path;
        if !checked.route.creates {
            tracing::error!(path, "the route table does not say that this endpoint creates");
            return Err(ApiError::internal());
        }
        let input = checked.input()?;
        let Checked { caller, method, uri, headers, body, .. } = checked;
        let (organisation, mode) = (caller.organisation.id, caller.mode());
        let once = Once { backend, organisation, mode, method, uri, headers, body };
        Ok(Self { caller, input, once })
    }
}

/// A request whose caller may make it, with its body in memory.
struct Checked {
    caller: Caller,
    route: Route,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    now: Timestamp,
}

impl Checked {
    async fn read(request: Request, backend: &Backend) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let caller = parts.extensions.remove::<Caller>().ok_or_else(ApiError::not_authenticated)?;
        let route = parts.extensions.remove::<Route>().ok_or_else(ApiError::not_authenticated)?;
        let body = read_body(&parts, body, &route).await?;
        let Parts { method, uri, headers, .. } = parts;
        Ok(Self { caller, route, method, uri, headers, body, now: backend.clock.now() })
    }

    fn input<T: Input>(&self) -> Result<T, ApiError> {
        let Self { caller, headers, uri, body, now, route, .. } = self;
        T::read(&Incoming { caller, headers, uri, body, now: *now, query: route.query })
    }
}

async fn read_body(parts: &Parts, body: Body, route: &Route) -> Result<Bytes, ApiError> {
    match route.body {
        Some(limits) => body::read(&parts.headers, body, limits).await,
        None => body::read_none(body).await.map(|()| Bytes::new()),
    }
}
