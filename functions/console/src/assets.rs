//! The files of `web/`, packed by `build.rs`.

/// A file that the console serves.
pub struct Asset {
    /// Path below `web/`.
    pub name: &'static str,
    pub media_type: &'static str,
    /// Uncompressed bytes.
    pub plain: &'static [u8],
    /// Bytes compressed with gzip.
    pub gzip: &'static [u8],
}

/// A file that has a path of its own.
pub struct Document {
    pub path: &'static str,
    /// Names this version of it.
    pub tag: &'static str,
    pub asset: Asset,
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The page that loads everything else.
pub const PAGE: &str = "index.html";

/// The page that shows the OpenAPI document.
pub const REFERENCE: &str = "docs.html";

pub fn document(path: &str) -> Option<&'static Document> {
    DOCUMENTS.iter().find(|document| document.path == path)
}

/// The file of this name.
pub fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use sha2::{Digest, Sha256};

    use super::*;

    /// Bytes of all files that the first view loads, as they travel.
    const FIRST_VIEW_BYTES: usize = 30 * 1024;
    /// Bytes of all files together.
    const ALL_BYTES: usize = 240 * 1024;

    fn text(name: &str) -> &'static str {
        std::str::from_utf8(asset(name).unwrap().plain).unwrap()
    }

    /// The files that a module imports when it is loaded, by their names below `web/`.
    fn imports(name: &str) -> Vec<String> {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let paths = text(name).split(" from '").skip(1).filter_map(|rest| rest.split('\'').next());
        paths
            .filter(|path| path.starts_with('.'))
            .map(|path| match path.strip_prefix("../") {
                Some(rest) => rest.to_owned(),
                None if folder.is_empty() => path.trim_start_matches("./").to_owned(),
                None => format!("{folder}/{}", path.trim_start_matches("./")),
            })
            .collect()
    }

    /// The files that `index.html` names.
    fn named_by_the_page() -> Vec<&'static str> {
        let prefix = format!("/console/a/{HASH}/");
        let page = text(PAGE);
        let rest = page.split(prefix.as_str()).skip(1);
        rest.filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn the_vendored_library_is_the_published_one() {
        // `npm pack lit-html@3.3.3` (integrity sha512-el8M6jK2o3RXBnrSHX3Z…) has these files as package/lit-html.js and
        // package/LICENSE.
        for (name, sha256) in [
            ("vendor/lit-html.js", "b878e7f95dec8a9b6e9b217faca6b6a11bad82ebc44c0caa77419ed83edd81f2"),
            ("vendor/LICENSE", "2b66f9390afde29edfe4314daff93f01fb182e1178053e228120178987e5db75"),
        ] {
            assert_eq!(hex::encode(Sha256::digest(asset(name).unwrap().plain)), sha256, "{name}");
        }
    }

    #[test]
    fn the_plain_and_the_compressed_form_of_a_file_have_the_same_content() {
        for asset in ASSETS {
            let mut plain = Vec::new();
            GzDecoder::new(asset.gzip).read_to_end(&mut plain).unwrap();
            assert_eq!(plain, asset.plain, "{}", asset.name);
        }
    }

    #[test]
    fn the_page_names_all_modules_of_the_first_view_so_that_none_waits_for_another() {
        let named = named_by_the_page();
        let mut needed = vec!["app.js".to_owned(), "views/campaigns.js".to_owned()];
        let mut place = 0;
        while let Some(name) = needed.get(place).cloned() {
            for import in imports(&name) {
                if !needed.contains(&import) {
                    needed.push(import);
                }
            }
            place += 1;
        }
        let mut scripts: Vec<_> =
            named.iter().filter(|name| name.ends_with(".js")).map(ToString::to_string).collect();
        scripts.sort();
        needed.sort();
        assert_eq!(scripts, needed);
    }

    #[test]
    fn every_module_imports_files_that_are_there() {
        for asset in ASSETS.iter().filter(|asset| asset.name.ends_with(".js")) {
            for import in imports(asset.name) {
                assert!(super::asset(&import).is_some(), "{} imports {import}", asset.name);
            }
        }
    }

    #[test]
    fn every_text_that_a_page_shows_is_in_the_words() {
        let words = format!("{}{}", text("words/en.js"), text("words/en_pages.js"));
        let mut used = 0;
        let is_page = |name: &str| name.ends_with(".js") && !name.starts_with("words/");
        for asset in ASSETS.iter().filter(|asset| is_page(asset.name)) {
            let text = text(asset.name);
            let begins_a_word = |place: usize| !text[..place].ends_with(|c: char| c.is_ascii_alphanumeric());
            let calls = text.match_indices("t('").filter(|(place, _)| begins_a_word(*place));
            for key in calls.filter_map(|(place, call)| text[place + call.len()..].split('\'').next()) {
                let is_key =
                    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
                let is_there = words.contains(&format!("'{key}':")) || words.contains(&format!("  {key}:"));
                assert!(!is_key || is_there, "{}: {key}", asset.name);
                used += usize::from(is_key);
            }
        }
        assert!(used > 200, "{used}");
    }

    #[test]
    fn the_first_view_is_small() {
        let files = [PAGE].into_iter().chain(named_by_the_page());
        let bytes: usize = files.map(|name| asset(name).unwrap().gzip.len()).sum();
        assert!(bytes <= FIRST_VIEW_BYTES, "{bytes}");
        let all: usize = ASSETS.iter().map(|asset| asset.plain.len()).sum();
        assert!(all <= ALL_BYTES, "{all}");
    }

    #[test]
    fn no_file_has_an_inline_script_a_style_attribute_or_another_origin() {
        for asset in ASSETS.iter().filter(|asset| asset.name != "vendor/LICENSE") {
            let text = text(asset.name);
            for forbidden in [" style=", "innerHTML", "eval(", "<script>", "onclick=", "//cdn", "https://"] {
                let is_vendored = asset.name.starts_with("vendor/");
                assert!(is_vendored || !text.contains(forbidden), "{}: {forbidden}", asset.name);
            }
        }
    }
}
