use invoice_core::provider::{Effect, ErrorKind, ProviderError};

macro_rules! codes {
    ($($name:ident $code:literal $kind:ident $meaning:literal;)*) => {
        /// Why the sandbox refuses, as the text code in [`ProviderError::code`]. Codes are never reused.
        ///
        /// 0xx the message, 1xx the parties, 2xx rows and totals, 3xx limits, 4xx red invoices, 5xx other calls,
        /// 9xx faults that were switched on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum SandboxCode {
            $(#[doc = concat!("`", $code, "`: ", $meaning)] $name,)*
        }

        impl SandboxCode {
            /// Every code in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The text code, such as `SBX-205`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What was wrong, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind,)* }
            }
        }
    };
}

codes! {
    Unreadable "SBX-001" Rejected "The body is not an invoice request in JSON.";
    KeyMismatch "SBX-002" Rejected "The key in the body is not the key of the call.";
    KeyReused "SBX-003" Duplicate "The key was used before with another body.";
    WrongColor "SBX-004" Rejected "A red invoice was sent where blue ones are issued, or the other way round.";
    KeyKnown "SBX-005" Duplicate "The key was used before; query it.";

    SellerTaxId "SBX-101" Rejected "The seller's tax ID has not 15 to 20 digits and capital letters.";
    SelfInvoice "SBX-102" Rejected "Seller and buyer have the same tax ID.";
    SpecialNeedsTaxId "SBX-103" Rejected "A special invoice (专票) needs the buyer's tax ID.";
    BuyerTaxId "SBX-104" Rejected "The company's tax ID has not 15 to 20 digits and capital letters.";
    BuyerName "SBX-105" Rejected "The buyer has no name.";

    NoRows "SBX-201" Rejected "There is no row.";
    TooManyRows "SBX-202" Rejected "There are more rows than one invoice may have.";
    RowGross "SBX-203" Rejected "The gross amount of a row is not its net amount plus its tax.";
    QuantityAndPrice "SBX-204" Rejected "A row has a quantity without a unit price, the other way round, or one that is zero or negative.";
    PriceTimesQuantity "SBX-205" Rejected "Unit price times quantity misses the net amount of a row by more than 0.01.";
    RowTax "SBX-206" Rejected "Net amount times rate misses the tax of a row by more than 0.06.";
    RowSign "SBX-207" Rejected "A row that must be above zero is not, or a discount row is not below.";
    DiscountPlace "SBX-208" Rejected "A discount row does not stand directly behind its discounted row, or one of the two is missing.";
    DiscountForm "SBX-209" Rejected "A discount row has a quantity, price, specification or unit, or another item or name than its row.";
    DiscountTooLarge "SBX-210" Rejected "A discount is larger than its row.";
    Mixing "SBX-211" Rejected "The treatments of the rows may not share an invoice.";
    NotTaxableForm "SBX-212" Rejected "Codes that begin with 6 are not taxable (不征税), those alone are, and never on a special invoice.";
    UntaxedAmounts "SBX-213" Rejected "A zero-rated, exempt or not taxable row has a rate or a tax.";
    TotalsSum "SBX-221" Rejected "The totals are not the sums of the rows.";
    TotalsGross "SBX-222" Rejected "The gross total is not net plus tax.";
    TotalTax "SBX-223" Rejected "The rows' net amounts times rates miss the total tax by more than 1.27.";
    TotalsSign "SBX-224" Rejected "The totals of a blue invoice are not above zero.";

    KindNotIssued "SBX-301" Rejected "This kind of invoice is not issued here.";
    OverLimit "SBX-302" Rejected "The invoice is above the limit of its kind.";
    CreditUsedUp "SBX-303" QuotaExceeded "The seller's credit line (授信额度) of the month does not hold this invoice.";

    NumbersUsedUp "SBX-304" QuotaExceeded "The seller's stock of invoice numbers (票仓) of this kind is used up.";

    BlueUnknown "SBX-401" Rejected "The blue invoice is not known.";
    BlueSeller "SBX-402" Rejected "The blue invoice is of another seller.";
    BlueClass "SBX-403" Rejected "Special takes back special, ordinary takes back ordinary.";
    BlueBuyer "SBX-404" Rejected "The blue invoice is made out to another buyer.";
    ConfirmationOpen "SBX-405" Rejected "Another red confirmation (红字信息确认单) of this blue invoice is open.";
    ConfirmationMissing "SBX-406" Rejected "A red invoice needs the number of its confirmation here.";
    ConfirmationUnknown "SBX-407" Rejected "The red confirmation is not known, or is of another invoice.";
    ConfirmationState "SBX-408" Rejected "The red confirmation is not in a state in which this may be done.";
    ConfirmationDiffers "SBX-409" Rejected "The red invoice differs from its confirmation.";
    RedExists "SBX-410" Rejected "The red invoice of this confirmation exists under another key.";
    ReasonUnknown "SBX-411" Rejected "The reason is not 01 to 04.";
    ReasonFullOnly "SBX-412" Rejected "Reason 01 takes back a whole invoice that nothing was taken back of.";
    ReasonCode "SBX-413" Rejected "Reason 02 is not for services alone, reason 03 not for goods alone.";
    ReasonQuantity "SBX-414" Rejected "Reason 04 has neither quantity nor price; 01 and 02 have both where the blue row has.";
    BlueRow "SBX-415" Rejected "A red row names no blue row, one twice, one that is not there, or a discount row.";
    BlueItem "SBX-416" Rejected "A red row has another item, name, specification or unit than its blue row.";
    OverBlueAmount "SBX-417" Rejected "More net amount or tax is taken back than is left of the blue row.";
    OverBlueQuantity "SBX-418" Rejected "More quantity is taken back than is left of the blue row.";
    RedSign "SBX-419" Rejected "A red row or total is not below zero, or its quantity is not, or its price is.";
    RedRowKind "SBX-420" Rejected "A red invoice has normal rows only: discounts are netted into their rows.";
    NotVoidable "SBX-422" Rejected "Only blue legacy paper of which nothing is taken back, or about to be, can be voided.";
    VoidMonth "SBX-423" Rejected "Invoices are voided in the month of their issue.";
    NotWithdrawable "SBX-421" Rejected "Only the last to act may withdraw a confirmation, before the red invoice exists.";

    NumberUnknown "SBX-501" Rejected "No invoice has this number.";
    CallbackSignature "SBX-502" Rejected "The signature of the callback is wrong.";
    CallbackUnreadable "SBX-503" Rejected "The callback cannot be read.";
    JournalBroken "SBX-504" Configuration "The journal file could not be written; open the bureau again.";
    NotWritten "SBX-505" Rejected "The file cannot be put together: too many rows, or a name that is too long.";

    FaultLost "SBX-901" NoAnswer "Fault: the answer was lost.";
    FaultServer "SBX-902" NoAnswer "Fault: the server failed (5xx).";
    FaultBusy "SBX-903" Busy "Fault: the bureau is busy.";
    FaultRate "SBX-904" RateLimited "Fault: too many calls.";
    FaultOperator "SBX-905" OperatorNeeded "A person of this seller must pass a challenge (login, face) at the bureau first.";
    FaultQuota "SBX-906" QuotaExceeded "Fault: the bureau says that the quota is used up.";
    FaultLocked "SBX-907" Duplicate "Fault: the serial is locked.";
    FaultSaidFailed "SBX-908" Rejected "Fault: said to be refused, though it was issued.";
}

impl SandboxCode {
    /// Refused whatever happens later: the key itself is denied. The others depend on the moment.
    pub(super) const fn is_final(self) -> bool {
        matches!(self.kind(), ErrorKind::Rejected)
            && !matches!(
                self,
                Self::Unreadable
                    | Self::KeyMismatch
                    | Self::WrongColor
                    | Self::BlueUnknown
                    | Self::ConfirmationOpen
                    | Self::ConfirmationMissing
                    | Self::ConfirmationUnknown
                    | Self::ConfirmationState
            )
    }

    /// The error for a refusal: nothing was done for this key.
    pub(super) fn refused(self) -> ProviderError {
        self.with_effect(Effect::NotApplied)
    }

    pub(super) fn with_effect(self, effect: Effect) -> ProviderError {
        ProviderError::new(self.kind(), effect).with_code(self.as_str())
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_survive_the_error_type() {
        let texts: BTreeSet<_> = SandboxCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), SandboxCode::ALL.len());
        for code in SandboxCode::ALL {
            assert_eq!(code.refused().code(), Some(code.as_str()));
            assert_eq!(SandboxCode::from_code(code.as_str()), Some(*code));
            assert!(!code.meaning().is_empty());
        }
    }
}
