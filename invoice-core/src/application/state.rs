use serde::{Deserialize, Serialize};

use super::{Task, TaskState};
use crate::error::Language;
use crate::money::Money;

/// For whom a state is put into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The buyer, who sees every state before issued as 开票中.
    Buyer,
    /// Staff, who see the state as it is.
    Staff,
}

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident $text:literal $zh:literal $tw:literal $en:literal $buyer:ident;)*) => {
        /// Where an application stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ApplicationState { $($(#[$doc])* $name,)* }

        impl ApplicationState {
            /// Every state.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The state's stored name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The state as the buyer sees it.
            #[must_use]
            pub const fn shown_to_buyer(self) -> Self {
                match self { $(Self::$name => Self::$buyer,)* }
            }

            /// The state in words.
            #[must_use]
            pub const fn wording(self, audience: Audience, language: Language) -> &'static str {
                let shown = match audience {
                    Audience::Buyer => self.shown_to_buyer(),
                    Audience::Staff => self,
                };
                match (shown, language) {
                    $((Self::$name, Language::ZhCn) => $zh,
                      (Self::$name, Language::ZhTw) => $tw,
                      (Self::$name, _) => $en,)*
                }
            }
        }
    };
}

states! {
    /// Waits for a reviewer.
    PendingReview "pending_review" "待审核" "待審核" "waiting for review" Issuing;
    /// A reviewer has it.
    InReview "in_review" "审核中" "審核中" "in review" Issuing;
    /// Approved, nothing sent yet.
    PendingIssue "pending_issue" "待开票" "待開票" "waiting to be issued" Issuing;
    /// At the provider.
    Issuing "issuing" "开票中" "開票中" "being issued" Issuing;
    /// All its invoices are issued.
    Issued "issued" "已开票" "已開票" "issued" Issued;
    /// Some of its invoices are issued, the others failed.
    PartlyIssued "partly_issued" "部分开票" "部分開票" "partly issued" Issuing;
    /// None of its invoices could be issued.
    IssueFailed "issue_failed" "开票失败" "開票失敗" "could not be issued" Issuing;
    /// Part of what was issued is taken back.
    PartlyRed "partly_red" "部分红冲" "部分紅沖" "partly taken back" PartlyRed;
    /// Everything issued is taken back.
    RedFlushed "red_flushed" "已红冲" "已紅沖" "taken back" RedFlushed;
    /// Refused by a reviewer.
    Rejected "rejected" "已驳回" "已駁回" "rejected" Rejected;
    /// Given up before anything was issued.
    Cancelled "cancelled" "已取消" "已取消" "cancelled" Cancelled;
    /// Its paper invoices were voided in their month (legacy).
    Voided "voided" "已作废" "已作廢" "voided" Voided;
}

impl ApplicationState {
    /// The state that follows from where the tasks stand, once there are tasks that count.
    pub(super) fn of_tasks(tasks: &[Task]) -> Self {
        let blue = |task: &&Task| task.red_of.is_none() && task.state != TaskState::Superseded;
        let count = |state| tasks.iter().filter(blue).filter(|task| task.state == state).count();
        let exists = |task: &Task| matches!(task.state, TaskState::Issued | TaskState::Voided);
        let gross = |of: fn(&Task) -> bool| -> Money {
            tasks.iter().filter(|task| exists(task) && of(task)).map(|task| task.gross).sum()
        };
        let given = gross(|task| task.red_of.is_none());
        let taken_back = gross(|task| task.red_of.is_some() || task.state == TaskState::Voided);
        let (all, failed) = (tasks.iter().filter(blue).count(), count(TaskState::Failed));
        let (waiting, voided) = (count(TaskState::Planned), count(TaskState::Voided));
        let issued = count(TaskState::Issued) + voided;
        match (issued, failed) {
            _ if all == 0 => Self::Cancelled,
            _ if waiting == all => Self::PendingIssue,
            _ if issued + failed < all => Self::Issuing,
            (0, _) => Self::IssueFailed,
            _ if voided == issued => Self::Voided,
            _ if taken_back.is_positive() && taken_back >= given => Self::RedFlushed,
            _ if taken_back.is_positive() => Self::PartlyRed,
            (_, 0) => Self::Issued,
            _ => Self::PartlyIssued,
        }
    }
}
