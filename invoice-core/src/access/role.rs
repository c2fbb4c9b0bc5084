macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stored name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

named! {
    /// What somebody is to the desk.
    Role {
        /// A buyer: their own orders only.
        Buyer "buyer",
        /// Customer support: sees masked data, starts nothing that issues.
        Support "support",
        /// Finance: applies in the back office, refunds, corrects, resolves.
        Finance "finance",
        /// Approves and rejects.
        Reviewer "reviewer",
        /// Everything.
        Admin "admin",
        /// The shop's own systems and the worker that pumps.
        System "system",
    }
}

named! {
    /// Something the desk can be asked to do.
    Verb {
        /// Record an order, its payment or receipt.
        Record "record",
        /// See what an application would come to.
        Preview "preview",
        /// Apply for invoices.
        Apply "apply",
        /// Claim, approve or reject an application.
        Review "review",
        /// Cancel an application.
        Cancel "cancel",
        /// Have what was issued taken back and issued again.
        Correct "correct",
        /// Record a refund.
        Refund "refund",
        /// Do the work in the outbox.
        Pump "pump",
        /// Retry or resolve a task that waits for a person, or set a paused account going again.
        Resolve "resolve",
        /// Confirm, reject or withdraw a red confirmation.
        AnswerRed "answer_red",
        /// See applications, invoices and timelines.
        Read "read",
        /// See titles, remarks, tickets and invoice numbers as they are; who may only read sees them masked.
        ReadWhole "read_whole",
        /// Fetch documents.
        Download "download",
        /// Prove the books.
        Reconcile "reconcile",
        /// Make, change, pause and end periodic plans.
        Arrange "arrange",
        /// Have issued invoices sent to their buyer again.
        Resend "resend",
        /// Have dead letters tried again, and reminders sent.
        Notices "notices",
        /// Print and mail paper invoices.
        Paper "paper",
        /// Void paper invoices of this month.
        Void "void",
        /// Submit a file of applications, and see what it came to.
        Batch "batch",
        /// Report that something is wrong with an invoice.
        Report "report",
        /// Take, settle and decline what was reported.
        Handle "handle",
        /// Keep titles in a title book.
        Titles "titles",
        /// See received invoices.
        ReadReceived "read_received",
        /// Hand received invoices in, tag, note, file and claim them.
        Receive "receive",
        /// Have a received invoice verified by the bureau.
        Verify "verify",
        /// Book, reimburse, pay and decline received invoices.
        Settle "settle",
        /// Add invoices up, ours and received ones: what all of them come to, sellers' names included.
        Summarize "summarize",
        /// See what waits, on whom and since when, over all buyers.
        Oversee "oversee",
        /// Anchor the history and take it out for an auditor; read why things were done.
        Audit "audit",
        /// Seal rows again under a newer key.
        Reseal "reseal",
        /// Take out what happened to an application, without personal data, to be replayed.
        Incident "incident",
    }
}

impl Role {
    /// Whether the role may do it unless the host says otherwise; [`Permissions`](super::Permissions) begins with this
    /// table.
    #[must_use]
    pub const fn may(self, verb: Verb) -> bool {
        match self {
            Self::Admin => true,
            Self::Buyer => matches!(
                verb,
                Verb::Preview
                    | Verb::Apply
                    | Verb::Cancel
                    | Verb::Read
                    | Verb::ReadWhole
                    | Verb::Download
                    | Verb::Titles
                    | Verb::Arrange
                    | Verb::Resend
                    | Verb::Report
            ),
            Self::Support => matches!(
                verb,
                Verb::Read
                    | Verb::Preview
                    | Verb::Oversee
                    | Verb::Resend
                    | Verb::Report
                    | Verb::Handle
                    | Verb::ReadReceived
                    | Verb::Incident
            ),
            Self::Finance => !matches!(verb, Verb::Review | Verb::Pump | Verb::Reseal),
            Self::Reviewer => {
                matches!(
                    verb,
                    Verb::Review
                        | Verb::Read
                        | Verb::ReadWhole
                        | Verb::ReadReceived
                        | Verb::Preview
                        | Verb::Oversee
                )
            }
            Self::System => {
                !matches!(verb, Verb::Review | Verb::Resolve | Verb::AnswerRed | Verb::Void | Verb::Settle)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_cannot_download_and_buyers_cannot_review() {
        assert!(!Role::Support.may(Verb::Download) && !Role::Support.may(Verb::ReadWhole));
        assert!(!Role::Buyer.may(Verb::Review));
        assert!(!Role::Buyer.may(Verb::Oversee));
        assert!(!Role::Finance.may(Verb::Review), "who applies does not approve");
        assert!(Verb::ALL.iter().all(|verb| Role::Admin.may(*verb)));
        for role in Role::ALL {
            assert!(role.may(Verb::Read), "{}", role.as_str());
        }
    }
}
