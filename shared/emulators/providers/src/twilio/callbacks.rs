//! Status callbacks, as Twilio makes and signs them.

use bytes::Bytes;
use domain::msisdn::Msisdn;
use http::{Request, header::CONTENT_TYPE};
use providers::twilio::signature;

use super::account::{FakeTwilio, Fate};

/// A message whose status is called back.
pub(super) struct Reported<'a> {
    pub sid: &'a str,
    pub to: &'a str,
    pub from: &'a str,
    pub status_callback: &'a str,
}

impl FakeTwilio {
    /// Adds the callbacks of a message: `sent`, and its outcome.
    pub(super) fn report(&self, message: &Reported<'_>) {
        let delivered = || Fate { status: "delivered".to_owned(), code: None };
        let number = Msisdn::parse_e164(message.to).ok();
        let fate = number.and_then(|number| self.script().fates.get(&number).cloned());
        let sent = Fate { status: "sent".to_owned(), code: None };
        let fates = [sent, fate.unwrap_or_else(delivered)];
        self.outbox().extend(fates.iter().filter_map(|fate| self.callback(message, fate)));
    }

    /// Twilio neither calls nor signs the fragment, which sets how it connects.
    fn callback(&self, message: &Reported<'_>, fate: &Fate) -> Option<Request<Bytes>> {
        let url = message.status_callback.split('#').next()?;
        let body = self.form(message, fate);
        let signature = signature::sign(&self.credentials().auth_token, url, body.as_bytes());
        Request::post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .header(signature::NAME, signature)
            .header("user-agent", "TwilioProxy/1.1")
            .body(Bytes::from(body))
            .ok()
    }

    fn form(&self, message: &Reported<'_>, fate: &Fate) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("MessageSid", message.sid).append_pair("SmsSid", message.sid);
        form.append_pair("MessageStatus", &fate.status).append_pair("SmsStatus", &fate.status);
        form.append_pair("To", message.to).append_pair("From", message.from);
        form.append_pair("AccountSid", &self.credentials().account_sid)
            .append_pair("ApiVersion", "2010-04-01");
        if let Some(code) = fate.code {
            form.append_pair("ErrorCode", &code.to_string());
        }
        form.finish()
    }
}
