//! An unknown `LOG_LEVEL` stops the system and each of its functions at the start.

use super::process::run_at_log_level;

#[test]
fn an_unknown_log_level_is_a_startup_error_that_lists_the_levels() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let whole = ["--port", "0", "--data", data.to_str().unwrap()];
    let functions =
        ["api", "books", "dispatch", "callbacks", "receipts", "clock"].map(|name| vec!["function", name]);
    for arguments in functions.into_iter().chain([whole.to_vec()]) {
        let ended = run_at_log_level("bogus", &arguments);
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {said}");
        let levels = "LOG_LEVEL: must be one of off, error, warn, info, debug, trace";
        assert!(said.contains(levels), "{arguments:?}: {said}");
    }
    assert!(!data.exists());
}
