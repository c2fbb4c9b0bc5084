//! Names of things. An id is 1 to 64 visible ASCII characters, made by the caller or by an injected
//! [`IdGenerator`](crate::env::IdGenerator); it must not contain personal data, because ids are shown, logged and
//! stored in the clear.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Refusal, RefusalCode};

/// Most characters of an id.
pub const MAX_CHARS: usize = 64;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as an id.
            ///
            /// # Errors
            /// `ID-01` unless it has 1 to 64 visible ASCII characters.
            pub fn new(text: impl AsRef<str>) -> Result<Self, Refusal> {
                let text = text.as_ref();
                if text.is_empty() || text.len() > MAX_CHARS || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(Refusal::new(RefusalCode::IdMalformed).with("what", stringify!($name)));
                }
                Ok(Self(text.into()))
            }

            /// From text that is made here and well formed by construction.
            #[allow(dead_code, reason = "not every id is derived")]
            pub(crate) fn from_trusted(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// One host of the library: a platform, a shop group. Everything stored begins with it.
    TenantId,
    /// A seller (开票主体) of a tenant.
    SellerId,
    /// A buyer as the shop knows it: an account, not a name.
    BuyerId,
    /// An order of the shop.
    OrderId,
    /// A line of an order.
    LineId,
    /// A refund of an order.
    RefundId,
    /// A payment at the payment service (支付订单号).
    PaymentId,
    /// An application for invoices (申请单).
    ApplicationId,
    /// An invoice task: one blue or red invoice from plan to issue, before and after it has a number.
    InvoiceId,
    /// A title in a buyer's title book.
    TitleId,
    /// A periodic plan.
    PeriodicId,
    /// A notice.
    NoticeId,
    /// A way to tell people: a mail server, a webhook.
    NotifierId,
    /// A batch of applications from one file.
    BatchId,
    /// What a buyer reported about an invoice.
    TicketId,
    /// A claim for reimbursement (报销单).
    ClaimId,
    /// The idempotency key of one intent, as sent to the provider. Short, because some providers take 20 characters.
    IntentKey,
    /// An adapter instance: one account at one provider.
    ProviderId,
    /// A person or program that acts.
    ActorId,
    /// A unit of work.
    UnitId,
    /// One process that pumps the outbox.
    WorkerId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_visible_ascii() {
        assert!(OrderId::new("A-1:b").is_ok());
        for bad in ["", " ", "a b", "订单", "a\n", &"x".repeat(65)] {
            assert_eq!(OrderId::new(bad).unwrap_err().code(), RefusalCode::IdMalformed);
        }
    }
}
