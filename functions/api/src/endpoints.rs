//! The route table of this function.

use domain::scope::Scope;
use web::{Access, Endpoint, Route, Routes};

use crate::{
    account,
    api::Api,
    campaigns::{control, list, message, messages, messages_to, reasons, status, timeline},
    health, ledger, send,
};

const READ: Access = Access::scope(Scope::Read);
const SEND: Access = Access::scope(Scope::Send);
const ACCOUNT: Access = Access::scope(Scope::Account);

/// Parameters of the list of campaigns.
const LISTED: [&str; 7] = ["status", "q", "from", "to", "cursor", "page", "page_size"];
/// Parameters of a campaign's messages.
const FILTERED: [&str; 5] = ["status", "mobile", "cursor", "page", "page_size"];

/// Parameters of the ledger.
const LEDGER: [&str; 7] = ["kind", "campaign_id", "from", "to", "cursor", "page", "page_size"];
/// Parameters of a month's statement.
const STATEMENT: [&str; 4] = ["month", "cursor", "page", "page_size"];

/// Every endpoint of this function.
pub fn endpoints() -> Vec<Endpoint<Api>> {
    vec![
        Route::get("/v1", Access::ANY_KEY).to(account::root),
        Route::get("/v1/account", Access::ANY_KEY).to(account::account),
        Route::get("/v1/health", Access::Open).to(health::health),
        Route::get("/v1/balance", ACCOUNT).to(account::balance),
        Route::get("/v1/wallet/entries", ACCOUNT).query(&LEDGER).to(ledger::entries),
        Route::get("/v1/wallet/statement", ACCOUNT).query(&STATEMENT).negotiates().to(ledger::statement),
        Route::post("/v1/sms/send-group", SEND).json().creates().to(send::send_group),
        Route::get("/v1/bulk-sms/sender-ids", READ).to(account::sender_ids),
        Route::get("/v1/sms/campaigns", READ).query(&LISTED).to(list::campaigns),
        Route::post("/v1/sms/campaigns/status", READ).json().to(status::by_body),
        Route::post("/v1/sms/campaigns/messages", READ).json().paged().negotiates().to(messages::by_body),
        Route::get("/v1/sms/campaigns/{campaign}", READ).to(status::by_path),
        Route::get("/v1/sms/campaigns/{campaign}/messages", READ)
            .query(&FILTERED)
            .negotiates()
            .to(messages::by_path),
        Route::get("/v1/sms/campaigns/{campaign}/reasons", READ).to(reasons::reasons),
        Route::get("/v1/sms/campaigns/{campaign}/timeline", READ).to(timeline::timeline),
        Route::get("/v1/sms/messages", READ).query(&["mobile"]).to(messages_to::messages_to),
        Route::get("/v1/sms/messages/{message}", READ).to(message::message),
        Route::post("/v1/sms/campaigns/{campaign}/resend", SEND).json().creates().to(send::again::resend),
        Route::post("/v1/sms/campaigns/{campaign}/reschedule", SEND).json().to(control::reschedule),
        Route::post("/v1/sms/campaigns/{campaign}/cancel", SEND).to(control::cancel),
        Route::post("/v1/sms/campaigns/{campaign}/pause", SEND).to(control::pause),
        Route::post("/v1/sms/campaigns/{campaign}/resume", SEND).to(control::resume),
    ]
}

impl Api {
    /// The endpoints as a router.
    pub fn routes(&self) -> Routes {
        Routes::behind_keys(endpoints(), &self.backend, self.clone())
    }
}
