//! Tax numbers (纳税人识别号) and certificates.

use super::entry::rules;

rules! {
    EMPTY "TAXID-01" Error Never
        "税号为空" "稅號為空" "the tax number is empty"
    LENGTH "TAXID-02" Error Never
        "税号应为{expected}位" "稅號應為{expected}位" "a tax number has {expected} characters"
    CHARACTER "TAXID-03" Error Never
        "税号第{position}位不是数字或大写字母" "稅號第{position}位不是數字或大寫字母"
        "character {position} of the tax number is neither a digit nor a capital letter"
    PLACEHOLDER "TAXID-04" Error Never
        "这是占位号码,不是真实税号" "這是占位號碼,不是真實稅號" "this is a placeholder, not a tax number"
    UNKNOWN_KIND "TAXID-05" Warning Allowed
        "不符合任何已知税号结构,请核对" "不符合任何已知稅號結構,請核對"
        "the number follows no known structure; please compare it with the registration certificate"
    OVERLAP "TAXID-06" Hint Allowed
        "同时符合统一社会信用代码与身份证号码的校验" "同時符合統一社會信用代碼與身分證號碼的校驗"
        "the number passes both as a social credit code and as a resident ID"
    USCC_LENGTH "TAXID-USCC-01" Error Never
        "统一社会信用代码应为{expected}位" "統一社會信用代碼應為{expected}位"
        "a unified social credit code has {expected} characters"
    USCC_ALPHABET "TAXID-USCC-02" Error Never
        "第{position}位不在代码字符集内(不使用I、O、S、V、Z)" "第{position}位不在代碼字元集內(不使用I、O、S、V、Z)"
        "character {position} is outside the code's alphabet, which has no I, O, S, V or Z"
    USCC_DIVISION_DIGIT "TAXID-USCC-03" Error Never
        "第{position}位属于行政区划码,应为数字" "第{position}位屬於行政區劃碼,應為數字"
        "character {position} belongs to the division code and must be a digit"
    USCC_CHECK "TAXID-USCC-04" Error Allowed
        "校验码应为{expected}" "校驗碼應為{expected}" "the check character should be {expected}"
    USCC_ORGANISATION "TAXID-USCC-05" Warning Allowed
        "组织机构代码(第9至17位)的校验码应为{expected}" "組織機構代碼(第9至17位)的校驗碼應為{expected}"
        "the organisation code inside (characters 9 to 17) should end in {expected}"
    USCC_REGISTRAR "TAXID-USCC-06" Warning Allowed
        "登记管理部门与机构类别的组合未列入标准" "登記管理部門與機構類別的組合未列入標準"
        "this pair of registering department and category is not in the published list"
    USCC_PROVINCE "TAXID-USCC-07" Error Allowed
        "第3、4位不是省级行政区划代码" "第3、4位不是省級行政區劃代碼"
        "characters 3 and 4 are not the code of a province"
    USCC_PILOT "TAXID-USCC-08" Warning Allowed
        "试点时期发放的代码,校验码与标准不符" "試點時期發放的代碼,校驗碼與標準不符"
        "a code issued in the pilot period; its check character does not follow the standard"
    RID_LENGTH "TAXID-RID-01" Error Never
        "居民身份证号码应为{expected}位" "居民身分證號碼應為{expected}位"
        "a resident ID has {expected} characters"
    RID_CHARACTER "TAXID-RID-02" Error Never
        "身份证号码第{position}位应为数字(末位可为X)" "身分證號碼第{position}位應為數字(末位可為X)"
        "character {position} of the resident ID must be a digit; only the last may be X"
    RID_PROVINCE "TAXID-RID-03" Error Never
        "身份证号码前两位不是省级代码" "身分證號碼前兩位不是省級代碼"
        "the resident ID does not begin with the code of a province"
    RID_DATE "TAXID-RID-04" Error Never
        "身份证号码中的出生日期不存在" "身分證號碼中的出生日期不存在"
        "the date of birth in the resident ID does not exist"
    RID_FUTURE "TAXID-RID-05" Error Never
        "身份证号码中的出生日期晚于今天" "身分證號碼中的出生日期晚於今天"
        "the date of birth in the resident ID lies in the future"
    RID_CHECK "TAXID-RID-06" Error Never
        "身份证校验码应为{expected}" "身分證校驗碼應為{expected}"
        "the check character of the resident ID should be {expected}"
    OLD_ORGANISATION "TAXID-OLD-01" Warning Allowed
        "15位税号中组织机构代码的校验码应为{expected}" "15位稅號中組織機構代碼的校驗碼應為{expected}"
        "the organisation code in this 15-character number should end in {expected}"
    CERT_TYPE "CERT-01" Error Never
        "不支持的证件类型" "不支援的證件類型" "this type of certificate is not accepted on invoices"
    CERT_INCOMPLETE "CERT-02" Error Never
        "证件类型、证件号码与国籍应同时填写或同时为空" "證件類型、證件號碼與國籍應同時填寫或同時為空"
        "certificate type, number and nationality must be given together or not at all"
    CERT_NUMBER "CERT-03" Error Never
        "证件号码与证件类型不符" "證件號碼與證件類型不符"
        "the number does not have the form of this type of certificate"
    CERT_NATIONALITY "CERT-04" Error Never
        "国籍或地区与证件不符,应为{expected}" "國籍或地區與證件不符,應為{expected}"
        "the nationality does not go with the certificate; expected {expected}"
    CERT_SHAPE "CERT-05" Warning Allowed
        "证件号码的形式不常见,请核对" "證件號碼的形式不常見,請核對"
        "the certificate number has an unusual form; please compare it"
    CERT_COUNTRY "CERT-06" Error Never
        "国籍应为三位数字代码" "國籍應為三位數字代碼" "the nationality is a three-digit country code"
}
