//! embedded-sqs
