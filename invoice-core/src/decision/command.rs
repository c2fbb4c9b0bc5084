use chrono::{DateTime, Utc};

use super::{Delivery, Outcome, PaperDeed, ReceivedDeed, TicketDeed, TitleWish, VoidAnswer};
use crate::access::Verb;
use crate::account::AccountId;
use crate::application::{ApplyRequest, CorrectRequest};
use crate::batch::{BatchChunk, RowResult};
use crate::id::{
    ApplicationId, BuyerId, IntentKey, InvoiceId, NoticeId, OrderId, PeriodicId, ProviderId, SellerId,
    TicketId,
};
use crate::invoice::{InvoiceNumber, KeptFile, PreparedRequest, RedAnswer, RedForm, Stage};
use crate::notify::Occasion;
use crate::order::{Order, Payment, Refund};
use crate::periodic::{PeriodicRequest, PeriodicState};
use crate::received::ReceivedInvoice;
use crate::received::verification::{Asker, Heard, VerificationPolicy};
use crate::ticket::TicketRequest;

/// What somebody wants to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Record an order.
    RecordOrder(Order),
    /// Record how an order was paid, in full.
    RecordPayment {
        /// The order.
        order: OrderId,
        /// The payment.
        payment: Payment,
    },
    /// Record that the buyer has the goods.
    RecordReceipt {
        /// The order.
        order: OrderId,
        /// When.
        at: DateTime<Utc>,
    },
    /// Apply for invoices; with the token of a preview, exactly for what was shown.
    Apply {
        /// What is asked for.
        request: ApplyRequest,
        /// The preview's token.
        confirm: Option<String>,
    },
    /// Apply by itself for an order whose time has come.
    ApplyByItself(OrderId),
    /// Take an application into review.
    ClaimReview(ApplicationId),
    /// Say yes.
    Approve(ApplicationId),
    /// Say no.
    Reject {
        /// The application.
        application: ApplicationId,
        /// Why.
        reason: String,
    },
    /// Give an application up before anything is sent.
    Cancel(ApplicationId),
    /// Take back what was issued for an application and issue it again as it should be.
    Correct(CorrectRequest),
    /// Record a refund; what it takes from issued invoices becomes red work by itself.
    Refund(Refund),
    /// Store the exact request before it is sent.
    Send {
        /// The task.
        invoice: InvoiceId,
        /// Which request.
        stage: Stage,
        /// The bytes; `None` to send again those stored before.
        request: Option<PreparedRequest>,
        /// How often the task had been sent when it was decided to send; refused when another worker was faster.
        after: u32,
        /// Whether nothing that was sent before under this key can still arrive: nothing was, or the provider's quiet
        /// period since then is over.
        alone: bool,
    },
    /// What came back.
    Learn {
        /// The task.
        invoice: InvoiceId,
        /// The key it is about: of one that the task has given up nothing is learnt.
        key: IntentKey,
        /// What.
        outcome: Outcome,
    },
    /// Try a failed task again with a new key.
    Retry(InvoiceId),
    /// Move a task of which nothing is on its way to another provider.
    Route {
        /// The task.
        invoice: InvoiceId,
        /// To which.
        to: ProviderId,
        /// How often the task had been sent when it was decided to move it.
        after: u32,
    },
    /// A red confirmation that the buyer has started was seen at the bureau.
    TakeRedForm {
        /// The blue task.
        blue: InvoiceId,
        /// The confirmation.
        form: RedForm,
    },
    /// Say something to a red confirmation.
    AnswerRed {
        /// The red task.
        invoice: InvoiceId,
        /// What.
        answer: RedAnswer,
    },
    /// A provider has said that an account is of no use until somebody acts.
    Pause {
        /// The account.
        account: AccountId,
        /// The provider's code.
        code: String,
        /// When one call tries whether it still is.
        until: DateTime<Utc>,
    },
    /// A paused account has taken a request again.
    Lift(AccountId),
    /// A person has done what a paused account waited for.
    Resume(AccountId),
    /// A person has found out what became of a task in doubt.
    Resolve {
        /// The task.
        invoice: InvoiceId,
        /// The key they looked for; refused when the task has another by now.
        key: IntentKey,
        /// What they found.
        outcome: Outcome,
    },
    /// Make a periodic plan, or change one.
    Arrange(PeriodicRequest),
    /// Pause a periodic plan, take it up again, or end it.
    Turn {
        /// The plan.
        plan: PeriodicId,
        /// What it shall be.
        state: PeriodicState,
    },
    /// Apply for the plan's next period, when that is over.
    RunPeriod(PeriodicId),
    /// Make notices of occasions that were not told yet.
    Tell(Vec<Occasion>),
    /// A notice was tried.
    Delivered {
        /// The notice.
        notice: NoticeId,
        /// How it went.
        delivery: Delivery,
    },
    /// Try a dead letter again.
    Replay(NoticeId),
    /// Take in a chunk of a batch.
    Submit(Box<BatchChunk>),
    /// The rows of a chunk were tried.
    BatchDone {
        /// The chunk.
        chunk: String,
        /// What each row came to.
        results: Vec<RowResult>,
    },
    /// Report that something is wrong with issued invoices.
    Report(TicketRequest),
    /// Take, settle or decline a ticket.
    Handle {
        /// The ticket.
        ticket: TicketId,
        /// What is done.
        deed: TicketDeed,
    },
    /// Move the sheets of a paper invoice.
    Paper {
        /// The task.
        invoice: InvoiceId,
        /// What is done with them.
        deed: PaperDeed,
    },
    /// Void a paper invoice of this month.
    Void(InvoiceId),
    /// A provider has answered a voiding.
    VoidHeard {
        /// The task.
        invoice: InvoiceId,
        /// What it said.
        answer: VoidAnswer,
    },
    /// Files of an issued invoice were fetched and are kept.
    Filed {
        /// The task.
        invoice: InvoiceId,
        /// The files.
        files: Vec<KeptFile>,
    },
    /// Change a buyer's title book.
    Titles {
        /// Whose.
        buyer: BuyerId,
        /// What.
        wish: TitleWish,
    },
    /// Hand a received invoice in.
    Receive {
        /// Which company of ours it is made out to.
        entity: SellerId,
        /// What is known of it.
        invoice: Box<ReceivedInvoice>,
    },
    /// Do something with a received invoice.
    Keep {
        /// Its number.
        number: InvoiceNumber,
        /// What.
        deed: ReceivedDeed,
    },
    /// Count a question to the bureau, if it is time for one.
    Verify {
        /// The invoice's number.
        number: InvoiceNumber,
        /// A name for the question.
        question: String,
        /// Who wants to ask.
        asker: Asker,
        /// The rules of whoever is asked.
        policy: VerificationPolicy,
    },
    /// Take in what became of a question.
    Verified {
        /// The invoice's number.
        number: InvoiceNumber,
        /// The name of the question.
        question: String,
        /// What became of it.
        heard: Heard,
    },
}

impl Command {
    /// The verb that the actor must be permitted.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        match self {
            Self::RecordOrder(_) | Self::RecordPayment { .. } | Self::RecordReceipt { .. } => Verb::Record,
            Self::Apply { .. } => Verb::Apply,
            Self::ClaimReview(_) | Self::Approve(_) | Self::Reject { .. } => Verb::Review,
            Self::Cancel(_) => Verb::Cancel,
            Self::Correct(_) => Verb::Correct,
            Self::Refund(_) => Verb::Refund,
            Self::Send { .. }
            | Self::Learn { .. }
            | Self::Route { .. }
            | Self::TakeRedForm { .. }
            | Self::Pause { .. }
            | Self::Lift(_)
            | Self::ApplyByItself(_)
            | Self::VoidHeard { .. }
            | Self::Filed { .. }
            | Self::RunPeriod(_) => Verb::Pump,
            Self::Retry(_) | Self::Resolve { .. } | Self::Resume(_) => Verb::Resolve,
            Self::AnswerRed { .. } => Verb::AnswerRed,
            Self::Arrange(_) | Self::Turn { .. } => Verb::Arrange,
            // Who may tell is asked by the verbs that tell.
            Self::Tell(_) => Verb::Read,
            Self::Delivered { .. } => Verb::Pump,
            Self::Replay(_) => Verb::Notices,
            Self::Submit(_) => Verb::Batch,
            Self::BatchDone { .. } => Verb::Pump,
            Self::Report(_) => Verb::Report,
            Self::Handle { .. } => Verb::Handle,
            Self::Paper { .. } => Verb::Paper,
            Self::Void(_) => Verb::Void,
            Self::Titles { .. } => Verb::Titles,
            Self::Receive { .. } => Verb::Receive,
            Self::Keep { deed, .. } => deed.verb(),
            Self::Verify { .. } | Self::Verified { .. } => Verb::Verify,
        }
    }

    /// The id of what it is about, for the record of a refusal.
    #[must_use]
    pub fn about(&self) -> Option<&str> {
        Some(match self {
            Self::RecordOrder(order) => order.id().as_str(),
            Self::RecordPayment { order, .. }
            | Self::RecordReceipt { order, .. }
            | Self::ApplyByItself(order) => order.as_str(),
            Self::Apply { request, .. } => request.id.as_str(),
            Self::ClaimReview(application)
            | Self::Approve(application)
            | Self::Reject { application, .. }
            | Self::Cancel(application) => application.as_str(),
            Self::Correct(wish) => wish.id.as_str(),
            Self::Refund(refund) => refund.id.as_str(),
            Self::Send { invoice, .. }
            | Self::Learn { invoice, .. }
            | Self::Retry(invoice)
            | Self::Resolve { invoice, .. }
            | Self::Route { invoice, .. }
            | Self::TakeRedForm { blue: invoice, .. }
            | Self::AnswerRed { invoice, .. }
            | Self::Paper { invoice, .. }
            | Self::Void(invoice)
            | Self::VoidHeard { invoice, .. }
            | Self::Filed { invoice, .. } => invoice.as_str(),
            Self::Pause { account, .. } | Self::Lift(account) | Self::Resume(account) => {
                account.provider.as_str()
            }
            Self::Arrange(request) => request.id.as_str(),
            Self::Turn { plan, .. } | Self::RunPeriod(plan) => plan.as_str(),
            Self::Tell(occasions) => occasions.first()?.subject.as_str(),
            Self::Delivered { notice, .. } | Self::Replay(notice) => notice.as_str(),
            Self::Submit(chunk) => chunk.batch().as_str(),
            Self::BatchDone { chunk, .. } => chunk,
            Self::Report(request) => request.id.as_str(),
            Self::Handle { ticket, .. } => ticket.as_str(),
            Self::Titles { buyer, .. } => buyer.as_str(),
            Self::Receive { invoice, .. } => invoice.number().as_str(),
            Self::Keep { number, .. } | Self::Verify { number, .. } | Self::Verified { number, .. } => {
                number.as_str()
            }
        })
    }

    /// The name written into the journal.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RecordOrder(_) => "record_order",
            Self::RecordPayment { .. } => "record_payment",
            Self::RecordReceipt { .. } => "record_receipt",
            Self::Apply { .. } => "apply",
            Self::ApplyByItself(_) => "apply_by_itself",
            Self::ClaimReview(_) => "claim_review",
            Self::Approve(_) => "approve",
            Self::Reject { .. } => "reject",
            Self::Cancel(_) => "cancel",
            Self::Correct(_) => "correct",
            Self::Refund(_) => "refund",
            Self::Send { .. } => "send",
            Self::Learn { .. } => "learn",
            Self::Retry(_) => "retry",
            Self::Resolve { .. } => "resolve",
            Self::Route { .. } => "route",
            Self::TakeRedForm { .. } => "take_red_form",
            Self::AnswerRed { .. } => "answer_red",
            Self::Pause { .. } => "pause",
            Self::Lift(_) => "lift",
            Self::Resume(_) => "resume",
            Self::Arrange(_) => "arrange",
            Self::Turn { .. } => "turn",
            Self::RunPeriod(_) => "run_period",
            Self::Tell(_) => "tell",
            Self::Delivered { .. } => "delivered",
            Self::Replay(_) => "replay",
            Self::Submit(_) => "submit",
            Self::BatchDone { .. } => "batch_done",
            Self::Report(_) => "report",
            Self::Handle { .. } => "handle",
            Self::Paper { .. } => "paper",
            Self::Void(_) => "void",
            Self::VoidHeard { .. } => "void_heard",
            Self::Filed { .. } => "filed",
            Self::Titles { .. } => "titles",
            Self::Receive { .. } => "receive",
            Self::Keep { deed, .. } => deed.as_str(),
            Self::Verify { .. } => "verify",
            Self::Verified { .. } => "verified",
        }
    }
}
