//! The answer to a request: its file, its caching and its encoding.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use lambda_http::{Body, Request, RequestExt, Response};

use crate::{
    assets::{Asset, Document, HASH, PAGE, REFERENCE, asset, document},
    headers::{IMMUTABLE, NOT_STORED, REVALIDATED, SECURITY},
};

const ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// The target of a path.
enum Target {
    /// A page, which names the version of all other files.
    Page(&'static Asset),
    Document(&'static Document),
    /// A file under the hash of this version.
    Current(&'static Asset),
    /// A file under another hash: a tab that was open during a deployment still works, and no cache keeps the answer.
    Other(&'static Asset),
    Robots,
    Console,
    Unknown,
}

pub fn answer(request: &Request) -> Response<Body> {
    let mut response = match *request.method() {
        Method::GET | Method::HEAD => found(&target(request.raw_http_path()), request.headers()),
        _ => not_allowed(),
    };
    response.headers_mut().extend(SECURITY);
    response
}

fn target(path: &str) -> Target {
    let Some(below) = path.strip_prefix("/console") else {
        return match path {
            "/" => Target::Console,
            "/robots.txt" => Target::Robots,
            "/docs" | "/docs/" => page(REFERENCE),
            path => document(path).map_or(Target::Unknown, Target::Document),
        };
    };
    if matches!(below, "" | "/") {
        return page(PAGE);
    }
    let versioned = below.strip_prefix("/a/").and_then(|rest| rest.split_once('/'));
    let file = versioned
        .and_then(|(hash, name)| Some((hash, asset(name).filter(|asset| !asset.name.ends_with(".html"))?)));
    match file {
        Some((HASH, asset)) => Target::Current(asset),
        Some((_, asset)) => Target::Other(asset),
        None => Target::Unknown,
    }
}

fn page(name: &str) -> Target {
    asset(name).map_or(Target::Unknown, Target::Page)
}

fn found(target: &Target, headers: &HeaderMap) -> Response<Body> {
    match target {
        Target::Page(page) => revalidated(page, HASH, headers),
        Target::Document(Document { asset, tag, .. }) => revalidated(asset, tag, headers),
        Target::Current(asset) => file(asset, IMMUTABLE, headers),
        Target::Other(asset) => file(asset, NOT_STORED, headers),
        Target::Robots => text(StatusCode::OK, ROBOTS),
        Target::Console => to_the_console(),
        Target::Unknown => text(StatusCode::NOT_FOUND, "There is nothing at this path.\n"),
    }
}

/// A file that names its version, or 304 if the reader has this version.
fn revalidated(asset: &Asset, tag: &str, headers: &HeaderMap) -> Response<Body> {
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known =
        known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = match is_known {
        true => with_status(StatusCode::NOT_MODIFIED, Body::Empty),
        false => file(asset, REVALIDATED, headers),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, REVALIDATED);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn file(asset: &Asset, kept: HeaderValue, headers: &HeaderMap) -> Response<Body> {
    let is_compressed = takes_gzip(headers);
    let bytes = if is_compressed { asset.gzip } else { asset.plain };
    let mut response = with_status(StatusCode::OK, Body::Binary(bytes.to_vec()));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    fields.insert(header::CACHE_CONTROL, kept);
    fields.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if is_compressed {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether the client accepts gzip with a weight above zero.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        is_gzip && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn to_the_console() -> Response<Body> {
    let mut response = text(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/console/"));
    response
}

fn not_allowed() -> Response<Body> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.\n");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = with_status(status, Body::Text(text.to_owned()));
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    fields.insert(header::CACHE_CONTROL, NOT_STORED);
    response
}

fn with_status(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask_with(method: Method, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(&request.body(Body::Empty).unwrap().with_raw_http_path(path))
    }

    fn ask(path: &str) -> Response<Body> {
        ask_with(Method::GET, path, &[])
    }

    fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn every_answer_has_the_content_security_policy() {
        let script = format!("/console/a/{HASH}/app.js");
        for path in [
            "/",
            "/console",
            "/console/",
            &script,
            "/console/none",
            "/robots.txt",
            "/docs/",
            "/v1/openapi.json",
        ] {
            for method in [Method::GET, Method::HEAD, Method::POST] {
                let response = ask_with(method, path, &[]);
                let policy = header(&response, "content-security-policy");
                assert!(
                    policy.contains("require-trusted-types-for 'script'") && !policy.contains("unsafe"),
                    "{path}"
                );
                assert!(
                    policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                    "{path}"
                );
                assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
                assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
                assert!(!header(&response, "cache-control").is_empty(), "{path}");
            }
        }
    }

    #[test]
    fn a_file_is_immutable_under_this_hash_and_not_stored_under_another() {
        for (hash, kept) in [(HASH, "public, max-age=31536000, immutable"), ("0000000000000000", "no-store")]
        {
            let response = ask(&format!("/console/a/{hash}/views/campaigns.js"));
            assert_eq!(response.status(), 200);
            assert_eq!(header(&response, "cache-control"), kept);
            assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
        }
    }

    #[test]
    fn an_unknown_path_is_not_stored_and_never_the_page() {
        let page = format!("/console/a/{HASH}/index.html");
        for path in [
            "/console/none",
            "/console/a/",
            "/console/a/x/none.js",
            "/console/a/x/../app.js",
            "/consoles",
            &page,
        ] {
            let response = ask(path);
            assert_eq!(
                (response.status().as_u16(), header(&response, "cache-control")),
                (404, "no-store"),
                "{path}"
            );
        }
    }

    #[test]
    fn pages_and_documents_are_revalidated_by_their_version() {
        for (path, content) in [
            ("/console/", HASH),
            ("/docs", HASH),
            ("/docs/", HASH),
            ("/v1/openapi.json", "\"openapi\": \"3.1"),
            ("/llms.txt", "/v1/openapi.json"),
        ] {
            let response = ask(path);
            assert_eq!((response.status().as_u16(), header(&response, "cache-control")), (200, "no-cache"));
            let tag = header(&response, "etag").to_owned();
            let has_content = |body: &[u8]| String::from_utf8_lossy(body).contains(content);
            assert!(matches!(response.body(), Body::Binary(body) if has_content(body)), "{path}");
            for known in [tag.clone(), format!("W/{tag}"), format!("\"old\", {tag}")] {
                let again = ask_with(Method::GET, path, &[("if-none-match", &known)]);
                assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, tag.as_str()), "{known}");
            }
            assert_eq!(ask_with(Method::GET, path, &[("if-none-match", "\"old\"")]).status(), 200);
        }
        assert_eq!(header(&ask("/v1/openapi.json"), "content-type"), "application/json");
    }

    #[test]
    fn a_file_travels_compressed_if_the_reader_takes_that() {
        let path = format!("/console/a/{HASH}/app.css");
        for (accepted, encoding) in [
            ("gzip, deflate, br", "gzip"),
            ("br;q=1, GZIP;q=0.5", "gzip"),
            ("gzip;q=0", ""),
            ("identity", ""),
            ("", ""),
        ] {
            let response = ask_with(Method::GET, &path, &[("accept-encoding", accepted)]);
            assert_eq!(header(&response, "content-encoding"), encoding, "{accepted}");
            assert_eq!(header(&response, "vary"), "Accept-Encoding");
        }
    }

    #[test]
    fn only_get_and_head_are_answered() {
        let response = ask_with(Method::POST, "/console/", &[]);
        assert_eq!((response.status().as_u16(), header(&response, "allow")), (405, "GET, HEAD"));
        assert_eq!(ask_with(Method::HEAD, "/console/", &[]).status(), 200);
    }

    #[test]
    fn the_root_leads_to_the_console() {
        let response = ask("/");
        assert_eq!((response.status().as_u16(), header(&response, "location")), (303, "/console/"));
    }
}
