//! The text that is printed after the start: the address, the key, and lines to paste.

use std::fmt;

use domain::{
    api_key::ApiKey,
    ids::{BookId, CampaignId},
};

/// The placeholder for a book that does not exist yet.
const NO_BOOK: &str = "BOOK_ID";

/// The content of the text.
pub struct Guide {
    /// The API's address.
    pub base_url: String,
    /// The secret address of the sandbox's inbox, for a browser.
    pub inbox: String,
    /// The demo organisation's key.
    pub key: ApiKey,
    /// A book to send to, if there is one.
    pub book: Option<BookId>,
    /// A campaign for the examples, if there is one.
    pub campaign: Option<CampaignId>,
}

impl Guide {
    /// The lines to paste, each with its purpose. Plain `sh`, so that every shell runs them.
    pub fn commands(&self) -> Vec<(&'static str, String)> {
        let book = self.book.map_or_else(|| NO_BOOK.to_owned(), |book| book.to_string());
        let campaign = self.campaign.unwrap_or(CampaignId::FIRST);
        let send = format!(r#"'{{"group_ids":["{book}"],"message":"Hello from the address book"}}'"#);
        let json = "-H 'Content-Type: application/json'";
        let mut commands = Vec::new();
        if self.book.is_none() {
            commands.push((
                "make an address book, whose id is the BOOK_ID below",
                self.curl("/v1/address-books/", &format!(r#"{json} -d '{{"name":"Customers"}}'"#)),
            ));
        }
        let contacts = self.curl(
            &format!("/v1/address-books/{book}/contacts/"),
            "-H 'Content-Type: text/csv' --data-binary @-",
        );
        commands.extend([
            ("import contacts", format!(r"printf 'phone,first_name\n0799123456,Amina\n' | {contacts}")),
            ("send", self.curl("/v1/sms/send-group/", &format!("{json} -d {send}"))),
            ("status", self.curl(&format!("/v1/sms/campaigns/{campaign}/"), "")),
            ("messages", self.curl(&format!("/v1/sms/campaigns/{campaign}/messages/?page_size=3"), "")),
            ("balance", self.curl("/v1/balance/", "")),
        ]);
        commands
    }

    fn curl(&self, path: &str, options: &str) -> String {
        let Self { base_url, key, .. } = self;
        let line =
            format!("curl -sS '{base_url}{path}' -H 'Authorization: Bearer {}' {options}", key.reveal());
        line.trim_end().to_owned()
    }
}

impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key is in the fragment, which a browser does not send, so it gets into no log.
        writeln!(f, "Console  {}/console/#key={}", self.base_url, self.key.reveal())?;
        writeln!(f, "API      {}/v1/", self.base_url)?;
        writeln!(f, "Key      {}", self.key.reveal())?;
        writeln!(f, "Inbox    {}", self.inbox)?;
        for (purpose, command) in self.commands() {
            write!(f, "\n# {purpose}\n{command}\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guide(book: Option<BookId>) -> Guide {
        let key = ApiKey::generate(domain::api_key::KeyMode::Live, &[7; domain::api_key::RANDOM_BYTES]);
        let inbox = "http://127.0.0.1:8080/LOCAL1/sandbox/inbox".into();
        Guide { base_url: "http://127.0.0.1:8080".into(), inbox, key, book, campaign: None }
    }

    #[test]
    fn every_purpose_has_one_line_to_paste() {
        let book = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        let commands = guide(Some(book)).commands();
        let purposes: Vec<_> = commands.iter().map(|(purpose, _)| *purpose).collect();
        assert_eq!(purposes, ["import contacts", "send", "status", "messages", "balance"]);
        assert!(commands.iter().all(|(_, command)| !command.contains('\n') && !command.contains(NO_BOOK)));
    }

    #[test]
    fn without_a_book_the_guide_says_how_to_create_one() {
        let (purpose, command) = &guide(None).commands()[0];
        assert!(purpose.contains(NO_BOOK) && command.contains("/v1/address-books/"), "{command}");
    }
}
