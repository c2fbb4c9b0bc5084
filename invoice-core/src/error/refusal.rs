use super::Language;

macro_rules! refusals {
    ($($name:ident $code:literal $zh_cn:literal $zh_tw:literal $en:literal;)*) => {
        /// Why something was refused. The text code never changes its meaning and is never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum RefusalCode {
            $(#[doc = concat!("`", $code, "`: ", $en)] $name,)*
        }

        /// Every code there is, in the order of the table.
        pub const ALL_REFUSALS: &[RefusalCode] = &[$(RefusalCode::$name,)*];

        impl RefusalCode {
            /// The stable code, such as `LEDGER-01`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The sentence with `{facts}` still to be filled in.
            #[must_use]
            pub const fn template(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::ZhCn) => $zh_cn,
                      (Self::$name, Language::ZhTw) => $zh_tw,
                      (Self::$name, _) => $en,)*
                }
            }
        }
    };
}

refusals! {
    IdMalformed "ID-01" "{what} 须为 1 至 64 个可见 ASCII 字符。" "{what} 須為 1 至 64 個可見 ASCII 字元。" "{what} must be 1 to 64 visible ASCII characters.";
    AmountOverflow "MONEY-01" "金额超出可表示的范围。" "金額超出可表示的範圍。" "The amount is beyond what can be represented.";

    TaxCodeUnknown "TAX-01" "税收分类编码 {code} 不在编码表中，请更新编码表或更正编码。" "稅收分類編碼 {code} 不在編碼表中，請更新編碼表或更正編碼。" "Tax code {code} is not in the table; update the table or correct the code.";
    TaxCodeSummary "TAX-02" "税收分类编码 {code} 是汇总项，不能用于开票，请改用其下级编码。" "稅收分類編碼 {code} 是彙總項，不能用於開票，請改用其下級編碼。" "Tax code {code} is a summary; use one of the codes below it.";
    TaxShortName "TAX-03" "税收分类编码 {code} 的简称应为“{expected}”。" "稅收分類編碼 {code} 的簡稱應為「{expected}」。" "The short name of tax code {code} must be {expected}.";
    TaxRateNotOfCode "TAX-04" "税收分类编码 {code} 不能按税率 {rate} 或该征税方式开票，可用税率：{expected}。" "稅收分類編碼 {code} 不能按稅率 {rate} 或該徵稅方式開票，可用稅率：{expected}。" "Tax code {code} may not be sold at rate {rate} with this treatment; rates allowed: {expected}.";
    TaxRateOutOfDates "TAX-05" "税率 {rate} 在 {day} 不在有效期内，不能开票。" "稅率 {rate} 在 {day} 不在有效期內，不能開票。" "Rate {rate} is not in force on {day}; no invoice can be issued at it.";
    TaxCodeOutOfDates "TAX-06" "税收分类编码 {code} 在 {day} 不在有效期内，不能开票。" "稅收分類編碼 {code} 在 {day} 不在有效期內，不能開票。" "Tax code {code} is not in force on {day}; no invoice can be issued for it.";

    OrderEmpty "ORDER-01" "订单 {order} 没有任何明细行。" "訂單 {order} 沒有任何明細行。" "Order {order} has no lines.";
    OrderLineRepeated "ORDER-02" "订单 {order} 的行号 {line} 重复。" "訂單 {order} 的行號 {line} 重複。" "Order {order} names line {line} twice.";
    OrderLineAmounts "ORDER-03" "行 {line} 的金额不成立：金额须大于零，折扣须在零与金额之间，数量须大于零。" "行 {line} 的金額不成立：金額須大於零，折扣須在零與金額之間，數量須大於零。" "Line {line} does not hold: amount and quantity must be above zero, the discount between zero and the amount.";
    OrderTotals "ORDER-04" "订单 {order} 应付 {expected}，而支付合计为 {given}，两者不符。" "訂單 {order} 應付 {expected}，而支付合計為 {given}，兩者不符。" "Order {order} comes to {expected} but the tenders sum to {given}.";
    OrderUnknown "ORDER-05" "没有订单 {order}。" "沒有訂單 {order}。" "There is no order {order}.";
    OrderLineUnknown "ORDER-06" "订单 {order} 没有行 {line}。" "訂單 {order} 沒有行 {line}。" "Order {order} has no line {line}.";
    OrderChanged "ORDER-07" "订单 {order} 已按不同内容登记过，登记后的订单不能更改。" "訂單 {order} 已按不同內容登記過，登記後的訂單不能更改。" "Order {order} was recorded before with other contents; a recorded order cannot change.";
    OrderNotPaid "ORDER-08" "订单 {order} 尚未支付。" "訂單 {order} 尚未支付。" "Order {order} is not paid.";
    OrderPaid "ORDER-09" "订单 {order} 已登记过不同的支付。" "訂單 {order} 已登記過不同的支付。" "Another payment of order {order} was recorded before.";
    OrderNotYours "ORDER-10" "订单 {order} 不属于该销售方或该购买方。" "訂單 {order} 不屬於該銷售方或該購買方。" "Order {order} belongs to another seller or buyer.";
    SellerUnknown "SELLER-01" "没有开票主体 {seller}。" "沒有開票主體 {seller}。" "There is no seller {seller}.";
    ProviderUnknown "SELLER-03" "没有开票服务商 {provider}。" "沒有開票服務商 {provider}。" "There is no provider {provider}.";
    ProviderKeys "SELLER-04" "服务商 {provider} 不接受本系统的流水号（20 位字母和数字）。" "服務商 {provider} 不接受本系統的流水號（20 位字母和數字）。" "Provider {provider} does not take the keys of the desk (20 letters and digits).";
    KindNotOffered "SELLER-02" "开票主体 {seller} 不开具 {kind}，或该渠道不能申请。" "開票主體 {seller} 不開具 {kind}，或該渠道不能申請。" "Seller {seller} does not issue {kind}, or not through this channel.";

    RefundTooMuch "REFUND-01" "行 {line} 退款 {asked} 超过可退金额 {free}。" "行 {line} 退款 {asked} 超過可退金額 {free}。" "A refund of {asked} on line {line} is more than the {free} that can still be refunded.";
    RefundEmpty "REFUND-02" "退款 {refund} 没有大于零的金额。" "退款 {refund} 沒有大於零的金額。" "Refund {refund} has no amount above zero.";
    RefundChanged "REFUND-03" "退款 {refund} 已按不同内容登记过。" "退款 {refund} 已按不同內容登記過。" "Refund {refund} was recorded before with other contents.";

    BalanceExceeded "LEDGER-01" "订单 {order} 行 {line} 申请 {asked}，超过可开票金额 {free}。" "訂單 {order} 行 {line} 申請 {asked}，超過可開票金額 {free}。" "Order {order}, line {line}: {asked} asked for, {free} can still be invoiced.";
    BalanceEmpty "LEDGER-02" "订单 {order} 没有可开票金额。" "訂單 {order} 沒有可開票金額。" "Nothing can be invoiced on order {order}.";
    BalanceBelowAmount "LEDGER-03" "订单 {order} 申请 {asked}，超过可开票金额 {free}。" "訂單 {order} 申請 {asked}，超過可開票金額 {free}。" "Order {order}: {asked} asked for, {free} can still be invoiced.";
    AmountTooSmall "LEDGER-04" "订单 {order} 行 {line} 的金额过小，拆分后不含税金额为零。" "訂單 {order} 行 {line} 的金額過小，拆分後不含稅金額為零。" "Order {order}, line {line}: the amount is so small that its net part would be zero.";

    TitleInvalid "TITLE-01" "抬头不能用于该发票：{faults}。" "抬頭不能用於該發票：{faults}。" "The title cannot stand on this invoice: {faults}.";

    SearchTooShort "FIND-01" "请至少输入两个字符再查询。" "請至少輸入兩個字元再查詢。" "Give at least two characters to look for.";
    TitleBookFull "TITLE-02" "抬头簿最多保存 {most} 个抬头，请先删除不用的抬头。" "抬頭簿最多保存 {most} 個抬頭，請先刪除不用的抬頭。" "A title book keeps at most {most} titles; drop one that is not used.";
    TitleNotFound "TITLE-03" "文本中没有识别到抬头名称，请补充后再试。" "文字中沒有識別到抬頭名稱，請補充後再試。" "No name was found in the text; add it and try again.";
    TitleUnknown "TITLE-04" "抬头簿中没有抬头 {title}。" "抬頭簿中沒有抬頭 {title}。" "There is no title {title} in the book.";

    ApplicationEmpty "APPLY-01" "申请没有指明订单，或订单重复。" "申請沒有指明訂單，或訂單重複。" "The application names no order, or one twice.";
    ApplicationChanged "APPLY-02" "申请单 {application} 已按不同内容提交过。" "申請單 {application} 已按不同內容提交過。" "Application {application} was submitted before with other contents.";
    ApplicationUnknown "APPLY-03" "没有申请单 {application}。" "沒有申請單 {application}。" "There is no application {application}.";
    ApplicationTooEarly "APPLY-04" "订单 {order} 尚未达到申请节点（{trigger}）。" "訂單 {order} 尚未達到申請節點（{trigger}）。" "Order {order} has not reached the point from which it can be applied for ({trigger}).";
    ApplicationState "APPLY-05" "申请单 {application} 处于“{state}”，不能执行 {verb}。" "申請單 {application} 處於「{state}」，不能執行 {verb}。" "Application {application} is {state}; {verb} is not possible.";
    PreviewStale "APPLY-06" "预览之后情况已变化（{what}），请重新预览后再确认。" "預覽之後情況已變化（{what}），請重新預覽後再確認。" "The world has moved since the preview ({what}); look at a new one before confirming.";
    ReviewerRepeated "APPLY-07" "须由另一人复核：{actor} 已经审核过或提交了申请单 {application}。" "須由另一人複核：{actor} 已經審核過或提交了申請單 {application}。" "Another person must approve: {actor} has already approved or submitted application {application}.";
    ReviewHeld "REVIEW-01" "申请单 {application} 正由 {actor} 审核，{until} 前他人不能处理。" "申請單 {application} 正由 {actor} 審核，{until} 前他人不能處理。" "Application {application} is in the hands of {actor} until {until}.";
    ApplicationTooLong "APPLY-08" "申请单号最多 {most} 个字符。" "申請單號最多 {most} 個字元。" "An application id has at most {most} characters.";
    NothingToCorrect "CORRECT-01" "申请单 {application} 的抬头和票种与原来相同，无需换开。" "申請單 {application} 的抬頭和票種與原來相同，無需換開。" "Application {application} has this title and kind already; there is nothing to correct.";
    CorrectedAlready "CORRECT-02" "申请单 {application} 已由 {by} 换开，不能再次换开，请对 {by} 操作。" "申請單 {application} 已由 {by} 換開，不能再次換開，請對 {by} 操作。" "Application {application} is corrected by {by} already; go on from there.";
    PeriodicTooLong "PERIODIC-01" "按期开票计划编号最多 {most} 个字符。" "按期開票計畫編號最多 {most} 個字元。" "The id of a periodic plan has at most {most} characters.";
    PeriodicUnknown "PERIODIC-02" "没有按期开票计划 {plan}。" "沒有按期開票計畫 {plan}。" "There is no periodic plan {plan}.";
    PeriodicChanged "PERIODIC-03" "按期开票计划 {plan} 已结束，或其主体、购买方、周期、起始日与登记的不同；请另建计划。" "按期開票計畫 {plan} 已結束，或其主體、購買方、週期、起始日與登記的不同；請另建計畫。" "Periodic plan {plan} has ended, or has another seller, buyer, rhythm or first day; make a new one.";
    NoticeUnknown "NOTICE-01" "没有通知 {notice}。" "沒有通知 {notice}。" "There is no notice {notice}.";
    NoticeDelivered "NOTICE-02" "通知 {notice} 已送达，无需重发。" "通知 {notice} 已送達，無需重發。" "Notice {notice} has arrived; it need not be tried again.";
    NoticeRoute "NOTICE-03" "没有配置发送“{event}”的通知方式。" "沒有設定發送「{event}」的通知方式。" "No notifier tells {event}.";
    BatchShape "BATCH-01" "批次编号最多 {id} 个字符，文件须有 1 至 {rows} 行，且行号不得重复。" "批次編號最多 {id} 個字元，檔案須有 1 至 {rows} 行，且行號不得重複。" "A batch has an id of at most {id} characters and 1 to {rows} rows, each with a number of its own.";
    BatchChanged "BATCH-02" "批次 {batch} 已按不同内容提交过，请换一个批次编号。" "批次 {batch} 已按不同內容提交過，請換一個批次編號。" "Batch {batch} was submitted before with other contents; take another id.";
    BatchUnknown "BATCH-03" "没有批次 {batch}。" "沒有批次 {batch}。" "There is no batch {batch}.";
    TicketUnknown "TICKET-01" "没有工单 {ticket}。" "沒有工單 {ticket}。" "There is no ticket {ticket}.";
    TicketProof "TICKET-02" "工单 {ticket}：发票遗失须为纸质发票，并附遗失证明。" "工單 {ticket}：發票遺失須為紙質發票，並附遺失證明。" "Ticket {ticket}: only paper is lost, and the loss must be shown.";
    TicketDeed "TICKET-03" "工单 {ticket} 处于“{state}”，不能由您这样处理。" "工單 {ticket} 處於「{state}」，不能由您這樣處理。" "Ticket {ticket} is {state}; you cannot do this to it.";
    TicketChanged "TICKET-04" "工单 {ticket} 已按不同内容提交过。" "工單 {ticket} 已按不同內容提交過。" "Ticket {ticket} was reported before with other contents.";
    PaperNotPaper "PAPER-01" "开票任务 {invoice} 不是纸质发票。" "開票任務 {invoice} 不是紙質發票。" "Invoice task {invoice} is not on paper.";
    PaperDeed "PAPER-02" "开票任务 {invoice} 的纸质发票处于“{state}”，不能执行 {verb}。" "開票任務 {invoice} 的紙質發票處於「{state}」，不能執行 {verb}。" "The sheets of invoice task {invoice} are {state}; {verb} is not possible.";
    PaperTracking "PAPER-03" "开票任务 {invoice}：快递公司和运单号须各为 1 至 {most} 个字符。" "開票任務 {invoice}：快遞公司和運單號須各為 1 至 {most} 個字元。" "Invoice task {invoice}: carrier and tracking number need 1 to {most} characters each.";
    VoidKind "VOID-01" "开票任务 {invoice}（{kind}）不能作废：只有税控纸质蓝字发票可以作废，其他发票请红冲。" "開票任務 {invoice}（{kind}）不能作廢：只有稅控紙質藍字發票可以作廢，其他發票請紅沖。" "Invoice task {invoice} ({kind}) cannot be voided: only blue legacy paper can; flush others.";
    VoidUnable "VOID-02" "服务商 {provider} 不能作废发票。" "服務商 {provider} 不能作廢發票。" "Provider {provider} cannot void invoices.";
    VoidMonth "VOID-03" "开票任务 {invoice} 不是本月开具，不能作废，请红冲。" "開票任務 {invoice} 不是本月開具，不能作廢，請紅沖。" "Invoice task {invoice} was not issued this month; flush it instead.";
    VoidSheets "VOID-04" "开票任务 {invoice} 的发票联次尚未全部收回，不能作废。" "開票任務 {invoice} 的發票聯次尚未全部收回，不能作廢。" "The sheets of invoice task {invoice} have not all come back; it cannot be voided.";
    VoidTakenBack "VOID-05" "开票任务 {invoice} 已部分红冲、正在红冲或换开，不能作废。" "開票任務 {invoice} 已部分紅沖、正在紅沖或換開，不能作廢。" "Invoice task {invoice} is being flushed, was flushed in part, or is being corrected; it cannot be voided.";
    ReceivedMissing "RECEIVED-01" "收到的发票缺少 {field}，请补充后再登记。" "收到的發票缺少 {field}，請補充後再登記。" "The received invoice has no {field}; add it and try again.";
    ReceivedNumber "RECEIVED-02" "发票号码与票种 {kind} 不符：数电发票为 20 位号码，其他发票为代码和 8 位号码。" "發票號碼與票種 {kind} 不符：數電發票為 20 位號碼，其他發票為代碼和 8 位號碼。" "The number is not one of {kind}: digital invoices have 20 digits, others a code and 8 digits.";
    ReceivedAmounts "RECEIVED-03" "收到的发票金额不成立：不含税 {net} 加税额 {tax} 不等于价税合计 {gross}，请核对。" "收到的發票金額不成立：不含稅 {net} 加稅額 {tax} 不等於價稅合計 {gross}，請核對。" "The amounts of the received invoice do not hold: net {net} and tax {tax} are not gross {gross}.";
    ReceivedTooLong "RECEIVED-04" "收到的发票的 {field} 过长：每项最多 {most} 个字符，明细行数也有上限。" "收到的發票的 {field} 過長：每項最多 {most} 個字元，明細行數也有上限。" "The received invoice's {field} is too long: a text has at most {most} characters, and the number of rows is bounded, too.";
    ReceivedAgain "RECEIVED-05" "发票 {number} 已由 {by} 于 {day} 登记，当前状态为“{state}”，不能重复登记。" "發票 {number} 已由 {by} 於 {day} 登記，目前狀態為「{state}」，不能重複登記。" "Invoice {number} was handed in by {by} on {day} and is {state}; it cannot be handed in twice.";
    ReceivedClaimed "RECEIVED-06" "发票 {number} 已由 {by} 于 {day} 列入报销单 {claim}，不能重复报销。" "發票 {number} 已由 {by} 於 {day} 列入報銷單 {claim}，不能重複報銷。" "Invoice {number} is claimed by {by} in {claim} since {day}; it cannot be claimed twice.";
    ReceivedUnknown "RECEIVED-07" "没有登记过发票 {number}。" "沒有登記過發票 {number}。" "No invoice {number} was received.";
    ReceivedState "RECEIVED-08" "发票 {number} 处于“{state}”，不能执行 {verb}。" "發票 {number} 處於「{state}」，不能執行 {verb}。" "Received invoice {number} is {state}; {verb} is not possible.";
    ReceivedForOther "RECEIVED-09" "发票 {number} 的购买方税号不是 {entity} 的税号，请退回重开或登记到正确的主体。" "發票 {number} 的購買方稅號不是 {entity} 的稅號，請退回重開或登記到正確的主體。" "Invoice {number} is made out to another tax ID than {entity}'s; have it issued again or hand it in for the right company.";
    ReceivedOver "RECEIVED-10" "发票 {number} 在税局的状态为“{standing}”，不能入账或报销。" "發票 {number} 在稅局的狀態為「{standing}」，不能入帳或報銷。" "Invoice {number} is {standing}; it can be neither booked nor claimed.";
    ReceivedOwnClaim "RECEIVED-11" "报销须由另一人办理：发票 {number} 由 {actor} 本人列入报销单。" "報銷須由另一人辦理：發票 {number} 由 {actor} 本人列入報銷單。" "Another person must reimburse: {actor} claimed invoice {number}.";
    ReceivedText "RECEIVED-12" "{what} 须为 1 至 {most} 个字符，标签和备注的数量也有上限。" "{what} 須為 1 至 {most} 個字元，標籤和備註的數量也有上限。" "A {what} has 1 to {most} characters, and the number of tags and notes is bounded.";
    ArchiveName "ARCHIVE-01" "归档文件名须为 1 至 {most} 个字母、数字、点、横线或下划线，且不得重复。" "歸檔檔案名須為 1 至 {most} 個字母、數字、點、橫線或底線，且不得重複。" "The name of an archived file has 1 to {most} letters, digits, points, hyphens or underscores, and occurs once.";
    VerifyUnable "VERIFY-03" "没有配置可查验 {kind} 的查验服务。" "沒有設定可查驗 {kind} 的查驗服務。" "No verifier was set up that verifies {kind}.";
    VerifyKind "VERIFY-01" "票种 {kind} 不能查验。" "票種 {kind} 不能查驗。" "Invoices of kind {kind} cannot be verified.";
    VerifyField "VERIFY-02" "查验 {kind} 须提供 {field}，请补充。" "查驗 {kind} 須提供 {field}，請補充。" "To verify {kind} its {field} is needed; add it.";
    DeadlinePassed "APPLY-09" "订单 {order} 的申请期限 {day} 已过，请联系商家处理。" "訂單 {order} 的申請期限 {day} 已過，請聯絡商家處理。" "Order {order} could be applied for until {day}; ask the shop.";
    PeriodClosed "APPLY-10" "订单 {order} 于 {day} 支付，{closed} 之前的期间已结账，不能再开票。" "訂單 {order} 於 {day} 支付，{closed} 之前的期間已結帳，不能再開票。" "Order {order} was paid on {day}; the books before {closed} are closed.";

    InvoiceUnknown "INVOICE-01" "没有开票任务 {invoice}。" "沒有開票任務 {invoice}。" "There is no invoice task {invoice}.";
    InvoiceState "INVOICE-02" "开票任务 {invoice} 处于“{state}”，不能执行 {verb}。" "開票任務 {invoice} 處於「{state}」，不能執行 {verb}。" "Invoice task {invoice} is {state}; {verb} is not possible.";
    InvoiceAmounts "INVOICE-03" "服务商返回的金额与开票任务 {invoice} 不符：应为 {expected}，返回 {given}。" "服務商返回的金額與開票任務 {invoice} 不符：應為 {expected}，返回 {given}。" "The provider's totals differ from invoice task {invoice}: {expected} expected, {given} given.";
    InvoiceNumberYear "INVOICE-05" "开票任务 {invoice} 的发票号码 {number} 所含年份与开票日期 {day} 不符。" "開票任務 {invoice} 的發票號碼 {number} 所含年份與開票日期 {day} 不符。" "The number {number} of invoice task {invoice} does not name the year of {day}, the day it was issued on.";
    RequestUnwritable "INVOICE-04" "开票请求 {invoice} 无法写成报文。" "開票請求 {invoice} 無法寫成報文。" "The request of {invoice} cannot be written.";

    NotPermitted "ACCESS-01" "角色 {role} 不能执行 {verb}。" "角色 {role} 不能執行 {verb}。" "Role {role} may not {verb}.";
    NotYourOwn "ACCESS-02" "只能处理自己的订单和申请。" "只能處理自己的訂單和申請。" "A buyer may only act on their own orders and applications.";
    ChannelNotYours "ACCESS-03" "购买方不能使用后台渠道申请。" "購買方不能使用後臺管道申請。" "A buyer may not apply through the back office.";

    SplitEmpty "SPLIT-01" "没有可以开票的行：合计须大于零。" "沒有可以開票的行：合計須大於零。" "Nothing to invoice: the total must be above zero.";
    SplitLineAmounts "SPLIT-02" "第 {line} 行的金额不成立：{what}。" "第 {line} 行的金額不成立：{what}。" "The amounts of line {line} do not hold: {what}.";
    SplitLimitTooSmall "SPLIT-03" "单张限额 {limit} 过小，第 {line} 行无法拆分。" "單張限額 {limit} 過小，第 {line} 行無法拆分。" "The limit of {limit} per invoice is too small to cut line {line}.";
    SplitLineCap "SPLIT-04" "每张发票的行数上限 {cap} 放不下一行及其折扣行。" "每張發票的行數上限 {cap} 放不下一行及其折扣行。" "A cap of {cap} rows per invoice cannot hold a line with its discount row.";
    PlanRejected "PLAN-01" "拆票方案未通过独立校验（{what}），未提交任何开票请求。" "拆票方案未通過獨立校驗（{what}），未提交任何開票請求。" "The plan was refused by the independent checker ({what}); nothing was sent.";
    PreflightFailed "PLAN-02" "该发票不符合开票规则：{faults}。" "該發票不符合開票規則：{faults}。" "The invoice would not be taken: {faults}.";
    RedFullOnly "RED-01" "冲红原因 01 只能全额红冲，第 {blue} 张蓝票不能部分红冲。" "沖紅原因 01 只能全額紅沖，第 {blue} 張藍票不能部分紅沖。" "Reason 01 flushes whole invoices only; blue invoice {blue} would be flushed in part.";
    RedReasonOfCode "RED-02" "冲红原因 {reason} 不适用于第 {blue} 张蓝票的商品或服务。" "沖紅原因 {reason} 不適用於第 {blue} 張藍票的商品或服務。" "Reason {reason} is not open to the goods or services of blue invoice {blue}.";
    RedAllowanceQuantity "RED-03" "销售折让不得填写数量（第 {line} 行）。" "銷售折讓不得填寫數量（第 {line} 行）。" "A sales allowance may not name a quantity (line {line}).";
    RedDemandAmount "RED-04" "红冲的金额和数量须大于零（第 {line} 行）。" "紅沖的金額和數量須大於零（第 {line} 行）。" "What is to be flushed must be above zero (line {line}).";
    RedBlueAmounts "RED-05" "第 {blue} 张蓝票的金额不成立，或已红冲超过原票。" "第 {blue} 張藍票的金額不成立，或已紅沖超過原票。" "The amounts of blue invoice {blue} do not hold, or more is red than it had.";
    RedKind "RED-06" "{by} 不能红冲第 {blue} 张蓝票（{of}）：新可冲旧、电可冲纸，专票冲专票。" "{by} 不能紅沖第 {blue} 張藍票（{of}）：新可沖舊、電可沖紙，專票沖專票。" "{by} may not flush blue invoice {blue} ({of}): new flushes old, electronic flushes paper, special flushes special.";
    RedTaxDisk "RED-07" "第 {blue} 张蓝票由税控设备开具，税控设备注销后才能用数电发票红冲。" "第 {blue} 張藍票由稅控設備開具，稅控設備註銷後才能用數電發票紅沖。" "Blue invoice {blue} came from a tax disk; a digital red may flush it once that is cancelled.";
    RedAllowanceOnly "RED-08" "第 {blue} 张蓝票第 {row} 行的单价乘数量与金额相差超过 0.01，只能以销售折让红冲。" "第 {blue} 張藍票第 {row} 行的單價乘數量與金額相差超過 0.01，只能以銷售折讓紅沖。" "Row {row} of blue invoice {blue}: price times quantity misses the amount by more than 0.01, so only an allowance can flush it.";
    RedFormUnplaced "RED-10" "购买方发起的红字确认单 {form} 不能对应到开票任务 {blue}（{why}），请核对后由人工处理。" "購買方發起的紅字確認單 {form} 不能對應到開票任務 {blue}（{why}），請核對後由人工處理。" "The buyer's red confirmation {form} does not fit invoice task {blue} ({why}); a person has to look at it.";
    RedAnswerNotOurs "RED-11" "开票任务 {invoice} 的红字确认单处于状态 {state}，销售方此时不能执行 {answer}。" "開票任務 {invoice} 的紅字確認單處於狀態 {state}，銷售方此時不能執行 {answer}。" "The red confirmation of invoice task {invoice} is in state {state}: it is not the seller who may {answer} it.";
    RedVoidInstead "RED-09" "第 {blue} 张蓝票是当月税控纸质发票，仍可作废，请作废而不是全额红冲。" "第 {blue} 張藍票是當月稅控紙質發票，仍可作廢，請作廢而不是全額紅沖。" "Blue invoice {blue} is legacy paper of this month and can still be voided; void it instead of flushing it in full.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_every_language_names_the_same_facts() {
        let codes: BTreeSet<_> = ALL_REFUSALS.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ALL_REFUSALS.len());
        for code in ALL_REFUSALS {
            let facts = |language| -> BTreeSet<String> {
                code.template(language)
                    .split('{')
                    .skip(1)
                    .filter_map(|rest| rest.split_once('}'))
                    .map(|(name, _)| name.to_owned())
                    .collect()
            };
            assert_eq!(facts(Language::ZhCn), facts(Language::En), "{}", code.as_str());
            assert_eq!(facts(Language::ZhTw), facts(Language::En), "{}", code.as_str());
        }
    }
}
