//! The auditor: it finds nothing after scenarios without damage, and finds each kind of damage by its own rule.

mod calls;
mod clean;
mod crossing_reports;
mod damage;
mod damaged_accounts;
mod damaged_books;
mod damaged_campaigns;
mod provider;
mod shared;
