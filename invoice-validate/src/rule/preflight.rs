//! Whole issue requests.

use super::entry::rules;

rules! {
    NO_LINES "PRE-LINES-01" Error Never
        "没有明细行" "沒有明細行" "there are no lines"
    TOO_MANY_LINES "PRE-LINES-02" Error Never
        "明细行超过该渠道上限{expected}行" "明細行超過該管道上限{expected}行"
        "more lines than the {expected} this channel takes"
    MANY_LINES "PRE-LINES-03" Hint Allowed
        "建议明细行不超过{expected}行" "建議明細行不超過{expected}行" "at most {expected} lines are advised"
    PRICE_TIMES_QUANTITY "PRE-LINE-01" Error Never
        "单价乘数量与金额相差超过{expected}" "單價乘數量與金額相差超過{expected}"
        "price times quantity differs from the amount by more than {expected}"
    LINE_TAX "PRE-LINE-02" Error Never
        "金额乘税率与税额相差超过{expected}" "金額乘稅率與稅額相差超過{expected}"
        "amount times rate differs from the tax by more than {expected}"
    QUANTITY_AND_PRICE "PRE-LINE-03" Error Never
        "数量与单价应同时填写或同时为空" "數量與單價應同時填寫或同時為空"
        "quantity and unit price are given together or not at all"
    NUMBER_FORM "PRE-LINE-04" Error Never
        "不是十进制数" "不是十進位數" "this is not a decimal number"
    NUMBER_LONG "PRE-LINE-05" Error Never
        "数字超过{expected}个字符" "數字超過{expected}個字元" "the number is longer than {expected} characters"
    NUMBER_DECIMALS "PRE-LINE-06" Error Never
        "小数超过{expected}位" "小數超過{expected}位" "the number has more than {expected} decimals"
    QUANTITY_ZERO "PRE-LINE-07" Error Never
        "数量不能为零" "數量不能為零" "the quantity may not be zero"
    LINE_SIGN "PRE-LINE-08" Error Never
        "金额或税额的正负号不符" "金額或稅額的正負號不符" "the sign of the amount or of the tax is wrong here"
    ITEM_MISSING "PRE-LINE-09" Error Never
        "缺少项目名称" "缺少項目名稱" "the name of goods or service is missing"
    ITEM_LONG "PRE-LINE-10" Error Never
        "带简称的项目名称超过{expected}个字符" "帶簡稱的項目名稱超過{expected}個字元"
        "the item name with its short name is longer than {expected} characters"
    CODE_FORM "PRE-LINE-11" Error Never
        "税收分类编码应为{expected}位数字" "稅收分類編碼應為{expected}位數字"
        "a tax classification code has {expected} digits"
    NOT_DEDUCTIBLE "PRE-LINE-12" Hint Allowed
        "该项目的进项税额不得抵扣,请确认是否开具专票" "該項目的進項稅額不得抵扣,請確認是否開具專票"
        "input tax on this item is not deductible; please confirm the special invoice"
    NUMBER_SIGN "PRE-LINE-13" Error Never
        "数量或单价的正负号不符" "數量或單價的正負號不符" "the sign of the quantity or of the price is wrong here"
    DISCOUNT_SIGN "PRE-DISCOUNT-01" Error Never
        "折扣行金额应为负数" "折扣行金額應為負數" "the amounts of a discount row are negative"
    DISCOUNT_FIELDS "PRE-DISCOUNT-02" Error Never
        "折扣行不得填写规格、单位、数量和单价" "折扣行不得填寫規格、單位、數量和單價"
        "a discount row has no specification, unit, quantity or price"
    DISCOUNT_ORDER "PRE-DISCOUNT-03" Error Never
        "折扣行应紧跟被折扣行" "折扣行應緊跟被折扣行" "a discount row stands directly below the row it discounts"
    DISCOUNT_DIFFERS "PRE-DISCOUNT-04" Error Never
        "折扣行的项目、编码、税率与被折扣行不一致" "折扣行的項目、編碼、稅率與被折扣行不一致"
        "a discount row repeats the name, code, rate and treatment of its row"
    DISCOUNT_LARGER "PRE-DISCOUNT-05" Warning Allowed
        "折扣大于被折扣行" "折扣大於被折扣行" "the discount is larger than the row it discounts"
    DISCOUNT_MISSING "PRE-DISCOUNT-06" Error Never
        "被折扣行之后没有折扣行" "被折扣行之後沒有折扣行" "no discount row follows the discounted row"
    DISCOUNT_ON_RED "PRE-DISCOUNT-07" Error Never
        "红字发票不得有折扣行" "紅字發票不得有折扣行" "a red invoice has no discount rows"
    SUM_NET "PRE-TOTAL-01" Error Never
        "明细金额之和与合计金额相差超过{expected}" "明細金額之和與合計金額相差超過{expected}"
        "the amounts of the rows differ from the total by more than {expected}"
    SUM_TAX "PRE-TOTAL-02" Error Never
        "按税率计算的税额与合计税额相差超过{expected}" "按稅率計算的稅額與合計稅額相差超過{expected}"
        "the tax computed from the rows differs from the total tax by more than {expected}"
    SUM_GROSS "PRE-TOTAL-03" Error Never
        "价税合计不等于合计金额加合计税额" "價稅合計不等於合計金額加合計稅額"
        "the gross total is not the net total plus the tax"
    TOTAL_SIGN "PRE-TOTAL-04" Error Never
        "合计金额与价税合计的正负号不符或为零" "合計金額與價稅合計的正負號不符或為零"
        "a total is zero or has the wrong sign"
    SUM_LINE_TAX "PRE-TOTAL-05" Warning Allowed
        "明细税额之和与合计税额不一致" "明細稅額之和與合計稅額不一致"
        "the taxes of the rows do not add up to the total tax"
    TREATMENT_RATE "PRE-TREATMENT-01" Error Never
        "免税、不征税与零税率行的税率和税额应为零" "免稅、不徵稅與零稅率行的稅率和稅額應為零"
        "rate and tax of an exempt, not taxable or zero-rated row are zero"
    NOT_TAXABLE_SPECIAL "PRE-TREATMENT-02" Error Never
        "不征税项目不得开具专票" "不徵稅項目不得開具專票" "what is not taxable cannot stand on a special invoice"
    EXEMPT_SPECIAL "PRE-TREATMENT-03" Warning Allowed
        "免税项目一般不得开具专票" "免稅項目一般不得開具專票"
        "an exempt sale does not normally get a special invoice"
    CODE_NOT_TAXABLE "PRE-TREATMENT-04" Error Never
        "6开头的编码应为不征税" "6開頭的編碼應為不徵稅" "a code that begins with 6 is not taxable"
    NOT_TAXABLE_MIXED "PRE-TREATMENT-05" Error Never
        "不征税行不得与其他行混开" "不徵稅行不得與其他行混開"
        "rows that are not taxable may not stand beside others"
    NOT_TAXABLE_MIXED_MAYBE "PRE-TREATMENT-06" Warning Allowed
        "民航发展基金只能与航空客运混开" "民航發展基金只能與航空客運混開"
        "the aviation fund may stand only beside air passenger transport"
    RATE_ZERO_UNMARKED "PRE-TREATMENT-07" Error Never
        "税率为零的行应注明零税率、免税或不征税" "稅率為零的行應註明零稅率、免稅或不徵稅"
        "a row at rate zero says whether it is zero-rated, exempt or not taxable"
    DIFFERENTIAL_ROWS "PRE-DIFFERENTIAL-01" Error Never
        "差额征税发票只能有一行且无折扣行" "差額徵稅發票只能有一行且無折扣行"
        "a differential invoice has exactly one row and no discount"
    DIFFERENTIAL_DEDUCTION "PRE-DIFFERENTIAL-02" Error Never
        "扣除额应不小于零且不大于价税合计" "扣除額應不小於零且不大於價稅合計"
        "the deduction is not negative and not above the gross amount"
}
