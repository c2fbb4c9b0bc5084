//! Titles (抬头): what the buyer's block must hold.

use super::entry::rules;

rules! {
    NAME_MISSING "TITLE-NAME-01" Error Never
        "缺少购买方名称" "缺少購買方名稱" "the buyer's name is missing"
    NAME_SHORT "TITLE-NAME-02" Error Never
        "自然人名称应多于一个字符" "自然人名稱應多於一個字元" "a person's name has more than one character"
    NAME_PERSON_LIKE "TITLE-NAME-03" Hint Allowed
        "名称不超过四个字,请确认购买方是否为自然人" "名稱不超過四個字,請確認購買方是否為自然人"
        "the name has at most four characters; please confirm whether the buyer is a person"
    NAME_SUFFIX "TITLE-NAME-04" Warning Allowed
        "名称以（个人）结尾,但购买方不是自然人" "名稱以（個人）結尾,但購買方不是自然人"
        "the name ends in （个人）, but the buyer is not marked as a person"
    NAME_IS_NUMBER "TITLE-NAME-05" Warning Allowed
        "名称看起来是税号或电话" "名稱看起來是稅號或電話" "the name looks like a number"
    NAME_LONG_PRINTED "TITLE-NAME-06" Error Never
        "加上（个人）后名称超过{expected}个字符" "加上（个人）後名稱超過{expected}個字元"
        "with （个人） appended the name is longer than {expected} characters"
    TAX_ID_MISSING "TITLE-TAXID-01" Error Never
        "必须填写购买方税号" "必須填寫購買方稅號" "the buyer's tax number is required"
    TAX_ID_ADVISED "TITLE-TAXID-02" Hint Allowed
        "企业抬头建议填写税号,否则购买方无法作为税收凭证" "企業抬頭建議填寫稅號,否則購買方無法作為稅收憑證"
        "a company should give its tax number, or it cannot use the invoice as a tax voucher"
    TAX_ID_SELLER "TITLE-TAXID-03" Error Never
        "购买方与销售方税号相同" "購買方與銷售方稅號相同" "buyer and seller have the same tax number"
    TAX_ID_NOT_CERTIFICATE "TITLE-TAXID-04" Error Never
        "证件为居民身份证时,税号应与证件号码一致" "證件為居民身分證時,稅號應與證件號碼一致"
        "with a resident ID as certificate, the tax number must equal its number"
    TAX_ID_PERSON_KIND "TITLE-TAXID-05" Warning Allowed
        "个人抬头填写了单位税号;个体工商户应按单位开具" "個人抬頭填寫了單位稅號;個體工商戶應按單位開具"
        "a person's title carries an organisation's number; an individual business is an organisation"
    ADDRESS_MISSING "TITLE-ADDRESS-01" Error Never
        "必须填写购买方地址" "必須填寫購買方地址" "the buyer's address is required"
    PHONE_MISSING "TITLE-PHONE-01" Error Never
        "必须填写购买方电话" "必須填寫購買方電話" "the buyer's phone is required"
    BANK_MISSING "TITLE-BANK-01" Error Never
        "必须填写购买方开户行" "必須填寫購買方開戶行" "the buyer's bank is required"
    ACCOUNT_MISSING "TITLE-ACCOUNT-01" Error Never
        "必须填写购买方银行账号" "必須填寫購買方銀行帳號" "the buyer's bank account is required"
    BANK_INCOMPLETE "TITLE-BANK-02" Warning Allowed
        "开户行与账号应同时填写" "開戶行與帳號應同時填寫" "bank and account belong together"
    TOGETHER_LONG "TITLE-BANK-03" Warning Allowed
        "两项合并后超过该渠道的{expected}个字符" "兩項合併後超過該管道的{expected}個字元"
        "the two fields this channel joins are longer than {expected} characters together"
    EMAIL_MISSING "TITLE-EMAIL-01" Error Never
        "必须填写邮箱" "必須填寫郵箱" "an e-mail address is required"
    MOBILE_MISSING "TITLE-MOBILE-01" Error Never
        "必须填写手机号" "必須填寫手機號" "a mobile number is required"
    CERTIFICATE_NOT_PERSON "TITLE-CERT-01" Error Never
        "非自然人购买方不得填写证件信息" "非自然人購買方不得填寫證件資訊"
        "only a person's title may carry a certificate"
    SPECIAL_TO_PERSON "TITLE-CLASS-01" Error Allowed
        "不得向消费者个人开具增值税专用发票" "不得向消費者個人開具增值稅專用發票"
        "no special invoice is issued to a consumer"
}
