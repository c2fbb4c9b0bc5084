//! The way to the bureau and back, with everything that can happen on it.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::bureau::{Confirmation, Said, Standing};
use super::fault::Fault;
use super::form::{self, Form};
use super::mutation::Mutation;
use super::personality::{Callbacks, MINUTE, Personality};
use super::world::{Gate, Shared, World, instant};
use crate::id::{IntentKey, ProviderId};
use crate::invoice::{InvoiceKind, InvoiceNumber};
use crate::money::Money;
use crate::provider::{
    CallbackEvent, CallbackOutcome, CallbackTrust, Capabilities, Capability, Document, DocumentFormat,
    Effect, ErrorKind, InvoiceProvider, IssueAnswer, IssueRequest, IssuedInvoice, PreparedRequest,
    ProviderError, QueryAnswer, RedAnswer, RedConfirmation, RedForm, RedFormPage, RedFormRow,
};

pub(super) struct SimProvider {
    pub(super) world: Shared,
    /// Which of the two bureaus.
    at: usize,
    id: ProviderId,
    capabilities: Capabilities,
}

/// Less than the quiet period by what a worker may stand still between storing and sending.
const STANDSTILL: i64 = 5 * MINUTE;

impl SimProvider {
    pub(super) fn new(world: Shared, at: usize, id: ProviderId) -> Self {
        let capabilities = {
            let world = world.lock();
            capabilities(&world.bureaus[at].personality, world.mutation)
        };
        Self { world, at, id, capabilities }
    }
}

fn capabilities(personality: &Personality, mutation: Option<Mutation>) -> Capabilities {
    let quiet = Duration::from_millis(u64::try_from(personality.quiet).unwrap_or(0));
    let mut all = Capabilities::new([InvoiceKind::DIGITAL_ORDINARY, InvoiceKind::DIGITAL_SPECIAL])
        .with(Capability::IssueRed)
        .with_quiet_period(if mutation == Some(Mutation::NoQuietPeriod) { Duration::ZERO } else { quiet })
        .with_poll_after(Duration::from_secs(10))
        .with_max_rows(8)
        .with_files([DocumentFormat::Pdf]);
    for (has, capability) in [
        (personality.idempotent || mutation == Some(Mutation::BlindResend), Capability::Idempotent),
        (personality.query, Capability::QueryByKey),
        (personality.confirms, Capability::RedConfirmation),
        (personality.forms, Capability::ListConfirmations),
        (personality.forms, Capability::AnswerConfirmation),
        (personality.automatic && mutation != Some(Mutation::AutomaticRedMissed), Capability::AutomaticRed),
    ] {
        if has {
            all = all.with(capability);
        }
    }
    match personality.callbacks {
        Callbacks::None => all,
        Callbacks::Unsigned => all.with_callbacks(CallbackTrust::Unsigned),
        Callbacks::Signed => all.with_callbacks(CallbackTrust::Signed),
    }
}

fn unknown() -> ProviderError {
    ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown)
}

fn later(kind: ErrorKind, code: &str) -> ProviderError {
    ProviderError::new(kind, Effect::NotApplied).with_code(code).with_retry_after(Duration::from_secs(30))
}

/// What happens to a request on its way.
enum Fate {
    Lost,
    Delayed(i64),
    Refused(ProviderError),
    Arrives { twice_at: Option<i64>, answered: bool },
}

impl World {
    fn fate(&mut self, at: usize, seller: &str) -> Fate {
        let often = self.weather.bureau;
        if self.now < self.bureaus[at].dark_until {
            return Fate::Lost;
        }
        let still = |until: Option<&i64>| until.is_some_and(|until| self.now < *until);
        if still(self.bureaus[at].operator_until.get(seller)) {
            self.auditor.blocked(seller, self.now);
            return Fate::Refused(later(ErrorKind::OperatorNeeded, "LOGIN"));
        }
        if still(self.bureaus[at].quota_until.get(seller)) {
            self.auditor.blocked(seller, self.now);
            return Fate::Refused(later(ErrorKind::QuotaExceeded, "QUOTA"));
        }
        for (fault, code) in [(Fault::OperatorNeeded, "LOGIN"), (Fault::FaceCheck, "FACE")] {
            if self.strikes(fault, often / 4) {
                let until = self.now + self.rng.between(MINUTE, 60 * MINUTE);
                self.bureaus[at].operator_until.insert(seller.to_owned(), until);
                self.auditor.blocked(seller, self.now);
                return Fate::Refused(later(ErrorKind::OperatorNeeded, code));
            }
        }
        if self.strikes(Fault::QuotaExceeded, often / 4) {
            let until = self.now + self.rng.between(MINUTE, 24 * 60 * MINUTE);
            self.bureaus[at].quota_until.insert(seller.to_owned(), until);
            self.auditor.blocked(seller, self.now);
            return Fate::Refused(later(ErrorKind::QuotaExceeded, "QUOTA"));
        }
        if self.strikes(Fault::Outage, often / 6) {
            self.bureaus[at].dark_until = self.now + self.rng.between(MINUTE, 40 * MINUTE);
            return Fate::Lost;
        }
        if self.strikes(Fault::RateLimited, often) {
            return Fate::Refused(later(ErrorKind::RateLimited, "E9613"));
        }
        if self.strikes(Fault::Busy, often) {
            return Fate::Refused(ProviderError::new(ErrorKind::Busy, Effect::NotApplied));
        }
        if self.strikes(Fault::RequestLost, often) {
            return Fate::Lost;
        }
        if self.strikes(Fault::RequestLate, often) {
            let longest = self.bureaus[at].personality.quiet - STANDSTILL;
            return Fate::Delayed(self.now + self.rng.between(1_000, longest));
        }
        let twice = self.bureaus[at].personality.idempotent && self.strikes(Fault::RequestDoubled, often);
        let twice_at = twice.then(|| self.now + self.rng.between(0, 10 * MINUTE));
        let silent = self.bureaus[at].script.silent;
        let lost = self.strikes(Fault::AnswerLost, often) || self.strikes(Fault::SaidFailed, often);
        let answered = !(silent || lost);
        Fate::Arrives { twice_at, answered }
    }

    /// One request to issue, all the way there and back.
    fn send(&mut self, at: usize, form: &Form) -> Result<IssueAnswer, ProviderError> {
        let (twice_at, answered) = match self.fate(at, &form.seller) {
            Fate::Lost => return Err(unknown()),
            Fate::Refused(error) => return Err(error),
            Fate::Delayed(then) => {
                self.bureaus[at].delay(form.clone(), false, then);
                return Err(unknown());
            }
            Fate::Arrives { twice_at, answered } => (twice_at, answered),
        };
        let seen = self.bureaus[at].docs.len();
        let said = self.bureaus[at].arrive(form, self.now, &mut self.rng, &mut self.tally);
        self.audit_docs(at, seen);
        if let Some(then) = twice_at {
            self.bureaus[at].delay(form.clone(), false, then);
        }
        if !answered {
            return Err(unknown());
        }
        match said {
            Said::Issued(doc) => Ok(IssueAnswer::Issued(self.issued(at, doc)?)),
            Said::Accepted if self.mutated(Mutation::AcceptedIsIssued) => {
                Ok(IssueAnswer::Issued(self.invented(form)?))
            }
            Said::Accepted => Ok(IssueAnswer::Accepted { poll_after: Duration::from_secs(20) }),
            Said::Denied => {
                Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("E9105"))
            }
            Said::Duplicate => {
                Err(ProviderError::new(ErrorKind::Duplicate, Effect::Unknown).with_code("E9106"))
            }
        }
    }

    fn issued(&self, at: usize, doc: usize) -> Result<IssuedInvoice, ProviderError> {
        let doc = self.bureaus[at].docs.get(doc).ok_or_else(unknown)?;
        issued_of(&doc.number, doc.at, doc.form.totals)
    }

    fn invented(&self, form: &Form) -> Result<IssuedInvoice, ProviderError> {
        let serial = u64::try_from(self.now).unwrap_or(0);
        issued_of(&super::bureau::number(self.now, serial), self.now, form.totals)
    }

    fn look_up(&mut self, at: usize, key: &str) -> Result<QueryAnswer, ProviderError> {
        if self.is_not_answered(at) {
            return Err(unknown());
        }
        match self.bureaus[at].standing(key) {
            Some(Standing::Issued { doc }) => Ok(QueryAnswer::Issued(self.issued(at, doc)?)),
            Some(Standing::Denied) => Ok(QueryAnswer::Denied { code: "E9105".to_owned() }),
            Some(Standing::Working { .. }) => {
                Ok(QueryAnswer::Pending { poll_after: Duration::from_secs(20) })
            }
            Some(Standing::Locked { .. }) | None => {
                if self.bureaus[at].under_way(key) {
                    self.tally.count(Fault::NotFoundYet);
                }
                if self.mutated(Mutation::NotFoundIsDenial) {
                    return Ok(QueryAnswer::Denied { code: "NOT-FOUND".to_owned() });
                }
                Ok(QueryAnswer::NotFound)
            }
        }
    }
}

pub(super) fn issued_of(
    number: &str,
    at: i64,
    [net, tax, gross]: [i64; 3],
) -> Result<IssuedInvoice, ProviderError> {
    let number: InvoiceNumber = number.parse().map_err(|_| unknown())?;
    let (net, tax, gross) = (Money::from_fen(net), Money::from_fen(tax), Money::from_fen(gross));
    Ok(IssuedInvoice { number, issued_at: instant(at), net, tax, gross })
}

impl World {
    /// Whether a question meets nobody.
    fn is_not_answered(&mut self, at: usize) -> bool {
        let often = self.weather.bureau;
        self.now < self.bureaus[at].dark_until || self.strikes(Fault::QueryFailed, often)
    }

    fn shown(&self, at: usize, confirmation: &Confirmation) -> Result<RedConfirmation, ProviderError> {
        let hidden = self.mutated(Mutation::AutomaticRedMissed);
        let red = confirmation.red.filter(|_| !hidden).map(|doc| self.issued(at, doc)).transpose()?;
        Ok(RedConfirmation {
            number: confirmation.number.clone(),
            state: confirmation.state,
            expires_at: confirmation.expires_at.map(instant),
            red,
        })
    }
}

impl World {
    fn listed(&self, at: usize, key: &str, known: &Confirmation) -> Result<RedForm, ProviderError> {
        let rows = known.form.rows.iter().map(|row| RedFormRow {
            blue_row: row.blue_row,
            quantity: None,
            net: Money::from_fen(-row.amounts[0]),
            tax: Money::from_fen(-row.amounts[1]),
        });
        Ok(RedForm {
            confirmation: self.shown(at, known)?,
            key: (!known.foreign).then(|| IntentKey::from_trusted(key)),
            blue: known.form.blue.as_deref().unwrap_or_default().parse().map_err(|_| unknown())?,
            reason: "02".to_owned(),
            rows: rows.collect(),
        })
    }
}

impl SimProvider {
    /// Reads what was prepared, and has the auditor compare it with what is stored.
    fn opened(&self, request: &PreparedRequest) -> Result<Form, ProviderError> {
        let mut world = self.world.lock();
        let world = &mut *world;
        let mut body = request.body().to_owned();
        if world.mutated(Mutation::BytesRebuilt) {
            body.push(' ');
        }
        world.auditor.sending(request.key().as_str(), &body);
        let mut form = form::read(&body).ok_or_else(unknown)?;
        if world.mutated(Mutation::NewKeyEachSend) {
            world.ids += 1;
            form.key = format!("{}-{}", form.key, world.ids);
            world.auditor.alias(request.key().as_str(), &form.key);
        }
        Ok(form)
    }

    fn timed_out(&self, error: ProviderError) -> ProviderError {
        let world = self.world.lock();
        if world.mutated(Mutation::TimeoutIsFailure) && error.effect() == Effect::Unknown {
            return ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("TIMEOUT");
        }
        if world.mutated(Mutation::UnknownIsBusy) && error.effect() == Effect::Unknown {
            return ProviderError::new(ErrorKind::Busy, Effect::NotApplied);
        }
        error
    }

    async fn deliver_request(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.world.gate(Gate::BeforeProvider).await;
        let form = self.opened(request)?;
        let answer = {
            let mut world = self.world.lock();
            let answer = world.send(self.at, &form);
            world.note(|| format!("  sent {}: {answer:?}", form.key));
            answer
        };
        self.world.gate(Gate::AfterProvider).await;
        answer.map_err(|error| self.timed_out(error))
    }
}

#[async_trait]
impl InvoiceProvider for SimProvider {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn prepare(&self, request: &IssueRequest) -> Result<PreparedRequest, ProviderError> {
        let mut text = form::write(request);
        let mut world = self.world.lock();
        let world = &mut *world;
        if world.mutated(Mutation::RedRecomputed) && request.red().is_some() {
            // One fen from tax to net: what rounding anew would do.
            if let Some(mut form) = form::read(&text) {
                form.totals[0] -= 1;
                form.totals[1] += 1;
                let [net, tax, gross] = form.totals;
                let rest = text.splitn(5, ';').nth(4).unwrap_or_default().to_owned();
                text = format!("{};{net};{tax};{gross};{rest}", form.key);
            }
        }
        if world.mutated(Mutation::SentBeforeStored)
            && let Some(form) = form::read(&text)
        {
            world.auditor.sending(&form.key, &text);
            // Only that it left too early counts here, not the answer.
            let _ = world.send(self.at, &form);
        }
        Ok(PreparedRequest::new(request.key().clone(), text))
    }

    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.deliver_request(request).await
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.deliver_request(request).await
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        if !self.capabilities.can(Capability::QueryByKey) {
            return Err(ProviderError::unsupported("query"));
        }
        self.world.gate(Gate::BeforeProvider).await;
        let answer = {
            let mut world = self.world.lock();
            let answer = world.look_up(self.at, key.as_str());
            world.note(|| format!("  asked {key}: {answer:?}"));
            answer
        };
        self.world.gate(Gate::AfterProvider).await;
        answer
    }

    async fn apply_red(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        if !self.capabilities.can(Capability::RedConfirmation) {
            return Err(ProviderError::unsupported("apply_red"));
        }
        self.world.gate(Gate::BeforeProvider).await;
        let form = self.opened(request)?;
        let answer = {
            let mut world = self.world.lock();
            let world = &mut *world;
            match world.fate(self.at, &form.seller) {
                Fate::Lost => Err(unknown()),
                Fate::Refused(error) => Err(error),
                Fate::Delayed(then) => {
                    world.bureaus[self.at].delay(form, true, then);
                    Err(unknown())
                }
                Fate::Arrives { answered, .. } => {
                    let seen = world.bureaus[self.at].docs.len();
                    let made =
                        world.bureaus[self.at].apply_red(&form, world.now, &mut world.rng, &mut world.tally);
                    world.audit_docs(self.at, seen);
                    match made {
                        _ if !answered => Err(unknown()),
                        Some(made) => world.shown(self.at, &made),
                        None => Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied)),
                    }
                }
            }
        };
        self.world.lock().note(|| format!("  applied for red {}: {answer:?}", request.key()));
        self.world.gate(Gate::AfterProvider).await;
        answer.map_err(|error| self.timed_out(error))
    }

    async fn query_confirmation(&self, key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        if !self.capabilities.can(Capability::RedConfirmation) {
            return Err(ProviderError::unsupported("query_confirmation"));
        }
        self.world.gate(Gate::BeforeProvider).await;
        let answer = {
            let mut world = self.world.lock();
            if world.is_not_answered(self.at) {
                Err(unknown())
            } else {
                let known = world.bureaus[self.at].confirmation(key.as_str());
                known.map(|known| world.shown(self.at, known)).transpose()
            }
        };
        self.world.lock().note(|| format!("  asked for confirmation of {key}: {answer:?}"));
        self.world.gate(Gate::AfterProvider).await;
        answer
    }

    async fn list_confirmations(
        &self,
        seller_tax_id: &str,
        _since: DateTime<Utc>,
        _page: Option<String>,
    ) -> Result<RedFormPage, ProviderError> {
        if !self.capabilities.can(Capability::ListConfirmations) {
            return Err(ProviderError::unsupported("list_confirmations"));
        }
        self.world.gate(Gate::BeforeProvider).await;
        let page = {
            let mut world = self.world.lock();
            if world.is_not_answered(self.at) {
                return Err(unknown());
            }
            let forms = world.bureaus[self.at].confirmations.iter();
            let own = forms.filter(|(_, known)| known.form.seller == seller_tax_id);
            own.map(|(key, known)| world.listed(self.at, key, known)).collect::<Result<Vec<_>, _>>()
        };
        self.world.gate(Gate::AfterProvider).await;
        Ok(RedFormPage { forms: page?, next: None })
    }

    async fn find_confirmation(&self, number: &str) -> Result<Option<RedConfirmation>, ProviderError> {
        self.world.gate(Gate::BeforeProvider).await;
        let answer = {
            let mut world = self.world.lock();
            if world.is_not_answered(self.at) {
                Err(unknown())
            } else {
                let mut forms = world.bureaus[self.at].confirmations.values();
                let known = forms.find(|known| known.number == number);
                known.map(|known| world.shown(self.at, known)).transpose()
            }
        };
        self.world.gate(Gate::AfterProvider).await;
        answer
    }

    async fn answer_confirmation(
        &self,
        number: &str,
        answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        if !self.capabilities.can(Capability::AnswerConfirmation) {
            return Err(ProviderError::unsupported("answer_confirmation"));
        }
        self.world.gate(Gate::BeforeProvider).await;
        let said = {
            let mut world = self.world.lock();
            let world = &mut *world;
            let known = world.bureaus[self.at].confirmations.values().find(|known| known.number == number);
            let seller = known.map(|known| known.form.seller.clone()).unwrap_or_default();
            match world.fate(self.at, &seller) {
                Fate::Lost | Fate::Delayed(_) => Err(unknown()),
                Fate::Refused(error) => Err(error),
                Fate::Arrives { answered, .. } => {
                    let seen = world.bureaus[self.at].docs.len();
                    let (rng, tally) = (&mut world.rng, &mut world.tally);
                    let made = world.bureaus[self.at].answered(number, answer, world.now, rng, tally);
                    world.audit_docs(self.at, seen);
                    match made {
                        _ if !answered => Err(unknown()),
                        Some(made) => world.shown(self.at, &made),
                        None => Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied)),
                    }
                }
            }
        };
        self.world.lock().note(|| format!("  answered form {number}: {answer:?}: {said:?}"));
        self.world.gate(Gate::AfterProvider).await;
        said
    }

    async fn download(
        &self,
        _key: &IntentKey,
        number: &InvoiceNumber,
        format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        self.world.gate(Gate::BeforeProvider).await;
        let mut world = self.world.lock();
        let often = world.weather.bureau;
        if world.strikes(Fault::FileNotReady, often * 4) {
            return Ok(None);
        }
        let name = format!("{number}.{}", format.extension());
        Ok(Some(Document { format, name, bytes: number.as_str().as_bytes().to_vec() }))
    }

    fn parse_callback(
        &self,
        _headers: &[(String, String)],
        body: &[u8],
        _now: DateTime<Utc>,
    ) -> Result<CallbackOutcome, ProviderError> {
        let strange = || ProviderError::new(ErrorKind::Rejected, Effect::NotApplied);
        let text = std::str::from_utf8(body).map_err(|_| strange())?;
        let fields: Vec<&str> = text.split(';').collect();
        let [key, number, at, net, tax, gross, signature] = fields[..] else { return Err(strange()) };
        let key = IntentKey::new(key).map_err(|_| strange())?;
        let mut world = self.world.lock();
        let believed = world.mutated(Mutation::ForgedCallbackBelieved);
        let signed = world.bureaus[self.at].personality.callbacks == Callbacks::Signed;
        let reply = b"ok".to_vec();
        if !signed && !believed {
            world.tally.count(Fault::CallbackHint);
            return Ok(CallbackOutcome::Hint { keys: vec![key], reply });
        }
        if signature != "signed" && !believed {
            return Err(strange());
        }
        world.tally.count(Fault::CallbackVerified);
        let fen = |text: &str| text.parse::<i64>().map_err(|_| strange());
        if number == "denied" {
            let answer = QueryAnswer::Denied { code: "E9105".to_owned() };
            return Ok(CallbackOutcome::Verified {
                events: vec![CallbackEvent::Intent { key, answer }],
                reply,
            });
        }
        let answer = QueryAnswer::Issued(issued_of(number, fen(at)?, [fen(net)?, fen(tax)?, fen(gross)?])?);
        Ok(CallbackOutcome::Verified { events: vec![CallbackEvent::Intent { key, answer }], reply })
    }
}
