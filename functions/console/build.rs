//! Packs `web/`: names all files by one hash, writes that hash into its pages, and compresses each file once.
//!
//! The result is a table of `Asset`s and of documents beside them in `OUT_DIR`, which `src/assets.rs` includes.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// Documents beside `web/`: the path that they are served at, their file, and its content type.
const DOCUMENTS: [(&str, &str, &str); 2] = [
    ("/v1/openapi.json", "../api/openapi.json", "application/json"),
    ("/llms.txt", "llms.txt", "text/plain; charset=utf-8"),
];
/// The first lines of every page's head; pages have `{{head}}` in their place.
const HEAD: &str = "head.html";
/// Bytes of the hash that names the files: enough for versions of one program.
const HASH_BYTES: usize = 8;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=web");
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let web = package.join("web");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let files = with_head(files(&web)?, &package.join(HEAD))?;
    let hash = hash(&files);
    let mut table = format!("/// Names this version of the files.\npub const HASH: &str = \"{hash}\";\n");
    table.push_str("/// Every file of `web/`.\npub static ASSETS: &[Asset] = &[\n");
    for (name, bytes) in &files {
        let bytes = if name.ends_with(".html") { with_hash(bytes, &hash) } else { bytes.clone() };
        table.push_str(&format!("    {},\n", entry(&out, name, media_type(name)?, &bytes)?));
    }
    table.push_str("];\n/// Every document beside `web/`.\npub static DOCUMENTS: &[Document] = &[\n");
    for (path, file, media_type) in DOCUMENTS {
        println!("cargo::rerun-if-changed={file}");
        let bytes = fs::read(package.join(file))?;
        let (name, tag) = (path.trim_start_matches('/'), hex::encode(&Sha256::digest(&bytes)[..HASH_BYTES]));
        let asset = entry(&out, name, media_type, &bytes)?;
        table.push_str(&format!("    Document {{ path: {path:?}, tag: {tag:?}, asset: {asset} }},\n"));
    }
    table.push_str("];\n");
    fs::write(out.join("table.rs"), table)
}

/// The expression of an `Asset`, whose bytes are written beside the table.
fn entry(out: &Path, name: &str, media_type: &str, bytes: &[u8]) -> io::Result<String> {
    let plain = write(out, name, bytes)?;
    let gzip = write(out, &format!("{name}.gz"), &compressed(bytes)?)?;
    Ok(format!(
        "Asset {{ name: {name:?}, media_type: {media_type:?}, plain: include_bytes!({plain:?}), gzip: include_bytes!({gzip:?}) }}"
    ))
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

/// The files below a folder by their names relative to it, in order.
fn files(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else {
                found.push((name, fs::read(entry.path())?));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn hash(files: &[(String, Vec<u8>)]) -> String {
    let mut digest = Sha256::new();
    for (name, bytes) in files {
        digest.update((name.len() as u64).to_be_bytes());
        digest.update(name);
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    }
    hex::encode(&digest.finalize()[..HASH_BYTES])
}

/// The files, whose pages have their whole head.
fn with_head(files: Vec<(String, Vec<u8>)>, head: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    println!("cargo::rerun-if-changed={HEAD}");
    let head = fs::read_to_string(head)?;
    let whole = |(name, bytes): (String, Vec<u8>)| match name.ends_with(".html") {
        true => (name, String::from_utf8_lossy(&bytes).replace("{{head}}", &head).into_bytes()),
        false => (name, bytes),
    };
    Ok(files.into_iter().map(whole).collect())
}

fn with_hash(page: &[u8], hash: &str) -> Vec<u8> {
    String::from_utf8_lossy(page).replace("{{hash}}", hash).into_bytes()
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Writes a file and gives its path.
fn write(out: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = out.join("web").join(name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, bytes)?;
    Ok(path)
}

/// Refuses a file of a kind that no page needs, so that none is served by mistake.
fn media_type(name: &str) -> io::Result<&'static str> {
    let ending = name.rsplit('.').next().unwrap_or_default();
    match ending {
        "html" => Ok("text/html; charset=utf-8"),
        "css" => Ok("text/css; charset=utf-8"),
        "js" => Ok("text/javascript; charset=utf-8"),
        "svg" => Ok("image/svg+xml"),
        _ if name.ends_with("LICENSE") => Ok("text/plain; charset=utf-8"),
        _ => Err(io::Error::other(format!("web/{name} is of no known kind"))),
    }
}
