//! Messages of people who keep a camp running, in several languages.
//!
//! They are put together by chance from lists of clauses, so they say less than people do and
//! compress better: a figure over them is to be read beside the raw limit over the same text.

use fieldpost_testkit::Dice;

/// A language that messages are made in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Language {
    pub(crate) name: &'static str,
    verbs: [&'static str; 16],
    objects: [&'static str; 24],
    places: [&'static str; 16],
    openings: [&'static str; 8],
    /// In a clause: verb, object, place, hour and minute.
    clause: fn(&str, &str, &str, &str) -> String,
    joint: &'static str,
}

impl Language {
    /// A message.
    pub(crate) fn message(&self, dice: &mut Dice) -> String {
        let mut message = self.openings[dice.below(self.openings.len())].to_owned();
        let clauses = 1 + dice.below(3);
        for clause in 0..clauses {
            if clause > 0 {
                message.push_str(self.joint);
            }
            let time = format!("{:02}:{:02}", dice.below(24), dice.below(60));
            let verb = self.verbs[dice.below(self.verbs.len())];
            let object = self.objects[dice.below(self.objects.len())];
            let place = self.places[dice.below(self.places.len())];
            message.push_str(&(self.clause)(verb, object, place, &time));
        }
        message
    }
}

pub(crate) const ENGLISH: Language = Language {
    name: "English, generated",
    verbs: [
        "checked",
        "repaired",
        "moved",
        "refilled",
        "counted",
        "found",
        "lost sight of",
        "loaded",
        "unpacked",
        "cleaned",
        "marked",
        "photographed",
        "tested",
        "replaced",
        "collected",
        "closed",
    ],
    objects: [
        "the generator",
        "two water tanks",
        "the spare antenna",
        "six crates of bandages",
        "the east fence",
        "a leaking pump",
        "the blue truck",
        "the tent heaters",
        "all fuel drums",
        "the radio batteries",
        "the night rota",
        "a broken axle",
        "the kitchen stores",
        "the bridge planks",
        "the patient lists",
        "the satellite dish",
        "a pair of tyres",
        "the vaccine fridge",
        "the lamp posts",
        "forty blankets",
        "the survey maps",
        "the workshop keys",
        "a stray dog",
        "the solar panels",
    ],
    places: [
        "at the north camp",
        "behind the school",
        "near the river",
        "by gate two",
        "at the depot",
        "on the hill road",
        "in the clinic",
        "beside the airstrip",
        "at checkpoint four",
        "under the mast",
        "in sector nine",
        "at the well",
        "outside the mess",
        "on the ridge",
        "in the old mill",
        "at the ferry",
    ],
    openings: ["", "", "Update: ", "FYI, ", "Morning all. ", "Sorry, late: ", "Heads up, ", "OK, "],
    clause: |verb, object, place, time| format!("we {verb} {object} {place} at {time}"),
    joint: ", then ",
};

pub(crate) const UKRAINIAN: Language = Language {
    name: "Ukrainian, generated",
    verbs: [
        "перевірили",
        "полагодили",
        "перевезли",
        "заправили",
        "порахували",
        "знайшли",
        "загубили",
        "завантажили",
        "розпакували",
        "почистили",
        "позначили",
        "сфотографували",
        "випробували",
        "замінили",
        "зібрали",
        "зачинили",
    ],
    objects: [
        "генератор",
        "два баки з водою",
        "запасну антену",
        "шість ящиків бинтів",
        "східний паркан",
        "несправний насос",
        "синю вантажівку",
        "обігрівачі наметів",
        "усі бочки з пальним",
        "батареї для рацій",
        "нічний графік",
        "зламану вісь",
        "запаси кухні",
        "дошки для мосту",
        "списки пацієнтів",
        "супутникову тарілку",
        "пару шин",
        "холодильник для вакцин",
        "стовпи з ліхтарями",
        "сорок ковдр",
        "карти місцевості",
        "ключі від майстерні",
        "бездомного пса",
        "сонячні панелі",
    ],
    places: [
        "у північному таборі",
        "за школою",
        "біля річки",
        "коло других воріт",
        "на складі",
        "на гірській дорозі",
        "у клініці",
        "біля злітної смуги",
        "на четвертому посту",
        "під щоглою",
        "у дев'ятому секторі",
        "біля колодязя",
        "перед їдальнею",
        "на хребті",
        "у старому млині",
        "на поромі",
    ],
    openings: [
        "",
        "",
        "Оновлення: ",
        "До відома, ",
        "Доброго ранку. ",
        "Вибачте, запізно: ",
        "Увага, ",
        "Гаразд, ",
    ],
    clause: |verb, object, place, time| format!("ми {verb} {object} {place} о {time}"),
    joint: ", потім ",
};

pub(crate) const ARABIC: Language = Language {
    name: "Arabic, generated",
    verbs: [
        "فحصنا",
        "أصلحنا",
        "نقلنا",
        "ملأنا",
        "أحصينا",
        "وجدنا",
        "فقدنا",
        "حمّلنا",
        "أفرغنا",
        "نظّفنا",
        "علّمنا",
        "صوّرنا",
        "اختبرنا",
        "استبدلنا",
        "جمعنا",
        "أغلقنا",
    ],
    objects: [
        "المولد",
        "خزاني ماء",
        "الهوائي الاحتياطي",
        "ستة صناديق ضمادات",
        "السياج الشرقي",
        "مضخة معطلة",
        "الشاحنة الزرقاء",
        "مدافئ الخيام",
        "كل براميل الوقود",
        "بطاريات اللاسلكي",
        "جدول الليل",
        "محورا مكسورا",
        "مؤن المطبخ",
        "ألواح الجسر",
        "قوائم المرضى",
        "طبق القمر",
        "إطارين",
        "ثلاجة اللقاحات",
        "أعمدة الإنارة",
        "أربعين بطانية",
        "خرائط المسح",
        "مفاتيح الورشة",
        "كلبا ضالا",
        "الألواح الشمسية",
    ],
    places: [
        "في المعسكر الشمالي",
        "خلف المدرسة",
        "قرب النهر",
        "عند البوابة الثانية",
        "في المستودع",
        "على طريق التل",
        "في العيادة",
        "بجانب المدرج",
        "عند الحاجز الرابع",
        "تحت الصاري",
        "في القطاع التاسع",
        "عند البئر",
        "أمام المطعم",
        "على الحافة",
        "في الطاحونة القديمة",
        "عند العبارة",
    ],
    openings: [
        "",
        "",
        "تحديث: ",
        "للعلم، ",
        "صباح الخير. ",
        "عذرا على التأخير: ",
        "انتباه، ",
        "حسنا، ",
    ],
    clause: |verb, object, place, time| format!("{verb} {object} {place} الساعة {time}"),
    joint: "، ثم ",
};

pub(crate) const JAPANESE: Language = Language {
    name: "Japanese, generated",
    verbs: [
        "点検しました",
        "修理しました",
        "移しました",
        "補充しました",
        "数えました",
        "見つけました",
        "見失いました",
        "積みました",
        "開梱しました",
        "掃除しました",
        "印を付けました",
        "撮影しました",
        "試験しました",
        "交換しました",
        "集めました",
        "閉めました",
    ],
    objects: [
        "発電機",
        "水タンク二つ",
        "予備のアンテナ",
        "包帯六箱",
        "東側の柵",
        "漏れているポンプ",
        "青いトラック",
        "テントの暖房",
        "燃料のドラム缶全部",
        "無線機の電池",
        "夜勤の当番表",
        "折れた車軸",
        "炊事場の備蓄",
        "橋の板",
        "患者の名簿",
        "衛星アンテナ",
        "タイヤ二本",
        "ワクチンの冷蔵庫",
        "街灯の柱",
        "毛布四十枚",
        "測量の地図",
        "作業場の鍵",
        "迷い犬",
        "太陽電池",
    ],
    places: [
        "北の宿営地",
        "学校の裏",
        "川の近く",
        "第二門のそば",
        "倉庫",
        "丘の道",
        "診療所",
        "滑走路の横",
        "第四検問所",
        "鉄塔の下",
        "第九区",
        "井戸",
        "食堂の前",
        "尾根",
        "古い水車小屋",
        "渡し場",
    ],
    openings: [
        "",
        "",
        "続報：",
        "参考まで、",
        "おはようございます。",
        "遅れてすみません。",
        "注意：",
        "了解、",
    ],
    clause: |verb, object, place, time| format!("{time}に{place}で{object}を{verb}"),
    joint: "。それから",
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn messages_differ_and_repeat_with_their_seed() {
        for language in [ENGLISH, UKRAINIAN, ARABIC, JAPANESE] {
            let make = |seed| {
                let mut dice = Dice::new(seed);
                (0..500).map(|_| language.message(&mut dice)).collect::<Vec<_>>()
            };
            assert_eq!(make(1), make(1));
            assert_ne!(make(1), make(2));
            let different: HashSet<_> = make(1).into_iter().collect();
            assert!(different.len() > 495, "{}: {}", language.name, different.len());
        }
    }
}
