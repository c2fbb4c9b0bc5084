//! The portal's own words, in one table. States, refusals and reasons are the core's.

use invoice_core::access::Role;
use invoice_core::application::WaitsOn;
use invoice_core::error::Language;
use invoice_core::invoice::InvoiceKind;
use invoice_core::plan::red::RedReason;

macro_rules! words {
    ($($name:ident $zh_cn:literal $zh_tw:literal $en:literal;)*) => {
        /// Something a page says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Word { $($name,)* }

        impl Word {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)*];

            pub(crate) const fn wording(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::ZhCn) => $zh_cn,
                      (Self::$name, Language::ZhTw) => $zh_tw,
                      (Self::$name, _) => $en,)*
                }
            }
        }
    };
}

words! {
    Portal "发票门户" "發票門戶" "Invoice portal";
    Demonstration "演示环境：沙箱税务局，票样不具法律效力。" "演示環境：沙箱稅務局，票樣不具法律效力。" "A demonstration with a sandbox bureau: specimens, of no legal effect.";
    DemoLogin "这是演示登录，不核验身份：选一个人即可。正式使用时由宿主系统的登录替换。" "這是演示登入，不核驗身分：選一個人即可。正式使用時由宿主系統的登入替換。" "A demonstration: nobody proves who they are, so pick somebody. A host replaces this page by its own login.";
    WhoAreYou "选择演示身份" "選擇演示身分" "Who are you?";
    LogOut "退出" "登出" "Log out";
    RoleBuyer "买家" "買家" "buyer";
    RoleSupport "客服" "客服" "support";
    RoleFinance "财务" "財務" "finance";
    RoleReviewer "审核员" "審核員" "reviewer";
    RoleAdmin "管理员" "管理員" "administrator";
    RoleSystem "系统" "系統" "system";

    Orders "订单" "訂單" "Orders";
    Applications "开票申请" "開票申請" "Applications";
    Queue "待办" "待辦" "Queue";
    Review "审核" "審核" "Review";
    Doubts "存疑与失败" "存疑與失敗" "Doubts and failures";
    Reds "红冲" "紅沖" "Red invoices";
    Tickets "工单" "工單" "Tickets";
    Reports "报表" "報表" "Reports";
    Refusals "越权记录" "越權記錄" "Refused attempts";

    Back "返回首页" "返回首頁" "Back to the start";
    NotDone "未能办理" "未能辦理" "This was not done";
    TryAgain "系统暂时不能办理，请稍后再试；如仍不行，请把下面的代码告诉客服。" "系統暫時不能辦理，請稍後再試；如仍不行，請把下面的代碼告訴客服。" "This cannot be done now. Try again later; if it still fails, tell support the code below.";
    FieldMissing "表单缺少内容，或内容不符合格式，请返回补充。" "表單缺少內容，或內容不符合格式，請返回補充。" "Something is missing in the form or is not written as it should be; go back and complete it.";
    NoSuchPage "没有这个页面。" "沒有這個頁面。" "There is no such page.";
    NotReady "文件还没有准备好，请稍后再试。" "檔案還沒有準備好，請稍後再試。" "The file is not ready yet; try again later.";
    PleaseLogIn "请先登录。" "請先登入。" "Log in first.";
    FormForged "表单不是由本次会话生成的，或会话已结束：未办理。请返回后重试。" "表單不是由本次會話產生的，或會話已結束：未辦理。請返回後重試。" "The form was not made for this session, or the session has ended: nothing was done. Go back and try again.";
    TooLarge "提交的内容过大。" "提交的內容過大。" "What was sent is too large.";
    NothingHere "这里没有内容。" "這裡沒有內容。" "Nothing here.";
    More "下一页" "下一頁" "Next page";

    Order "订单号" "訂單號" "Order";
    Goods "商品" "商品" "Goods";
    Paid "已付" "已付" "Paid";
    Refunded "已退" "已退" "Refunded";
    UnderWay "开票中" "開票中" "Under way";
    Invoiced "已开票" "已開票" "Invoiced";
    Open "可开票金额" "可開票金額" "Can be invoiced";
    Apply "申请开票" "申請開票" "Apply for an invoice";
    Pick "选入合并" "選入合併" "merge";
    Merge "合并申请所选订单" "合併申請所選訂單" "Apply for the chosen orders together";
    BuyNext "再下一单（演示）" "再下一單（演示）" "Place another order (demonstration)";
    RefundOrder "退货（演示）" "退貨（演示）" "Return goods (demonstration)";
    RefundPiece "退一件" "退一件" "One piece";
    RefundAll "全部退货" "全部退貨" "All of it";

    WhatOf "开票范围：" "開票範圍：" "What of";
    AmountOf "或只开这个金额（元，含税）" "或只開這個金額（元，含稅）" "or this amount only (CNY, with tax)";
    AllUnlessChosen "不勾选、也不填金额，就是全部；两者只选其一。" "不勾選、也不填金額，就是全部；兩者只選其一。" "All of it, unless you tick lines or write an amount; not both.";
    PasteTitle "粘贴开票抬头" "貼上開票抬頭" "Paste the title";
    PasteHint "名称：某某有限公司 税号：18 位统一社会信用代码。地址、电话、开户行、账号可一并粘贴；个人只写姓名。" "名稱：某某有限公司 稅號：18 位統一社會信用代碼。地址、電話、開戶行、帳號可一併貼上；個人只寫姓名。" "名称：…… 税号：…… (address, phone, bank and account may follow; of a person the name alone)";
    Kind "票种" "票種" "Kind";
    Ordinary "数电普票" "數電普票" "Ordinary (digital)";
    Special "数电专票" "數電專票" "Special (digital)";
    OtherKind "其他票种" "其他票種" "Another kind";
    SeePreview "预览" "預覽" "Preview";
    Preview "预览与确认" "預覽與確認" "Preview and confirm";
    Title "抬头" "抬頭" "Title";
    Name "名称" "名稱" "Name";
    TaxId "税号" "稅號" "Tax ID";
    Address "地址" "地址" "Address";
    Phone "电话" "電話" "Phone";
    Bank "开户行" "開戶行" "Bank";
    Account "账号" "帳號" "Account";
    Sort "抬头类型" "抬頭類型" "Sort of buyer";
    Company "企业" "企業" "Company";
    Person "个人" "個人" "Person";
    Organisation "非企业单位" "非企業單位" "Organisation";
    ChangeTitle "修改抬头或票种" "修改抬頭或票種" "Change title or kind";
    LookAtThis "请核对" "請核對" "look at this";
    Maybe "可能应为" "可能應為" "perhaps meant:";
    InvoicesToCome "张发票将开具" "張發票將開具" "invoice(s) will be issued";
    Why "为什么这样拆分" "為什麼這樣拆分" "Why they are split like this";
    NeedsNobody "无需审核，确认后自动开具" "無需審核，確認後自動開具" "Issued by itself once confirmed";
    NeedsOne "确认后由审核员审核" "確認後由審核員審核" "A reviewer approves it first";
    NeedsTwo "确认后须两人审核" "確認後須兩人審核" "Two reviewers approve it first";
    Pieces "数量" "數量" "Pieces";
    Net "金额" "金額" "Net";
    Rate "税率" "稅率" "Rate";
    Tax "税额" "稅額" "Tax";
    Total "合计" "合計" "Total";
    Confirm "确认申请" "確認申請" "Confirm";
    ConfirmNote "确认的就是上面所示；期间如有变化，会先显示新的预览。" "確認的就是上面所示；期間如有變化，會先顯示新的預覽。" "What is confirmed is what is shown above; if anything has changed meanwhile, a new preview is shown first.";

    Application "申请单" "申請單" "Application";
    State "状态" "狀態" "State";
    AppliedAt "申请时间" "申請時間" "Applied at";
    Gross "价税合计" "價稅合計" "Gross";
    Corrects "换开自" "換開自" "Corrects";
    CorrectedBy "已换开为" "已換開為" "Corrected by";
    RejectedBecause "驳回原因" "駁回原因" "Rejected because";
    WhatNext "接下来" "接下來" "What comes next";
    Timeline "经过" "經過" "What has happened";
    StepApplied "已申请" "已申請" "applied for";
    StepReview "审核" "審核" "review";
    StepIssuing "开票中" "開票中" "being issued";
    StepIssued "已开票" "已開票" "issued";
    Cancel "取消申请" "取消申請" "Cancel";
    Reapply "余额再次申请" "餘額再次申請" "Apply again for what is open";
    Resend "补发" "補發" "Send again";
    WrongTitle "抬头有误，申请换开" "抬頭有誤，申請換開" "Wrong title: ask for a correction";
    RightTitle "正确的抬头" "正確的抬頭" "The right title";
    SendReport "提交换开请求" "提交換開請求" "Ask for the correction";
    Claim "领取" "領取" "Claim";
    Approve "通过" "通過" "Approve";
    Reject "驳回" "駁回" "Reject";
    Reason "原因" "原因" "Reason";
    Invoices "发票" "發票" "Invoices";
    Number "发票号码" "發票號碼" "Number";
    IssuedAt "开票时间" "開票時間" "Issued at";
    Download "下载" "下載" "Download";
    Blue "蓝字发票" "藍字發票" "Blue invoices";
    Red "红字发票" "紅字發票" "Red invoices";
    TaskPlanned "待提交" "待提交" "not sent yet";
    TaskIssued "已开具" "已開具" "issued";
    TaskVoided "已作废" "已作廢" "voided";
    TaskInDoubt "存疑" "存疑" "in doubt";
    TaskFailed "被拒绝" "被拒絕" "refused";
    TaskSuperseded "已替换" "已替換" "replaced";

    Subject "事项" "事項" "What";
    WaitsOn "等待" "等待" "Waits on";
    Since "自" "自" "since";
    OnReviewer "等审核员" "等審核員" "on reviewers";
    OnStaff "等财务处理" "等財務處理" "on finance";
    OnCounterparty "等购买方" "等購買方" "on buyers";
    OnProvider "等服务商" "等服務商" "on the provider";
    OnWorker "排队中" "排隊中" "in the queue";
    StandsStill "账户已暂停，登录后可继续：" "帳戶已暫停，登入後可繼續：" "This account stands still until somebody has logged in:";
    Resume "已登录，继续" "已登入，繼續" "Logged in: go on";
    FoundAtBureau "演示：税务局账上有这张发票：" "演示：稅務局帳上有這張發票：" "Demonstration: the bureau's books have this invoice:";
    NotAtBureau "演示：税务局账上没有这张发票。" "演示：稅務局帳上沒有這張發票。" "Demonstration: the bureau's books have no such invoice.";
    ResolveIssued "已开具：登记号码" "已開具：登記號碼" "It was issued: record it";
    ResolveDenied "确认没有开具" "確認沒有開具" "It certainly was not issued";
    Retry "重试" "重試" "Try again";
    Confirmation "红字确认单" "紅字確認單" "Red confirmation";
    Until "截止" "截止" "Until";
    Withdraw "撤回" "撤回" "Withdraw";
    BuyersSide "演示：购买方在电子税务局看到这张确认单，可以确认或拒绝。" "演示：購買方在電子稅務局看到這張確認單，可以確認或拒絕。" "Demonstration: at the bureau the buyer sees this confirmation and may confirm or refuse it.";
    BuyerConfirms "代购买方确认" "代購買方確認" "Confirm as the buyer";
    BuyerRefuses "代购买方拒绝" "代購買方拒絕" "Refuse as the buyer";
    ReasonError "01 开票有误" "01 開票有誤" "01 issued in error";
    ReasonReturned "02 销货退回" "02 銷貨退回" "02 goods returned";
    ReasonStopped "03 服务中止" "03 服務中止" "03 service stopped";
    ReasonAllowance "04 销售折让" "04 銷售折讓" "04 allowance";
    Take "接手" "接手" "Take";
    Correct "换开" "換開" "Correct";
    Decline "不予处理" "不予處理" "Decline";
    TicketOpen "待处理" "待處理" "open";
    TicketInHand "处理中" "處理中" "in hand";
    TicketSettled "已解决" "已解決" "settled";
    TicketDeclined "不予处理" "不予處理" "declined";
    TroubleTitle "抬头有误" "抬頭有誤" "wrong title";
    TroubleAmount "金额有误" "金額有誤" "wrong amount";
    TroubleNotReceived "没有收到" "沒有收到" "not received";
    TroubleOther "其他问题" "其他問題" "something else";
    CreditLine "授信额度" "授信額度" "Credit line";
    CreditTotal "本月总额度" "本月總額度" "of this month";
    CreditAvailable "税务局剩余" "稅務局剩餘" "left at the bureau";
    CreditPending "待开占用" "待開占用" "waiting to be issued";
    CreditLeft "预计剩余" "預計剩餘" "left after that";
    CreditEnough "额度充足" "額度充足" "enough";
    CreditShort "额度不足" "額度不足" "not enough";
    ByMonth "按月净开票（元）" "按月淨開票（元）" "Invoiced by month, reds taken off (CNY)";
    ByCategory "类别占比（扣除红字）" "類別占比（扣除紅字）" "Shares of categories, less red";
    Books "账目核对" "帳目核對" "Proof of the books";
    BooksHold "一致" "一致" "they agree";
    BooksBroken "不一致" "不一致" "they do not agree";
    Who "谁" "誰" "Who";
    Times "次数" "次數" "Times";
    LastTried "最近一次" "最近一次" "Newest attempt";
    When "时间" "時間" "When";
}

impl Word {
    pub(crate) const fn of_role(role: Role) -> Self {
        match role {
            Role::Buyer => Self::RoleBuyer,
            Role::Support => Self::RoleSupport,
            Role::Finance => Self::RoleFinance,
            Role::Reviewer => Self::RoleReviewer,
            Role::Admin => Self::RoleAdmin,
            _ => Self::RoleSystem,
        }
    }

    pub(crate) const fn of_waiting(on: WaitsOn) -> Self {
        match on {
            WaitsOn::Reviewer => Self::OnReviewer,
            WaitsOn::Counterparty => Self::OnCounterparty,
            WaitsOn::Provider => Self::OnProvider,
            WaitsOn::Worker => Self::OnWorker,
            _ => Self::OnStaff,
        }
    }

    pub(crate) fn of_kind(kind: InvoiceKind) -> Self {
        match kind {
            InvoiceKind::DIGITAL_ORDINARY => Self::Ordinary,
            InvoiceKind::DIGITAL_SPECIAL => Self::Special,
            _ => Self::OtherKind,
        }
    }

    pub(crate) const fn of_reason(reason: RedReason) -> Self {
        match reason {
            RedReason::IssuedInError => Self::ReasonError,
            RedReason::Returned => Self::ReasonReturned,
            RedReason::ServiceStopped => Self::ReasonStopped,
            RedReason::Allowance => Self::ReasonAllowance,
        }
    }

    pub(crate) fn of_trouble(trouble: &str) -> Self {
        match trouble {
            "wrong_title" => Self::TroubleTitle,
            "wrong_amount" => Self::TroubleAmount,
            "not_received" => Self::TroubleNotReceived,
            _ => Self::TroubleOther,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_missing_in_any_language() {
        for word in Word::ALL {
            for language in [Language::ZhCn, Language::ZhTw, Language::En] {
                let text = word.wording(language);
                assert!(!text.trim().is_empty() && text.trim() == text, "{word:?}");
            }
            // The example of a title stays Chinese: that is what people paste.
            assert!(word.wording(Language::En).is_ascii() || *word == Word::PasteHint, "{word:?}");
        }
    }

    #[test]
    fn the_characters_of_one_chinese_do_not_stand_in_the_other() {
        const SIMPLIFIED: &str =
            "们这见车书买卖东发开关门问间单订审领号码税额红冲换请认证电话账户实时办员务从后会";
        const TRADITIONAL: &str =
            "們這見車書買賣東發開關門問間單訂審領號碼稅額紅沖換請認證電話帳戶實時辦員務從後會";
        for word in Word::ALL {
            for c in word.wording(Language::ZhTw).chars().filter(|c| !TRADITIONAL.contains(*c)) {
                assert!(!SIMPLIFIED.contains(c), "{word:?} {c}");
            }
            for c in word.wording(Language::ZhCn).chars().filter(|c| !SIMPLIFIED.contains(*c)) {
                assert!(!TRADITIONAL.contains(c), "{word:?} {c}");
            }
        }
    }
}
