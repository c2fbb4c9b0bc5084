//! Capital amounts, QR payloads, invoice codes and numbers.

use super::entry::rules;

rules! {
    CAPITAL_EMPTY "CAPITAL-01" Error Never
        "大写金额为空" "大寫金額為空" "the capital amount is empty"
    CAPITAL_CHARACTER "CAPITAL-02" Error Never
        "第{position}个字不是大写金额用字" "第{position}個字不是大寫金額用字"
        "character {position} is not used in capital amounts"
    CAPITAL_GRAMMAR "CAPITAL-03" Error Never
        "大写金额自第{position}个字起写法有误" "大寫金額自第{position}個字起寫法有誤"
        "the capital amount is not well formed from character {position} on"
    CAPITAL_RANGE "CAPITAL-04" Error Never
        "金额超出范围" "金額超出範圍" "the amount is out of range"
    CAPITAL_WHOLE "CAPITAL-05" Hint Allowed
        "到圆为止的大写金额后面应写“整”" "到圓為止的大寫金額後面應寫「整」"
        "a capital amount that ends in 圆 is followed by 整"
    AMOUNT "CAPITAL-06" Error Never
        "不是最多两位小数的金额" "不是最多兩位小數的金額" "this is not an amount with at most two decimals"
    QR_FIELDS "QR-01" Error Never
        "二维码内容应有{expected}个字段" "二維碼內容應有{expected}個欄位"
        "the payload has {expected} fields separated by commas"
    QR_VERSION "QR-02" Error Never
        "不是发票二维码(首字段应为01)" "不是發票二維碼(首欄位應為01)"
        "this is no invoice payload: the first field is 01"
    QR_TYPE "QR-03" Warning Allowed
        "未知的发票种类代码" "未知的發票種類代碼" "the payload names an unknown kind of invoice"
    QR_AMOUNT "QR-04" Error Never
        "金额格式有误" "金額格式有誤" "the amount in the payload cannot be read"
    QR_DATE "QR-05" Error Never
        "开票日期有误" "開票日期有誤" "the date in the payload does not exist"
    QR_CHECK_CODE "QR-06" Warning Allowed
        "校验码应为20位数字" "校驗碼應為20位數字" "a check code has 20 digits"
    QR_CRC_WRONG "QR-07" Warning Allowed
        "二维码的CRC校验不符" "二維碼的CRC校驗不符" "the checksum at the end of the payload is wrong"
    QR_CRC_ABSENT "QR-08" Hint Allowed
        "二维码没有CRC校验" "二維碼沒有CRC校驗" "the payload has no checksum"
    NUMBER_EMPTY "NUMBER-01" Error Never
        "发票号码为空" "發票號碼為空" "the invoice number is empty"
    NUMBER_CHARACTER "NUMBER-02" Error Never
        "发票号码第{position}位不是数字" "發票號碼第{position}位不是數字"
        "character {position} of the invoice number is not a digit"
    NUMBER_LENGTH "NUMBER-03" Error Never
        "发票号码应为{expected}位" "發票號碼應為{expected}位" "an invoice number has {expected} digits"
    NUMBER_CODE "NUMBER-04" Error Never
        "发票代码应为{expected}位数字" "發票代碼應為{expected}位數字" "an invoice code has {expected} digits"
    NUMBER_YEAR "NUMBER-05" Error Never
        "发票号码前两位应为开票年份{expected}" "發票號碼前兩位應為開票年份{expected}"
        "the first two digits should be the year of issue, {expected}"
    NUMBER_REGION "NUMBER-06" Hint Allowed
        "发票号码中的地区代码不常见" "發票號碼中的地區代碼不常見" "the region in the invoice number is unusual"
    CODE_YEAR "NUMBER-07" Warning Allowed
        "发票代码的年份晚于开票年份" "發票代碼的年份晚於開票年份"
        "the year in the invoice code is later than the year of issue"
}
