//! Phone, e-mail, bank account, free text.

use super::entry::rules;

rules! {
    TEXT_LONG "TEXT-01" Error Never
        "超过{expected}个字符" "超過{expected}個字元" "longer than {expected} characters"
    TEXT_LONG_MAYBE "TEXT-02" Warning Allowed
        "可能超过该渠道的{expected}个字符上限" "可能超過該管道的{expected}個字元上限"
        "probably longer than this channel takes ({expected} characters)"
    TEXT_CONTROL "TEXT-03" Error Never
        "第{position}个字符是控制字符" "第{position}個字元是控制字元"
        "character {position} is a control character, which an invoice file cannot hold"
    TEXT_INVISIBLE "TEXT-04" Warning Allowed
        "第{position}个字符不可见" "第{position}個字元不可見" "character {position} is invisible"
    TEXT_VANISHING "TEXT-05" Warning Allowed
        "第{position}个字符可能无法显示在发票上" "第{position}個字元可能無法顯示在發票上"
        "character {position} may vanish on the printed invoice"
    TEXT_ESCAPE "TEXT-06" Error Never
        "第{position}个字符起是未还原的转义序列" "第{position}個字元起是未還原的跳脫序列"
        "an escape sequence was left in the text at character {position}"
    TEXT_EDGE "TEXT-07" Hint Allowed
        "首尾有空格" "首尾有空格" "there are spaces at an end"
    TEXT_CUT "TEXT-08" Hint Allowed
        "备注过长,版式文件上会被截断" "備註過長,版式檔案上會被截斷"
        "the remark will be cut off on the printed page"
    EMAIL_EMPTY "EMAIL-01" Error Never
        "邮箱为空" "郵箱為空" "the e-mail address is empty"
    EMAIL_AT "EMAIL-02" Error Never
        "邮箱应有且只有一个@" "郵箱應有且只有一個@" "an e-mail address has exactly one @"
    EMAIL_CHARACTER "EMAIL-03" Error Never
        "邮箱第{position}个字符不允许使用" "郵箱第{position}個字元不允許使用"
        "character {position} cannot stand in an e-mail address"
    EMAIL_DOT "EMAIL-04" Error Never
        "邮箱第{position}个字符处的点或连字符位置有误" "郵箱第{position}個字元處的點或連字號位置有誤"
        "a dot or hyphen at character {position} is misplaced"
    EMAIL_DOMAIN "EMAIL-05" Error Never
        "邮箱域名不完整" "郵箱網域不完整" "the domain of the e-mail address is incomplete"
    EMAIL_LENGTH "EMAIL-06" Error Never
        "邮箱过长,最多{expected}个字符" "郵箱過長,最多{expected}個字元"
        "the e-mail address is longer than {expected} characters"
    EMAIL_SLIP "EMAIL-07" Warning Allowed
        "邮箱域名疑似拼写错误" "郵箱網域疑似拼字錯誤" "the domain looks like a misspelt well-known one"
    PHONE_EMPTY "PHONE-01" Error Never
        "电话为空" "電話為空" "the phone number is empty"
    PHONE_CHARACTER "PHONE-02" Error Never
        "电话第{position}个字符不允许使用" "電話第{position}個字元不允許使用"
        "character {position} cannot stand in a phone number"
    PHONE_SHAPE "PHONE-03" Warning Allowed
        "电话不是手机、固话或400/800号码" "電話不是手機、市話或400/800號碼"
        "neither a mobile, nor a landline, nor a 400/800 number"
    PHONE_AREA "PHONE-04" Hint Allowed
        "固定电话缺少区号" "市話缺少區號" "the area code is missing"
    PHONE_MOBILE "PHONE-05" Error Never
        "手机号应为11位,以1开头" "手機號應為11位,以1開頭" "a mobile number has 11 digits and begins with 1"
    BANK_EMPTY "BANK-01" Error Never
        "银行账号为空" "銀行帳號為空" "the bank account is empty"
    BANK_CHARACTER "BANK-02" Error Never
        "银行账号第{position}位不是数字或字母" "銀行帳號第{position}位不是數字或字母"
        "character {position} of the bank account is neither a digit nor a letter"
    BANK_LENGTH "BANK-03" Warning Allowed
        "银行账号长度不常见(通常{expected}位)" "銀行帳號長度不常見(通常{expected}位)"
        "a bank account usually has {expected} characters"
    BANK_LUHN "BANK-04" Hint Allowed
        "银行卡号未通过Luhn校验" "銀行卡號未通過Luhn校驗" "the card number does not pass the Luhn check"
    BANK_SPLIT "BANK-05" Error Never
        "无法分出开户行与账号" "無法分出開戶行與帳號" "bank and account cannot be told apart"
    PASTE_NOTHING "PASTE-01" Error Never
        "没有识别出抬头信息" "沒有識別出抬頭資訊" "no field of a title was found in the text"
}
