//! The stores and the time that every authenticated endpoint uses.

use platform::{
    clock::Clock,
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
};
use stores::Stores;

/// The tables and the time.
#[derive(Clone, Debug)]
pub struct Backend {
    pub stores: Stores,
    pub clock: Clock,
}

impl Backend {
    /// Reads the environment, for a function's `main`.
    pub fn read(environment: &mut Environment<'_>, http: &HttpClient) -> Self {
        Self { stores: Stores::read(environment, http), clock: Clock::machine() }
    }

    /// Reads the process's environment, for a function that needs nothing else.
    pub fn from_process() -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(&platform::environment::process);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let backend = http.map(|http| Self::read(&mut environment, &http));
        environment.finish(backend)
    }
}
