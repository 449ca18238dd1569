//! The extractor of every endpoint that needs a key.
//!
//! A handler that takes a [`Guarded`] runs only after the key, its scope, the rate window, the body's media type and
//! size, and the whole of its [`Input`] have been checked, in this order.

use axum::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
};
use bytes::Bytes;
use domain::timestamp::Timestamp;
use http::{HeaderMap, Uri, request::Parts};

use crate::{
    backend::Backend,
    body,
    caller::Caller,
    error::ApiError,
    idempotency::Once,
    paging::{Paging, Query},
    routes::Route,
};

/// A request that passed every check.
pub struct Guarded<T> {
    /// Who makes it.
    pub caller: Caller,
    /// Its query and body, read.
    pub input: T,
    /// Carries it out at most once.
    pub once: Once,
}

/// What a handler reads of a request's query and body.
pub trait Input: Sized {
    /// Reads it; one error names all bad fields.
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError>;
}

/// A request whose body is in memory.
pub struct Incoming<'a> {
    /// Who makes it.
    pub caller: &'a Caller,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its absolute address.
    pub uri: &'a Uri,
    /// Its body; empty if the endpoint reads none.
    pub body: &'a Bytes,
    /// When it came.
    pub now: Timestamp,
}

impl Input for () {
    fn read(_: &Incoming<'_>) -> Result<Self, ApiError> {
        Ok(())
    }
}

impl Input for Paging {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = Query::of(request.uri);
        let paging = query.paging();
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
        let backend = Backend::from_ref(state);
        let (mut parts, body) = request.into_parts();
        let caller = parts.extensions.remove::<Caller>().ok_or_else(ApiError::not_authenticated)?;
        let route = parts.extensions.remove::<Route>().ok_or_else(ApiError::not_authenticated)?;
        let body = read_body(&parts, body, &route).await?;
        let Parts { method, uri, headers, .. } = parts;
        let now = backend.clock.now();
        let request = Incoming { caller: &caller, headers: &headers, uri: &uri, body: &body, now };
        let input = T::read(&request)?;
        let (organisation, mode) = (caller.organisation.id, caller.mode());
        let once = Once { backend, route, organisation, mode, method, uri, headers, body };
        Ok(Self { caller, input, once })
    }
}

async fn read_body(parts: &Parts, body: Body, route: &Route) -> Result<Bytes, ApiError> {
    match route.body {
        Some(limits) => body::read(&parts.headers, body, limits).await,
        None => Ok(Bytes::new()),
    }
}
