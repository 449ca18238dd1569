//! The MD5 digest that SQS returns of a message's body, and that events of Lambda carry.

/// The digest in lower-case hexadecimal.
pub(crate) fn of_body(body: &str) -> String {
    format!("{:x}", md5::compute(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_which_aws_was_recorded_to_return() {
        assert_eq!(of_body("msg"), "6e2baaf3b97dbeef01c0043275f9a0e7");
    }
}
