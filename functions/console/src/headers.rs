//! The headers of every answer.

use http::{HeaderName, HeaderValue, header};

/// Scripts, styles, pictures and calls from this origin only; no inline script or style, no form, no frame, and no
/// string as markup but through lit-html's own Trusted Types policy.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types lit-html";

/// Headers of every answer, errors included.
pub const SECURITY: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
    // Browsers ignore this header over plain HTTP, so it does no harm on a developer's machine.
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000")),
];

/// A file under the hash of its version never changes.
pub const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The page is requested each time, because it names the version.
pub const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");
/// An answer that may be wrong a moment later.
pub const NOT_STORED: HeaderValue = HeaderValue::from_static("no-store");
