//! The certificate authorities that a connection trusts.

use aws_smithy_http_client::tls::TrustStore;

/// The certificate authorities that a server's certificate must chain to. Plain HTTP ignores them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Roots {
    /// Only Amazon's five. Parsing them at a cold start costs a fifth of parsing the machine's, and no other authority
    /// may issue a certificate for an AWS name.
    Amazon,
    /// The authorities that the operating system trusts. For servers outside AWS.
    Native,
}

/// Their sources and fingerprints are in `roots/README.md`.
pub(super) const AMAZON: [&str; 5] = [
    include_str!("roots/amazon_root_ca_1.pem"),
    include_str!("roots/amazon_root_ca_2.pem"),
    include_str!("roots/amazon_root_ca_3.pem"),
    include_str!("roots/amazon_root_ca_4.pem"),
    include_str!("roots/starfield_services_root_g2.pem"),
];

impl Roots {
    pub(super) fn trust_store(self) -> TrustStore {
        match self {
            Self::Native => TrustStore::default(),
            Self::Amazon => {
                AMAZON.iter().fold(TrustStore::empty(), |store, pem| store.with_pem_certificate(*pem))
            }
        }
    }
}
