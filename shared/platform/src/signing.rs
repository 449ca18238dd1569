//! Signed requests to AWS services for which no SDK client is linked. The SDK's signer makes the signature.

use std::time::SystemTime;

use ::http::Request;
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;

/// A service in a region, and the credentials that sign.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The service's name in signatures.
    pub service: &'static str,
    pub region: &'a str,
    pub credentials: &'a Credentials,
}

/// A signed `POST`; `None` if the request cannot be signed or is not valid HTTP.
pub fn post(
    caller: Caller<'_>,
    url: &str,
    headers: &[(&'static str, &str)],
    body: String,
) -> Option<Request<Bytes>> {
    let identity = caller.credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(caller.region)
        .name(caller.service)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let content = SignableBody::Bytes(body.as_bytes());
    let signable = SignableRequest::new("POST", url, headers.iter().copied(), content).ok()?;
    let (instructions, _) = sign(signable, &parameters).ok()?.into_parts();
    let request =
        headers.iter().fold(Request::post(url), |request, (name, value)| request.header(*name, *value));
    let mut request = request.body(Bytes::from(body)).ok()?;
    instructions.apply_to_request_http1x(&mut request);
    Some(request)
}
