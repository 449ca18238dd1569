//! The auditor at work: silent after whatever the product did, and told apart damage by damage.

mod calls;
mod clean;
mod crossing_reports;
mod damage;
mod damaged_accounts;
mod damaged_books;
mod damaged_campaigns;
mod provider;
