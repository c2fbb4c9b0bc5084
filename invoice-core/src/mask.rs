//! Masked views (脱敏): what somebody may see who helps a buyer but has no business with their data.
//!
//! A mask keeps enough to recognise what one knows already, and no more: the number of stars says nothing.
//!
//! ```
//! use invoice_core::mask::MaskedTitle;
//! use invoice_core::title::Title;
//! let title = Title::company("华为技术有限公司", "914403001922038216").with_address("深圳市龙岗区坂田", "13800138000");
//! let masked = MaskedTitle::of(&title);
//! assert_eq!(masked.name, "华为***公司");
//! assert_eq!(masked.tax_id.as_deref(), Some("91***8216"));
//! assert_eq!(masked.phone.as_deref(), Some("138***8000"));
//! assert_eq!(MaskedTitle::of(&Title::person("王小明")).name, "王***");
//! ```

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::application::{Application, ApplicationState, Task};
use crate::id::{ApplicationId, InvoiceId, OrderId, SellerId, TicketId};
use crate::invoice::{Invoice, InvoiceKind};
use crate::money::Money;
use crate::received::verification::Standing;
use crate::received::{ReceivedKind, ReceivedRecord, ReceivedState};
use crate::ticket::{Ticket, TicketState, Trouble};
use crate::title::{BuyerKind, Title};

const STARS: &str = "***";

/// A title with everything personal masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MaskedTitle {
    /// What sort of buyer.
    pub kind: BuyerKind,
    /// The first character of a person's name; the first and last two of any other of at least eight.
    pub name: String,
    /// The first two and the last four characters; of a person's, the last two only.
    pub tax_id: Option<String>,
    /// The first six characters, about as far as the city.
    pub address: Option<String>,
    /// The first three and the last four digits of a mobile number; of any other, the last two.
    pub phone: Option<String>,
    /// The first four characters of the bank, without the branch.
    pub bank: Option<String>,
    /// The last four digits.
    pub account: Option<String>,
}

impl MaskedTitle {
    /// Masks a title.
    #[must_use]
    pub fn of(title: &Title) -> Self {
        let person = title.kind() == BuyerKind::Person;
        Self {
            kind: title.kind(),
            name: if person { ends(title.name(), 1, 0) } else { ends(title.name(), 2, 2) },
            tax_id: title.tax_id().map(|id| if person { ends(id, 0, 2) } else { ends(id, 2, 4) }),
            address: title.address().map(|address| ends(address, 6, 0)),
            phone: title.phone().map(phone),
            bank: title.bank().map(|bank| ends(bank, 4, 0)),
            account: title.account().map(|account| ends(account, 0, 4)),
        }
    }
}

/// A phone number: the first three and the last four digits of a mobile number; of any other, the last two.
#[must_use]
pub fn phone(number: &str) -> String {
    let mobile = number.len() == 11 && number.starts_with('1') && number.bytes().all(|b| b.is_ascii_digit());
    match (number.get(..3), number.get(7..)) {
        (Some(first), Some(last)) if mobile => format!("{first}{STARS}{last}"),
        _ => ends(number, 0, 2),
    }
}

/// An e-mail address: the first character, and where it is.
#[must_use]
pub fn email(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((name, host)) => format!("{}@{host}", ends(name, 1, 0)),
        None => STARS.to_owned(),
    }
}

/// The number of an invoice: its last four digits.
#[must_use]
pub fn number(number: &str) -> String {
    ends(number, 0, 4)
}

/// The first and last characters around stars. At most a half of the text is kept; where both would be more, the first
/// alone.
fn ends(text: &str, first: usize, last: usize) -> String {
    let length = text.chars().count();
    let first = first.min(length / 2);
    let last = if first + last > length / 2 { 0 } else { last };
    let head = text.chars().take(first);
    let tail = text.chars().skip(length - last);
    head.chain(STARS.chars()).chain(tail).collect()
}

/// An application without anything personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MaskedApplication {
    /// Its id.
    pub id: ApplicationId,
    /// Who is to issue.
    pub seller: SellerId,
    /// The kind wanted.
    pub kind: InvoiceKind,
    /// The orders.
    pub orders: Vec<OrderId>,
    /// The masked title.
    pub title: MaskedTitle,
    /// When it was applied for.
    pub applied_at: DateTime<Utc>,
    /// The gross amount.
    pub gross: Money,
    /// Where it stands.
    pub state: ApplicationState,
    /// Its invoices.
    pub tasks: Vec<Task>,
}

impl MaskedApplication {
    /// Masks an application. Remarks and reasons are free text, so they are left out.
    #[must_use]
    pub fn of(application: &Application) -> Self {
        let request = application.request();
        Self {
            id: application.id().clone(),
            seller: request.seller.clone(),
            kind: request.kind,
            orders: request.orders.iter().map(|scope| scope.order.clone()).collect(),
            title: MaskedTitle::of(&request.title),
            applied_at: application.applied_at(),
            gross: application.gross(),
            state: application.state(),
            tasks: application.tasks().to_vec(),
        }
    }
}

/// An invoice task without anything personal. Its number is left out: with number, date and amount anybody can ask the
/// bureau for the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MaskedInvoice {
    /// Its id.
    pub id: InvoiceId,
    /// The application.
    pub application: ApplicationId,
    /// The kind.
    pub kind: InvoiceKind,
    /// The masked title.
    pub title: MaskedTitle,
    /// The name of its state.
    pub state: &'static str,
    /// Whether it is a red that has failed and was tried again.
    pub retried: bool,
    /// Net total.
    pub net: Money,
    /// Tax total.
    pub tax: Money,
    /// Gross total.
    pub gross: Money,
}

impl MaskedInvoice {
    /// Masks an invoice task.
    #[must_use]
    pub fn of(invoice: &Invoice) -> Self {
        Self {
            id: invoice.id().clone(),
            application: invoice.application().clone(),
            kind: invoice.kind(),
            title: MaskedTitle::of(invoice.title()),
            state: invoice.state().as_str(),
            retried: invoice.is_retried(),
            net: invoice.net(),
            tax: invoice.tax(),
            gross: invoice.gross(),
        }
    }
}

/// A ticket without anything personal: what the buyer wrote is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MaskedTicket {
    /// Its id.
    pub id: TicketId,
    /// The application.
    pub application: ApplicationId,
    /// The name of the trouble.
    pub trouble: &'static str,
    /// The title that would be right, masked, when the buyer gave it.
    pub title: Option<MaskedTitle>,
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
    /// Where it stands.
    pub state: TicketState,
}

impl MaskedTicket {
    /// Masks a ticket.
    #[must_use]
    pub fn of(ticket: &Ticket) -> Self {
        let trouble = &ticket.request().trouble;
        let title = match trouble {
            Trouble::WrongTitle(title) => title.as_ref().map(MaskedTitle::of),
            _ => None,
        };
        Self {
            id: ticket.id().clone(),
            application: ticket.request().application.clone(),
            trouble: trouble.as_str(),
            title,
            reported_at: ticket.reported_at(),
            state: ticket.state().clone(),
        }
    }
}

/// A received invoice without anything personal: names, number, texts and who claimed it are left out or masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MaskedReceived {
    /// The last four digits of its number.
    pub number: String,
    /// The kind.
    pub kind: ReceivedKind,
    /// Which company of ours it was made out to.
    pub entity: SellerId,
    /// The date of issue.
    pub date: NaiveDate,
    /// The total with tax, where known.
    pub gross: Option<Money>,
    /// The seller's name, masked.
    pub seller_name: Option<String>,
    /// Where it stands in our books.
    pub state: ReceivedState,
    /// Whether it still stands with the bureau, when that was asked.
    pub standing: Option<Standing>,
}

impl MaskedReceived {
    /// Masks a received invoice.
    #[must_use]
    pub fn of(record: &ReceivedRecord) -> Self {
        let invoice = record.invoice();
        Self {
            number: number(invoice.number().as_str()),
            kind: invoice.kind(),
            entity: record.entity().clone(),
            date: invoice.date(),
            gross: invoice.gross(),
            seller_name: invoice.seller_name().map(|name| ends(name, 2, 2)),
            state: record.state(),
            standing: record.verification().standing(),
        }
    }
}

/// What can be shown masked.
pub trait Masked {
    /// What is shown then.
    type Masked;

    /// Masks it.
    fn masked(&self) -> Self::Masked;
}

macro_rules! masked {
    ($($whole:ty => $masked:ty;)*) => {
        $(impl Masked for $whole {
            type Masked = $masked;

            fn masked(&self) -> $masked {
                <$masked>::of(self)
            }
        })*
    };
}

masked! {
    Application => MaskedApplication;
    Invoice => MaskedInvoice;
    Ticket => MaskedTicket;
    ReceivedRecord => MaskedReceived;
}

/// Something as its reader may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View<T: Masked> {
    /// As it is.
    Whole(T),
    /// Masked.
    Masked(T::Masked),
}

impl<T: Masked> View<T> {
    /// The thing itself, when its reader may see it.
    pub const fn whole(&self) -> Option<&T> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Masked(_) => None,
        }
    }

    /// It masked, whoever reads: for what is shown to everybody.
    pub fn into_masked(self) -> T::Masked {
        match self {
            Self::Whole(whole) => whole.masked(),
            Self::Masked(masked) => masked,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, proptest};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn a_mask_shows_at_most_a_half_and_nothing_of_its_length(
            text in "[0-9a-z\u{4e00}-\u{4e40}\u{1F600}-\u{1F610}]{1,30}"
        ) {
            let length = text.chars().count();
            let title = Title::company(text.clone(), text.clone()).with_address(text.clone(), text.clone());
            let person = Title::person(text.clone()).with_tax_id(text.clone()).with_bank("某银行", text.clone());
            let (one, two) = (MaskedTitle::of(&title), MaskedTitle::of(&person));
            let shown = [
                Some(one.name), one.tax_id, one.address, one.phone, Some(two.name), two.tax_id, two.account,
            ];
            for masked in shown.into_iter().flatten() {
                let kept = masked.replace(STARS, "").chars().count();
                let mobile = text.len() == 11 && text.starts_with('1');
                prop_assert!(kept <= length / 2 || mobile && kept == 7, "{text} {masked}");
                prop_assert!(masked.contains(STARS));
            }
        }
    }

    #[test]
    fn masks_are_as_their_table_says() {
        for (name, masked) in [
            ("中国银行", "中国***"),
            ("李", "***"),
            ("李四", "李***"),
            ("北京某某科技有限公司", "北京***公司"),
        ] {
            assert_eq!(MaskedTitle::of(&Title::of(BuyerKind::Company, name)).name, masked);
        }
        assert_eq!(phone("021-58880000"), "***00");
        assert_eq!(phone("13912345678"), "139***5678");
        assert_eq!(email("xiaoming@example.com"), "x***@example.com");
        assert_eq!(email("broken"), "***");
        let person = Title::person("王小明")
            .with_tax_id("110105199003078857")
            .with_bank("招商银行", "6225880112345678");
        let masked = MaskedTitle::of(&person);
        assert_eq!(masked.tax_id.as_deref(), Some("***57"));
        assert_eq!(masked.account.as_deref(), Some("***5678"));
    }
}
