"""The words of a report and what they mean: one row a phrase, a pattern in which a space is also a hyphen."""

from __future__ import annotations

import re

from UterineSynthLib.description.parsing.terms import Kind, Organ
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    BladderFilling,
    Figo,
    Level,
    MenopausalStatus,
    MyomaSignal,
    MyometrialInvasion,
    Pathology,
    Plane,
    UterinePosition,
    Wall,
)

_CAESAREAN = r"(?:c(?:a?e)?sarean|c)(?: sections?| delivery)?"
_UTERUS_OF = r"(?:uterine |uterus )?"

_PATHOLOGIES = (
    (
        rf"(?:{_UTERUS_OF})(?:leio)?myom(?:a|as|ata|atous nodules?)|{_UTERUS_OF}fibroids?|fibromyomas?"
        rf"|fibroid uterus|myomatous uterus",
        Pathology.LEIOMYOMA,
    ),
    (r"adenomyosis|adenomyotic changes?", Pathology.ADENOMYOSIS),
    (r"(?:endometrial |intracavitary |uterine )?polyps?", Pathology.ENDOMETRIAL_POLYP),
    (
        r"(?:endometrial |endometrioid |uterine |corpus )?(?:adeno)?(?:carcinomas?|cancers?|malignanc(?:y|ies))"
        r"|(?:malignant )?endometrial tumou?rs?|(?:endometrial )?malignant tumou?rs?",
        Pathology.ENDOMETRIAL_CARCINOMA,
    ),
    (
        r"nabothian (?:cysts?|follicles?)|(?:ovula|ovulum) nabothi"
        r"|cervical retention cysts?",
        Pathology.NABOTHIAN_CYSTS,
    ),
    (
        rf"(?:{_CAESAREAN} )?(?:scar )?(?:niche|isthmocele)s?|{_CAESAREAN} scar (?:defect|diverticulum)"
        rf"|{_CAESAREAN} (?:defect|diverticulum)|(?:uterine )?scar (?:niche|defect|diverticulum)",
        Pathology.CAESAREAN_NICHE,
    ),
)

_ORGANS = (
    (r"uterus|uterine (?:length|volume|size|corpus and cervix)", Organ.UTERUS),
    (r"junctional zones?(?: thickness)?|jz", Organ.JUNCTIONAL_ZONE),
    (r"endometri(?:um|al (?:thickness|stripe|lining|echo|complex))(?: thickness)?", Organ.ENDOMETRIUM),
    (r"(?:urinary )?bladder(?: filling)?", Organ.BLADDER),
    (
        r"(?:thinnest |remaining )?residual (?:myometri(?:um|al thickness)|thickness|wall)(?: thickness)?|rmt"
        r"|(?:myometrium|myometrial thickness) (?:left|remaining)|remaining myometri(?:um|al thickness)",
        Organ.NICHE_RESIDUAL,
    ),
    (r"(?:niche )?depth", Organ.NICHE_DEPTH),
    (r"slices?|sections|slice count|number of slices", Organ.SLICES),
    (r"(?:slice|section) thickness|thick slices|slices thick", Organ.SLICE_THICKNESS),
    (
        r"slice (?:spacing|distance|interval)|spacing between slices|cent(?:er|re) to cent(?:er"
        r"|re)",
        Organ.SLICE_SPACING,
    ),
    (r"(?:inter ?slice |slice )?gap", Organ.SLICE_GAP),
    (
        r"in plane(?: (?:spacing|resolution|pixel size|pixels?))?|pixel (?:size|spacing)|(?:square )?pixels",
        Organ.IN_PLANE,
    ),
    (r"voxels?(?: size)?", Organ.VOXEL),
    (r"(?:acquisition |image )?matrix(?: size)?", Organ.MATRIX),
)

_POSTURES = (
    (r"ante ?vert(?:ed|ion)|av", ("version", 1)),
    (r"retro ?vert(?:ed|ion)|rv", ("version", -1)),
    (r"ante ?flex(?:ed|ion)|af", ("flexion", 1)),
    (r"retro ?flex(?:ed|ion)|rf", ("flexion", -1)),
    (r"version(?: angle)?", ("version", 0)),
    (r"flexion(?: angle)?", ("flexion", 0)),
)

_POSITIONS = tuple((position.value.replace("/", r"\s*[/,-]?\s*"), position) for position in UterinePosition)

_OTHER_ORGANS = (
    r"ovar(?:y|ies|ian)(?: (?:cysts?|follicles?|masses|mass|fibromas?|cancer|carcinoma))?"
    r"|adnexal?(?: mass(?:es)?| cysts?)?"
    r"|kidneys?|rectum|rectal|sigmoid|bowel|lymph ?nodes?|lymph ?adenopathy|adenopathy|vagina|vaginal"
    r"|parametri(?:um|al)"
    r"|(?:free |pelvic )*fluid|ascites|cervical (?:polyps?|cancers?|carcinomas?|length|stroma)|endocervical polyps?"
    r"|(?:bladder|rectal|colon|ovarian|tubal|vaginal|vulvar) (?:polyps?|cancers?|carcinomas?|tumou?rs?)"
    r"|(?:outer )?myometri(?:um|al) thickness|(?:fallopian )?tubes?|hydrosalpin(?:x|ges)|endometriosis|endometriomas?"
    r"|sacrum|spine|hips?|ureters?|douglas|pouch|vessels|side ?wall|iud|intrauterine device|field of view|fov"
    r"|(?:bone|bony) (?:marrow|structures?|pelvis)|hydronephrosis|metastas[ei]s|(?:uterine )?cavity"
)

_FACTS = (
    (
        r"pre ?menopausal(?: status)?|reproductive age|before (?:the )?menopause",
        Kind.MENOPAUSE,
        MenopausalStatus.PREMENOPAUSAL,
    ),
    (r"post ?menopausal(?: status)?|after (?:the )?menopause", Kind.MENOPAUSE, MenopausalStatus.POSTMENOPAUSAL),
    (r"mid ?sagittal|sagittal(?:ly)?", Kind.PLANE, Plane.SAGITTAL),
    (r"axial(?:ly)?|transverse", Kind.PLANE, Plane.AXIAL),
    (r"coronal(?:ly)?", Kind.PLANE, Plane.CORONAL),
)

_SUBTYPES = (
    (r"sub ?mucos(?:al|ous|a)|intra ?cavitary", "submucosal"),
    (r"intra ?mural", "intramural"),
    (r"sub ?seros(?:al|ous|a)", "subserosal"),
    (r"trans ?mural", "transmural"),
)

_SIDE = r"(?: (?:uterine |myometrial )?walls?| lateral(?: (?:uterine |myometrial )?walls?)?| sided?)?"
_WALLS = tuple((rf"{wall.value}(?:ly)?{_SIDE}|(?:lateral )?wall {wall.value}", wall) for wall in Wall)
_LEVELS = (
    (r"(?:uterine )?fund(?:us|al)(?: region)?", Level.FUNDUS),
    (r"(?:uterine )?corpus(?: uteri)?|corporal|(?:uterine |mid )?body|mid (?:corpus|uterus)", Level.CORPUS),
    (r"(?:uterine )?isthm(?:us|ic)|lower (?:uterine )?segment", Level.ISTHMUS),
    (r"(?:uterine )?cerv(?:ix|ical)(?: stroma)?", Level.CERVIX),
)
_T2 = r"(?:t2 ?w? (?:weighted )?)?"
_DEGENERATED = r"(?: degenerat(?:ion|ed|ive)| changes?| signal)?"
_SIGNALS = (
    (
        rf"{_T2}(?:hypo ?intense|low {_T2}signal(?: intensity)?|dark|(?:typical(?:ly)?(?: dark)?)(?: {_T2}signal"
        rf"| appearance)?)",
        MyomaSignal.TYPICAL,
    ),
    (
        rf"(?:hyper ?)?cellular(?: {_T2}signal)?|{_T2}(?:hyper ?intense|high {_T2}signal(?: intensity)?"
        rf"|bright(?: signal)?)",
        MyomaSignal.CELLULAR,
    ),
    (rf"(?:hyaline?|hyalini[sz](?:ed|ation)){_DEGENERATED}", MyomaSignal.HYALINE),
    (rf"cystic(?:ally)?{_DEGENERATED}", MyomaSignal.CYSTIC),
    (rf"(?:partly |partially )?calcif(?:ied|ications?|ic){_DEGENERATED}", MyomaSignal.CALCIFIED),
)

_HALF = r"(?:one )?half|(?:50|fifty) ?(?:%|per ?cent)"
_OF_WALL = r"(?: (?:of )?(?:the )?(?:myometri(?:um|al)|wall)(?: thickness| depth)?| intra ?mural)*"
_SHARES = (
    (rf"(?:less than|under|below|<|inner) ?(?:{_HALF}){_OF_WALL}", "less"),
    (
        rf"(?:more than|at least|over|above|greater than|>=|≥|>|outer) ?(?:{_HALF}){_OF_WALL}"
        rf"|(?:{_HALF}) or more{_OF_WALL}",
        "more",
    ),
)
_INVADE = r"(?:myometrial )?(?:invasion|infiltration)(?: of (?:the )?myometrium)?"
_INVASIONS = (
    (
        rf"(?:no|without(?: any)?|absence of|no evidence of|absent) {_INVADE}|not (?:invading"
        rf"|infiltrating) (?:the )?myometrium"
        rf"|(?:confined|limited) to (?:the )?endometrium|{_INVADE} ?: ?(?:none|absent|no)",
        MyometrialInvasion.NONE,
    ),
    (rf"superficial(?:ly)? (?:{_INVADE}|invading|invasive)|(?:figo )?stage ia", MyometrialInvasion.LESS_THAN_HALF),
    (rf"deep(?:ly)? (?:{_INVADE}|invading|invasive)|(?:figo )?stage ib", MyometrialInvasion.HALF_OR_MORE),
)
_INVASION_WORDS = (
    rf"{_INVADE}|(?:invad(?:es?|ing)|infiltrat(?:es?|ing)|extend(?:s|ing) into|involv(?:es?|ing))"
    r"(?: (?:the )?myometrium)?(?: (?:by|to|through))?|depth of invasion|invasion depth"
)
_FILLINGS = (
    (r"empt(?:y|ied)|collapsed|voided|under ?filled|not filled", BladderFilling.EMPTY),
    (
        r"moderate(?:ly)?(?: (?:full|filled|distended))?|half (?:full|filled)|part(?:ly|ially) (?:full|filled"
        r"|distended)",
        BladderFilling.MODERATE,
    ),
    (r"(?:over ?|well |fully )?(?:full|filled|distended)", BladderFilling.FULL),
)

_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_FIGO_TYPES = "|".join(sorted((figo.value.replace("-", r" ?[-–/] ?") for figo in Figo), key=len, reverse=True))
FIGO = re.compile(rf"(?:figo(?:\s+(?:type|class|grade))?|type)[\s:]*({_FIGO_TYPES})(?!\d|\.\d|\s*(?:mm|cm)\b)", re.I)

_FILLERS = (
    r"(?:a |an |the )?(?:max(?:imum|imal|\.)?|largest|greatest|mean|approximate|total)? ?(?:diameter|size"
    r"|dimension)s?(?: of)?|max(?:imum|imal|imally|\.)?|mean|min(?:imum|imal|\.)?|at (?:the|its) (?:thickest"
    r"|widest|largest)",
    r"a (?:maximum |maximal |mean |total )?(?:thickness|length|volume|depth|width|count|number|residual)(?= of)",
    r"approx(?:\.|imately)?|about|around|roughly|ca\.?|circa|nearly|almost|some",
    r"there|here|is|are|was|were|be|been|being|has|have|having|had|can|seen|noted|found|present|identified"
    r"|visuali[sz]ed|shown|yes",
    r"demonstrat(?:es?|ed|ing)|shows?|showing|reveals?|revealing|contain(?:s|ing)?|depict(?:s|ed|ing)?|displays?"
    r"|exhibits?",
    r"of|in|on|at|to|from|by|for|into|along|within|inside|near|around|over|up|per|as|each|both|any|all|also|then"
    r"|only|well",
    r"measur(?:es?|ed|ing)|sized?|diameters?|thickness|thick|wide|across|located|lying|lies|situated|involving"
    r"|arising|arises?|component|respectively",
    r"length|long|volume|axis|position(?:ed)?|orientation|angled?|angulated|pathology|acquisition|acquired"
    r"|protocol|strength|field|plane|count",
    r"mri|mr|t2|t2 ?w|t2 weighted(?: image| images| sequence)?|tse|turbo spin echo|images?|imaging|scans?"
    r"|sequences?|study|examination|exam|stack|volumes",
    r"pelvi[cs]|uterine|walls?|myometri(?:um|al)|layers?|region|level|patient|woman|female|she|her|status"
    r"|filling|body habitus",
    r"findings?|impression|conclusion|report|technique|indication|show me|generate|synthesi[sz]e|create|please"
    r"|with respect to|evidence of",
    r"consistent|in keeping|compatible|known|case|example|type|signal|appearance|appears?|appearing|isolated"
    r"|double layer",
    r"yields?|you|me|look|like|what|how|much|many|does|do|would|should|will|given|remaining|the rest open"
    r"|number open|named|termed|called",
)

_WORDS = (
    (
        r"no(?: definite| obvious)?(?: evidence (?:of|for)| signs? of)?|without(?: any| evidence of)?|absence of"
        r"|negative for|free of|neither|lacks|lacking|not",
        Kind.NEGATION,
    ),
    (
        r"(?:is |are |was |were )?(?:not (?:seen|identified|present|visible|visuali[sz]ed|found|demonstrated"
        r"|evident)|absent|(?:is |are )excluded|ruled out)"
        r"|: ?(?:no|none|nil|absent|negative)(?= ?(?:[.,;\n]|$))",
        Kind.ABSENT,
    ),
    (
        r"possible|possibly|probable|probably|likely|suspected|suspicious for|suspicion of|(?:can ?not"
        r"|could not) (?:be )?(?:exclude|rule out|excluded|ruled out)|suggest(?:s|ive|ing)(?: of)?|may represent",
        Kind.HEDGE,
    ),
    (r"a|an|another|additional|further|second|third", Kind.ARTICLE),
    (r"the|this|that|these|those|said", Kind.DEFINITE),
    (r"it|its|which|they|whose", Kind.PRONOUN),
    (
        r"(?:the |an)?(?:other|larger|smaller|largest|smallest|biggest|dominant|first|latter"
        r"|former)(?: one)?(?: of (?:them|these|which))?(?! fibroid| myoma| leiomyoma)",
        Kind.LESION_REFERENCE,
    ),
    (r"ones", Kind.LESION_REFERENCE),
    (r"and|with|plus|or|nor|along with|together with|as well as|including|while|versus", Kind.SEPARATOR),
    (r"but|however|otherwise|although", Kind.STOP),
    (r"multiple|several|numerous|many|a few|few|innumerable|various|some|numbers? open", Kind.MANY),
    (r"pedunculated|(?:on|with|by) a stalk|stalked", Kind.PEDUNCLE),
    (r"(?:\d+ ?x? ?)?years? old|\d+ years?(?: old)?", Kind.UNKNOWN),
    (
        r"in width|in breadth|anteroposterior(?:ly)?|antero posterior|ap|transverse diameter"
        r"|width",
        Kind.MEASURED_ACROSS,
    ),
    (rf"{_CAESAREAN} scar|deep|in depth", Kind.NICHE_WORD),
    (
        r"normal(?:ly)? (?:in )?(?:sized?|shaped?|contour(?:ed)?|position(?:ed)?|signal|configuration"
        r"|zonal anatomy|limits)|enlarged|bulky|prominent",
        Kind.UNKNOWN,
    ),
    (
        r"(?:no|without)(?: other| further| additional)? (?:focal |uterine |other )*(?:abnormalit(?:y|ies)"
        r"|pathology|pathologies|pathological findings?)|normal|unremarkable|healthy|normal appearance",
        Kind.NORMAL,
    ),
    (
        r"(?:no|without) (?:other|further|additional) (?:focal |uterine )*(?:abnormalit(?:y|ies)|patholog(?:y"
        r"|ies)|lesions?|findings?|changes?)|otherwise (?:normal|unremarkable)(?: uterus)?",
        Kind.FILLER,
    ),
    (r"adenomyomas?", Kind.PATHOLOGY),
)


def _alternatives(pattern: str) -> list[str]:
    """Split at the bars outside brackets: each alternative is tried by itself, so that the longest one wins."""
    pieces, depth = [""], 0
    for sign in pattern:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "|" and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += sign
    return pieces


def _compiled(pattern: str) -> re.Pattern[str]:
    spaced = re.sub(r" \?", r"(?:[\\s-]?)", pattern)
    spaced = spaced.replace(" ", r"[\s-]+")
    return re.compile(rf"(?:{spaced})(?!\w)", re.I)


def _rows() -> list[tuple[re.Pattern[str], Kind, object]]:
    rows: list[tuple[str, Kind, object]] = []
    for kind, table in (
        (Kind.PATHOLOGY, _PATHOLOGIES),
        (Kind.ORGAN, _ORGANS),
        (Kind.POSITION, _POSITIONS),
        (Kind.POSTURE, _POSTURES),
        (Kind.SUBTYPE, _SUBTYPES),
        (Kind.WALL, _WALLS),
        (Kind.LEVEL, _LEVELS),
        (Kind.SIGNAL, _SIGNALS),
        (Kind.SHARE, _SHARES),
        (Kind.INVASION, _INVASIONS),
        (Kind.FILLING, _FILLINGS),
        (Kind.EXTENT, tuple((extent.value + "(?:ly)?", extent) for extent in AdenomyosisExtent)),
        (Kind.NUMBER, tuple((word, number) for number, word in enumerate(_NUMBER_WORDS, start=1))),
        (Kind.NUMBER, (("single|solitary", 1),)),
    ):
        rows += [(pattern, kind, value) for pattern, value in table]
    rows.append((_OTHER_ORGANS, Kind.OTHER_ORGAN, None))
    rows.append((_INVASION_WORDS, Kind.INVASION_WORD, None))
    rows += [(pattern, kind, value) for pattern, kind, value in _FACTS]
    rows += [(pattern, kind, Pathology.ADENOMYOSIS if kind is Kind.PATHOLOGY else None) for pattern, kind in _WORDS]
    rows += [(pattern, Kind.FILLER, None) for pattern in _FILLERS]
    return [(_compiled(one), kind, value) for pattern, kind, value in rows for one in _alternatives(pattern)]


LEXICON = _rows()
"""Compiled rows; the longest match wins, the earlier row among equals."""
