//! Decides which requests are answered, by the host that they name and the page that they come from.
//!
//! A page of any site can make a browser call a port of this machine. Either the request says so in `Origin`, or the
//! site has pointed its own name at this machine (DNS rebinding), and `Host` names the site.

use std::net::IpAddr;

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, StatusCode, header, uri::Authority};
use serde_json::json;

/// Which hosts a request may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hosts {
    /// Only this machine's own: the server listens on loopback.
    Loopback,
    /// Any: the owner made the server listen on an address that other machines can reach.
    Any,
}

impl Hosts {
    /// The hosts of a server that listens on this address.
    pub(crate) fn of(address: IpAddr) -> Self {
        if address.is_loopback() { Self::Loopback } else { Self::Any }
    }

    fn allow(self, host: &Authority) -> bool {
        self == Self::Any || is_loopback(host.host())
    }
}

/// Passes a request on if it may be answered.
pub(crate) async fn check(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    match refusal(hosts, request.headers()) {
        None => next.run(request).await,
        Some(refusal) => refusal.into_response(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Host,
    Origin,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (code, detail) = match self {
            Self::Host => (
                "foreign_host",
                "Only requests to 127.0.0.1, localhost or [::1] are answered on this machine.",
            ),
            Self::Origin => ("foreign_origin", "Pages of other origins may not call this address."),
        };
        (StatusCode::FORBIDDEN, Json(json!({ "detail": detail, "code": code }))).into_response()
    }
}

fn refusal(hosts: Hosts, headers: &HeaderMap) -> Option<Refusal> {
    let host = authority(headers, &header::HOST).filter(|host| hosts.allow(host));
    let Some(host) = host else { return Some(Refusal::Host) };
    let origin = headers.get(header::ORIGIN)?;
    // The scheme is not compared: a proxy in front may add TLS.
    let from = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let is_own = from.is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host.as_str()));
    (!is_own).then_some(Refusal::Origin)
}

/// The only value of a header, as host and port.
fn authority(headers: &HeaderMap, name: &HeaderName) -> Option<Authority> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() || value.contains('@') {
        return None;
    }
    value.parse().ok()
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn answer(hosts: Hosts, lines: &[(HeaderName, &str)]) -> Option<Refusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        refusal(hosts, &headers)
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let host = |name: &str| answer(Hosts::Loopback, &[(header::HOST, name)]);
        for own in ["127.0.0.1:8080", "127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8080", "[::1]"] {
            assert_eq!(host(own), None, "{own}");
        }
        for foreign in [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "user@127.0.0.1",
            "10.0.0.1:8080",
            "0.0.0.0:8080",
            "",
            "127.0.0.1:8080, evil.example",
        ] {
            assert_eq!(host(foreign), Some(Refusal::Host), "{foreign}");
        }
        let twice = [(header::HOST, "127.0.0.1"), (header::HOST, "evil.example")];
        assert_eq!(answer(Hosts::Loopback, &twice), Some(Refusal::Host));
        assert_eq!(answer(Hosts::Loopback, &[]), Some(Refusal::Host));
    }

    #[test]
    fn a_page_may_call_only_the_address_that_it_came_from() {
        let from =
            |origin| answer(Hosts::Loopback, &[(header::HOST, "127.0.0.1:8080"), (header::ORIGIN, origin)]);
        assert_eq!(from("http://127.0.0.1:8080"), None);
        for foreign in [
            "https://evil.example",
            "http://127.0.0.1:3000",
            "http://localhost:8080",
            "http://127.0.0.1:8080.evil.example",
            "null",
            "",
        ] {
            assert_eq!(from(foreign), Some(Refusal::Origin), "{foreign}");
        }
    }

    #[test]
    fn a_server_for_other_machines_accepts_any_host_name_but_no_pages_of_other_origins() {
        assert_eq!(Hosts::of([0, 0, 0, 0].into()), Hosts::Any);
        assert_eq!(Hosts::of([127, 0, 0, 1].into()), Hosts::Loopback);
        let own = [(header::HOST, "sms.example"), (header::ORIGIN, "https://sms.example")];
        assert_eq!(answer(Hosts::Any, &own), None);
        let foreign = [(header::HOST, "sms.example"), (header::ORIGIN, "https://evil.example")];
        assert_eq!(answer(Hosts::Any, &foreign), Some(Refusal::Origin));
    }
}
