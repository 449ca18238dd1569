//! Signed requests to services of AWS that no SDK client is linked for. The signature is the SDK's own signer's.

use std::time::SystemTime;

use ::http::Request;
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;

/// A service in a region, and who calls it.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The name that the service's requests are signed for.
    pub service: &'static str,
    pub region: &'a str,
    /// Whose request it is.
    pub credentials: &'a Credentials,
}

/// A signed `POST`; `None` if it cannot be signed or has no form in HTTP.
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
